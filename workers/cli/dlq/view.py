"""How dead letters look to a person, and to a program."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.text import Text

from workers.cli.dlq.letters import DeadLetter
from workers.cli.dlq.selection import Failure, age, failures
from workers.cli.output import OUT, emit, plain

# Depth, and what could be seen of it.
Contents = dict[str, tuple[int, Sequence[DeadLetter]]]

_HIDDEN = "hidden: in flight, or behind ten others of their group"


def show_list(contents: Contents, now: datetime, as_json: bool) -> None:
    """Prints every queue that holds something, its letters grouped by fingerprint."""
    if as_json:
        emit([_listed(short, *held) for short, held in contents.items()])
        return
    if not contents:
        OUT.print("nothing waits in any dead-letter queue")
        return
    for short, (depth, letters) in contents.items():
        OUT.print(f"{short}: {depth} messages", style="bold")
        for failure in failures(letters):
            OUT.print(_line(failure, now))
            OUT.print(_fact("", failure.reason, "red"), end="")
        if depth > len(letters):
            OUT.print(f"  {depth - len(letters)} {_HIDDEN}", style="dim")
    OUT.print(
        "look closer with `flotilla dlq show QUEUE`, send back with "
        "`flotilla dlq redrive QUEUE --fingerprint F`",
        style="dim",
    )


def show_letters(letters: Sequence[DeadLetter], queue: str, as_json: bool) -> None:
    """Prints letters with everything that is known of them."""
    if as_json:
        emit([as_value(letter) for letter in letters])
        return
    if not letters:
        OUT.print(f"nothing waits in {queue}")
    for letter in letters:
        OUT.print(_described(letter))


def as_value(letter: DeadLetter) -> dict[str, Any]:
    """A letter for a program."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(letter).items()
    }


def _listed(short: str, depth: int, letters: Sequence[DeadLetter]) -> dict[str, object]:
    return {
        "queue": short,
        "messages": depth,
        "hidden": max(0, depth - len(letters)),
        "failures": [
            {**asdict(each), "oldest": each.oldest.isoformat(), "newest": each.newest.isoformat()}
            for each in failures(letters)
        ],
    }


def _line(failure: Failure, now: datetime) -> Text:
    oldest, newest = age(now - failure.oldest), age(now - failure.newest)
    since = oldest if oldest == newest else f"{newest} to {oldest}"
    return plain(
        f"  {failure.fingerprint}  {failure.messages} x {failure.cause}  {failure.event_type}, "
        f"for {since}"
    )


def _described(letter: DeadLetter) -> Text:
    version = f" (schema version {letter.schema_version})" if letter.schema_version else ""
    text = Text()
    text.append(plain(f"{letter.message_id}  {letter.event_type or 'no event'}{version}\n"))
    text.stylize("bold")
    text.append(_fact("cause", f"{letter.cause}: {letter.reason}", "red"))
    for path, problem in letter.fields:
        text.append(_fact("field", f"{path}: {problem}"))
    for name, value in _facts(letter).items():
        if value:
            text.append(_fact(name, value))
    text.append(_fact("body", letter.body[:2000], "dim"))
    return text


def _facts(letter: DeadLetter) -> dict[str, str]:
    redriven = f", after {letter.redrives} redrives" if letter.redrives else ""
    tried = letter.attempts if letter.attempts is not None else letter.receives
    return {
        "failure": letter.fingerprint,
        "tried": f"{tried} times{redriven}" if tried is not None else "",
        "first": _time(letter.first_failed_at),
        "last": _time(letter.since),
        "event": letter.event_id or "",
        "source": letter.source or "",
        "group": letter.group or "",
        "worker": f"flotilla {letter.worker_version}" if letter.worker_version else "",
        "trace": letter.trace or "",
        "missed": letter.origin or "",
    }


def _fact(name: str, value: str, style: str = "") -> Text:
    line = plain(f"  {name:<8}{value}\n")
    line.stylize(style)
    return line


def _time(moment: datetime | None) -> str:
    return moment.isoformat(sep=" ", timespec="seconds") if moment else ""
