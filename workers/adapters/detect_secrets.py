"""SecretScanner over detect-secrets, which reads files: a folder lives as long as one scan.

What is searched was written by others. So there is no way to mark a line as harmless, and no file
is left out for its name.
"""

import asyncio
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from schemas.policy import Violation
from workers.adapters.harmless import is_harmless

FILE_BYTES = 1024 * 1024

_FILTERS_LEFT_OUT = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_lock_file",
    "detect_secrets.filters.heuristic.is_swagger_file",
)
# An address is no secret.
_PLUGINS_LEFT_OUT = ("IPPublicDetector",)
# Suffixes that change how a file is read; any other file is plain text.
_READ_AS_THEMSELVES = frozenset(
    {".cfg", ".env", ".go", ".ini", ".java", ".js", ".json", ".properties", ".py", ".tf", ".toml"}
    | {".ts", ".yaml", ".yml"}
)
_UNFOLDS = re.compile(r"(^|[\s\[{,:-])[&*]\w|[\[{]\s*[\[{]\s*[\[{]\s*[\[{]", re.M)
# Most lines of a service are the hashes of its requirements, and every line costs half a
# millisecond. The whole line has to be one hash.
_NOTHING = re.compile(r"\s*(--hash=sha256:[0-9a-f]{64}\s*\\?)?\s*")


class DetectSecrets:
    """Looks for credentials by their form, by the name they go by, and by how random they are."""

    def __init__(self) -> None:
        # The settings of detect-secrets are global to the process.
        self._one_at_a_time = threading.Lock()

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]:
        return await asyncio.to_thread(self._scan, files)

    def _scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]:
        with (
            self._one_at_a_time,
            tempfile.TemporaryDirectory() as folder,
            default_settings() as settings,
        ):
            settings.disable_filters(*_FILTERS_LEFT_OUT)
            settings.disable_plugins(*_PLUGINS_LEFT_OUT)
            return tuple(
                found
                for number, path in enumerate(sorted(files))
                for found in _found(path, files[path], Path(folder) / str(number))
            )


def _found(path: str, content: bytes, scratch: Path) -> Iterator[Violation]:
    if b"\0" in content:
        # Not text: a picture, an archive.
        return
    if len(content) > FILE_BYTES:
        yield _violation(path, None, f"{path} is too large to be searched for secrets")
        return
    lines = content.decode("utf-8", "replace").split("\n")
    numbers = [number for number, line in enumerate(lines, 1) if not _NOTHING.fullmatch(line)]
    text = "\n".join(lines[number - 1] for number in numbers)
    for place, kind in sorted(_places(scratch, path, lines, numbers, text)):
        yield _violation(path, place, f"{path}:{place} holds what looks like a secret ({kind})")


def _places(
    scratch: Path, path: str, lines: list[str], numbers: list[int], text: str
) -> set[tuple[int, str]]:
    """By line and kind, never by the secret: neither a message nor its order tells of it."""
    for suffix in dict.fromkeys((_suffix(path, text), ".txt")):
        scratch = scratch.with_suffix(suffix)
        scratch.write_text(text, encoding="utf-8")
        try:
            return {(place, s.type) for s, place in _secrets(scratch, path, lines, numbers)}
        except RecursionError:
            # Nested deeper than its own reader goes; as plain text it is read all the same.
            if suffix == ".txt":
                raise
    raise AssertionError("plain text is read without recursion")


def _suffix(path: str, text: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    # The scanner loads YAML itself, without bounds on what aliases and nesting unfold to.
    unbounded = suffix in (".yaml", ".yml") and _UNFOLDS.search(text)
    return suffix if suffix in _READ_AS_THEMSELVES and not unbounded else ".txt"


def _secrets(
    scratch: Path, path: str, lines: list[str], numbers: list[int]
) -> Iterator[tuple[Any, int]]:
    for secret in scan_file(str(scratch)):
        place = numbers[min(max(secret.line_number, 1), len(numbers)) - 1]
        if not is_harmless(secret.type, secret.secret_value or "", path, lines[place - 1]):
            yield secret, place


def _violation(path: str, line: int | None, message: str) -> Violation:
    return Violation(
        severity="critical",
        rule="no-secrets",
        message=message,
        category="security",
        remedy="advisory",
        path=path,
        resource=f"line {line}" if line else None,
    )
