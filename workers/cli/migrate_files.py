"""Files that a migration writes: told apart from those of others by a digest in their last line."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.cli.output import CommandError

_MARK = "made by flotilla migrate, and made anew while nobody edits it; sha256"
_MARKED = re.compile(rf"\A(?P<text>.*\n)[^\n]*{_MARK} (?P<digest>[0-9a-f]{{16}})[^\n]*\n?\Z", re.S)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to be: its text, and what it is made from, which alone may be written over it."""

    text: str
    origin: str

    def marked(self, suffix: str) -> str:
        """With the line by which it is known again; a comment of its kind of file."""
        start, end = ("<!-- ", " -->") if suffix == ".md" else ("# ", "")
        return f"{self.text}{start}{_MARK} {self.digest}{end}\n"

    @property
    def digest(self) -> str:
        """Of the text and of what it is made from."""
        return hashlib.sha256(f"{self.origin}\0{self.text}".encode()).hexdigest()[:16]


def is_own(path: Path, origin: str) -> bool:
    """Whether a file was made from that origin, and nobody has edited it since."""
    if path.is_symlink() or not path.is_file():
        return False
    found = _MARKED.match(path.read_bytes().decode("utf-8", errors="replace"))
    return found is not None and Draft(found["text"], origin).digest == found["digest"]


def write(drafts: Mapping[Path, Draft], *, force: bool) -> None:
    """Writes all files, or none when one of them is somebody else's. Raises CommandError."""
    foreign = [
        path
        for path, draft in drafts.items()
        if os.path.lexists(path) and not is_own(path, draft.origin)
    ]
    if foreign and not force:
        more = f", nor {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise CommandError(
            f"nothing was written: {foreign[0]} is not as a migration of this source left it{more};"
            " move it away, choose another -o or --report, or write over it with --force"
        )
    for path, draft in drafts.items():
        _write(path, draft.marked(path.suffix))


def _write(path: Path, text: str) -> None:
    """Whole or not at all; a link is replaced, never followed."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(text.encode("utf-8"))
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CommandError(f"{path}: {error.strerror}; choose another -o or --report") from error
