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


def ended(prog: str, work: Callable[[], None]) -> int:
    """The exit code of a command's work, its failure said in one line."""
    try:
        work()
    except UnknownPeer as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return _USAGE
    except (EnvironmentFailed, RunFailed, ServerFailed, OSError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"{prog}: interrupted; nothing was written", file=sys.stderr)
        return _INTERRUPTED
    return 0
