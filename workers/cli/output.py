"""How commands speak: to people in one voice, to programs in JSON, of failures in one line."""

import json
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console

P = ParamSpec("P")
T = TypeVar("T")

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on standard output.")]

FAILED = 1
USAGE = 2


class CommandError(Exception):
    """Raised by a command that can't do what it was asked: one line with the cause and the mend."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


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
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    return run


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """The result of asynchronous work, for a synchronous command."""
    import asyncio  # noqa: PLC0415 half of the commands need no event loop

    return asyncio.run(work)
