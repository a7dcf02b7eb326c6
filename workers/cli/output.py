"""How commands speak: to people in one voice, to programs in JSON, of failures in one line."""

import json
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Annotated, Any, NoReturn, ParamSpec, TextIO, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from workers.ports import Reject, Retry

P = ParamSpec("P")
T = TypeVar("T")


def _console(stream: TextIO, *, stderr: bool) -> Console:
    """Text is text here, never markup. In a pipe nothing is cut to the width of a screen."""
    width = None if stream.isatty() else _WIDE
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


_WIDE = 1000

OUT = _console(sys.stdout, stderr=False)
ERR = _console(sys.stderr, stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on standard output.")]

FAILED = 1
USAGE = 2


class CommandError(Exception):
    """Raised by a command that can't do what it was asked: one line with the cause and the mend."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def plain(text: str, style: str = "") -> Text:
    """What was sent to us, as text: no markup, and nothing that steers a terminal."""
    shown = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    return Text(shown, style=style)


def emit(value: object) -> None:
    """One JSON document on standard output, on one line."""
    print(json.dumps(value, default=str, ensure_ascii=False), flush=True)


def fail(error: CommandError) -> NoReturn:
    """Says the error in one line and leaves with its code."""
    print(f"flotilla: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
    raise typer.Exit(error.code)


def command(function: Callable[P, T]) -> Callable[P, T]:
    """A Typer command whose CommandErrors become one line, and whose Ctrl-C is no traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except CommandError as error:
            fail(error)
        except (OSError, RecursionError, Retry, Reject, ValueError) as error:
            # What an adapter or the system says of the world: its first line is the cause.
            fail(CommandError(_cause(error)))
        except KeyboardInterrupt:
            print("flotilla: interrupted", file=sys.stderr, flush=True)
            raise typer.Exit(130) from None

    return run


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; mend that, or set FLOTILLA_HOME to another folder"
    said = str(error).splitlines()
    return said[0] if said else type(error).__name__


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """The result of asynchronous work, for a synchronous command."""
    import asyncio  # noqa: PLC0415 half of the commands need no event loop

    return asyncio.run(work)
