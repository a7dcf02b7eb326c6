"""A dead letter's detail, mended by a person, goes back to the route's queue.

The event keeps its id, so that what it does is still done once: a worker that had finished it
after all takes the mended one for a redelivery.
"""

import json
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from events.codec import decode
from events.errors import Undecodable, Untrusted
from events.routes import ROUTES, Route
from workers.cli.dlq.destination import ToQueue
from workers.cli.dlq.letters import DeadLetter, event
from workers.cli.output import USAGE, CommandError


class Unfit(CommandError):
    """Raised when a mended detail does not fit; the person may try again."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A letter with its new body, and where it goes."""

    letter: DeadLetter
    where: ToQueue
    event_id: str


def route_of(letter: DeadLetter) -> Route:
    """The route whose queue the letter came from. Raises CommandError when there is none."""
    for route in ROUTES:
        if route.name == letter.queue:
            return route
    raise CommandError(
        f"what waits in {letter.queue} belongs to no route; publish it anew with "
        "`flotilla publish`, then purge it",
        USAGE,
    )


def detail_of(letter: DeadLetter) -> str:
    """What a person may change, as JSON: the event's fields, and nothing of the envelope."""
    outer = event(letter.body)
    if not outer:
        raise CommandError(
            "the body is no JSON object, so there is no detail to edit; publish the event anew "
            "with `flotilla publish`, then purge this one"
        )
    detail = outer.get("detail")
    if isinstance(detail, dict):
        if key := _left_in_store(detail):
            raise CommandError(
                f"the event's detail is too large to travel, and lies in the artifacts bucket as "
                f"{key}: mend a copy, publish it with `flotilla publish {letter.event_type} "
                f"@file`, then purge this one"
            )
        detail = {name: value for name, value in detail.items() if name != "metadata"}
    return json.dumps(detail, indent=2, ensure_ascii=False) + "\n"


def mended(letter: DeadLetter, text: str, queue_name: str) -> Mended | None:
    """The letter with that detail; None when nothing was changed. Raises Unfit, CommandError."""
    try:
        detail = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"the detail is not JSON: {error}", USAGE) from error
    if not isinstance(detail, dict):
        raise Unfit("the detail must be a JSON object of the event's fields", USAGE)
    if "metadata" in detail:
        raise Unfit("metadata is the envelope's, and stays as it was: leave it out", USAGE)
    if detail == json.loads(detail_of(letter)):
        return None
    route = route_of(letter)
    body = _body(letter, detail)
    try:
        envelope = decode(body, route)
    except Undecodable as error:
        raise Unfit(str(error), USAGE) from error
    except Untrusted as error:
        raise CommandError(f"{error}; no edit can change that, purge it") from error
    where = ToQueue(queue_name, _group(letter, route, detail), _deduplication_id(letter, body))
    return Mended(replace(letter, body=body), where, envelope.id)


def by_hand(
    letter: DeadLetter,
    editor: str,
    mend: Callable[[str], Mended | None],
    again: Callable[[Unfit], bool],
) -> Mended | None:
    """Opens the detail in the editor, as often as `again` says so. Raises CommandError."""
    with TemporaryDirectory(prefix="flotilla-") as folder:
        file = Path(folder) / "detail.json"
        file.write_text(detail_of(letter))
        while True:
            text = _typed(editor, file)
            try:
                return mend(text)
            except Unfit as error:
                if not again(error):
                    raise


def _typed(editor: str, file: Path) -> str:
    """What is in the file when the editor ends."""
    try:
        # The person's own command, on a file of ours.
        ended = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603
        text = file.read_text()
    except (OSError, ValueError) as error:
        raise CommandError(
            f"no edit with {editor!r} ({error}); set EDITOR, or use --detail @file"
        ) from error
    if ended.returncode:
        raise CommandError(f"{editor!r} ended with {ended.returncode}: nothing is sent")
    return text


def _body(letter: DeadLetter, detail: dict[str, Any]) -> str:
    outer = event(letter.body)
    before = outer.get("detail")
    if isinstance(before, dict) and "metadata" in before:
        detail = {**detail, "metadata": before["metadata"]}
    return json.dumps({**outer, "detail": detail}, ensure_ascii=False)


def _group(letter: DeadLetter, route: Route, detail: dict[str, Any]) -> str:
    """The field that orders the route may be what was mended."""
    wanted = detail.get(route.ordered_by) if route.ordered_by else None
    usable = isinstance(wanted, str) and wanted.isascii() and wanted.isprintable()
    if isinstance(wanted, str) and usable and " " not in wanted and 0 < len(wanted) <= 128:
        return wanted
    return letter.group or letter.message_id


def _deduplication_id(letter: DeadLetter, body: str) -> str:
    """Not that of a redrive: the letter may have been sent, unmended, a minute ago."""
    return f"edited-{letter.message_id}-{sha256(body.encode()).hexdigest()[:16]}"


def _left_in_store(detail: dict[str, Any]) -> str | None:
    """The key of the payload that holds the detail, if it is not here."""
    metadata = detail.get("metadata")
    claim = metadata.get("claim_check") if isinstance(metadata, dict) else None
    return str(claim.get("key")) if isinstance(claim, dict) else None
