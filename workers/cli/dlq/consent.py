"""A person's word before something is done that can't be undone."""

import sys

from workers.cli.output import ERR, USAGE, CommandError


def at_a_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """Whether the answer is yes; nothing typed is no."""
    return _answer(f"{question} [y/N] ").lower() in ("y", "yes")


def agree_to_count(what: str, count: int) -> None:
    """Returns when the person typed that number. Raises CommandError otherwise, or with nobody."""
    if not at_a_terminal():
        raise CommandError(
            f"nobody is here to agree to {what}; add --yes when a program means it", USAGE
        )
    if _answer(f"{what}, for good. Type {count} to go on: ") != str(count):
        raise CommandError("nothing is deleted")


def _answer(question: str) -> str:
    # On standard error: standard output is for the answer of the command.
    ERR.print(question, end="")
    return sys.stdin.readline().strip()
