"""What the benchmarks' commands have in common: their arguments' forms, and how they end."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from benchmarks.catalogue import UnknownPeer
from benchmarks.environments import EnvironmentFailed
from benchmarks.run import RunFailed
from benchmarks.servers import ServerFailed

RESULTS = Path(__file__).resolve().parent / "results"
_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        raise SystemExit(_USAGE)


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def several(text: str) -> int:
    """A whole number from 2 on, of which some can be left out for warming up."""
    if positive(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is too few: give 2 or more")
    return int(text)


def natural(text: str) -> int:
    """A whole number from 0 on."""
    return 0 if text == "0" else positive(text)


def positives(text: str) -> tuple[int, ...]:
    """A list with commas of whole numbers from 1 on."""
    return tuple(positive(part.strip()) for part in text.split(","))


def amount(text: str) -> float:
    """A number of something there can be half of, above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def one_of(*choices: str) -> Callable[[str], tuple[str, ...]]:
    """A list with commas of these words."""

    def words(text: str) -> tuple[str, ...]:
        found = tuple(word.strip() for word in text.split(","))
        for word in found:
            if word not in choices:
                known = ", ".join(choices)
                raise argparse.ArgumentTypeError(f"{word!r} is none of: {known}")
        return found

    return words


def tell(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def written(path: Path, text: str) -> None:
    """Puts a page or a chart where it belongs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whoever looks while it is written, or after a crash, must not find half of it.
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def ended(prog: str, work: Callable[[], None], kept: str = "nothing was written") -> int:
    """The exit code of a command's work, its failure said in one line.

    `kept` says what is left of work that was interrupted.
    """
    try:
        work()
    except UnknownPeer as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return _USAGE
    except (EnvironmentFailed, RunFailed, ServerFailed, OSError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"{prog}: interrupted; {kept}", file=sys.stderr)
        return _INTERRUPTED
    return 0
