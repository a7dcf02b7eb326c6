"""`flotilla dlq redrive`: what is asked first, and what is said afterwards."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from workers.cli import account
from workers.cli.dead_letters import depths
from workers.cli.dlq import consent
from workers.cli.dlq.destination import Stays, destination
from workers.cli.dlq.interruption import stoppable
from workers.cli.dlq.looking import fleet_of_letters, selected
from workers.cli.dlq.order import Order
from workers.cli.dlq.progress import INTERRUPTED, progress
from workers.cli.dlq.queue import DeadQueue, physical
from workers.cli.dlq.rate import TokenBucket, per_second
from workers.cli.dlq.redrive import Redrive, Tally
from workers.cli.output import OUT, USAGE, CommandError, emit, plain
from workers.settings import Settings


def redrive(order: Order, rate: str, *, dry_run: bool) -> None:
    """Sends back what is ordered. Raises CommandError, and Exit when it was interrupted."""
    bucket = TokenBucket(per_second(rate), time.monotonic)
    with fleet_of_letters() as fleet:
        shorts = _queues(fleet, order.queue)
        if dry_run:
            _would(fleet, shorts, order)
            return
        _agree(order, shorts)
        tally = _redriven(fleet, shorts, order, bucket)
    _report(tally, order)


def _redriven(fleet: Settings, shorts: Sequence[str], order: Order, bucket: TokenBucket) -> Tally:
    sqs, events = account.client("sqs", fleet), account.client("events", fleet)
    tally = Tally()
    most = _most([DeadQueue(sqs, fleet.names, short) for short in shorts], order)
    with stoppable() as stop, progress(most) as advance, _told(tally):
        back = Redrive(sqs, events, fleet.names, bucket=bucket, stop=stop)
        for short in shorts:
            left = None if order.limit is None else order.limit - tally.sent
            queue = DeadQueue(sqs, fleet.names, short)
            back.run(queue, order.selection, left, tally, advance)
    return tally


def _queues(fleet: Settings, named: str | None) -> list[str]:
    """The queue that was named, or every one that holds something."""
    if named is not None:
        physical(fleet.names, named)
        return [named]
    held = depths(account.client("sqs", fleet), fleet.names)
    return [short for short, depth in held.items() if depth]


def _agree(order: Order, shorts: Sequence[str]) -> None:
    if order.yes or not shorts:
        return
    if consent.at_a_terminal():
        if not consent.agreed(f"redrive {_what(order)} of {', '.join(shorts)}?"):
            raise CommandError("nothing is redriven")
    elif order.queue is None:
        raise CommandError("redriving every queue needs --yes where nobody can be asked", USAGE)


def _what(order: Order) -> str:
    some = "everything" if order.selection.whole else "what was selected"
    return some if order.limit is None else f"at most {order.limit} messages"


def _would(fleet: Settings, shorts: Sequence[str], order: Order) -> None:
    """Says what a redrive would do, as far as it can be seen."""
    found = [letter for q in shorts for letter in selected(fleet, q, order.selection)]
    ways = [(letter, destination(letter, fleet.names)) for letter in found]
    going = [letter for letter, where in ways if not isinstance(where, Stays)][: order.limit]
    tally = Tally(skipped=[(each, way.reason) for each, way in ways if isinstance(way, Stays)])
    if not order.as_json:
        for letter in going:
            what = letter.event_type or "no event"
            OUT.print(plain(f"would redrive {letter.message_id} of {letter.queue}: {what}"))
    _report(tally, order, would=len(going))


def _most(queues: Sequence[DeadQueue], order: Order) -> int:
    """How many may go, for a bar: what is selected is not counted beforehand."""
    there = sum(queue.depth() for queue in queues)
    return there if order.limit is None else min(there, order.limit)


@contextmanager
def _told(tally: Tally) -> Iterator[None]:
    """A failure says how far it got: what was not sent stays where it is."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except (BotoCoreError, ClientError, CommandError) as error:
        raise CommandError(
            f"{error}; {tally.sent} were redriven before, the rest stays: try again"
        ) from error


def _report(tally: Tally, order: Order, would: int | None = None) -> None:
    if order.as_json:
        emit(_value(tally, would))
    else:
        _say(tally, would)
    if tally.interrupted:
        raise typer.Exit(INTERRUPTED)


def _value(tally: Tally, would: int | None) -> dict[str, object]:
    skipped = [
        {"queue": letter.queue, "message_id": letter.message_id, "reason": reason}
        for letter, reason in tally.skipped
    ]
    done = {"redriven": tally.sent, "unremoved": tally.unremoved}
    return {
        **(done if would is None else {"would_redrive": would}),
        "skipped": skipped,
        "interrupted": tally.interrupted,
    }


def _say(tally: Tally, would: int | None) -> None:
    for letter, reason in tally.skipped:
        OUT.print(plain(f"skipped {letter.message_id} of {letter.queue}: {reason}"))
    done = f"redrove {tally.sent}" if would is None else f"would redrive {would}"
    rest = "; the rest stays, redrive again to go on" if tally.interrupted else ""
    OUT.print(f"{done} messages, {len(tally.skipped)} skipped{rest}")
    if tally.unremoved:
        OUT.print(
            f"{tally.unremoved} of them are still there as well: they were sent, and their removal "
            "came too late; redriven again they have no second effect"
        )
