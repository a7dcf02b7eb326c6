"""`flotilla dlq purge`: letters that nobody wants are deleted, one receipt at a time."""

from collections.abc import Callable, Collection

import typer

from workers.cli import account
from workers.cli.dlq import consent
from workers.cli.dlq.interruption import Stop, stoppable
from workers.cli.dlq.looking import fleet_of_letters, selected
from workers.cli.dlq.order import Order
from workers.cli.dlq.progress import INTERRUPTED, progress
from workers.cli.dlq.queue import DeadQueue
from workers.cli.output import OUT, emit


def purge(order: Order) -> None:
    """Deletes what is ordered. Raises CommandError, and Exit when it was interrupted."""
    queue = str(order.queue)
    with fleet_of_letters() as fleet:
        chosen = {letter.message_id for letter in selected(fleet, queue, order.selection)}
        if chosen and not order.yes:
            consent.agree_to_count(f"deleting {len(chosen)} messages from {queue}", len(chosen))
        sqs = account.client("sqs", fleet)
        with stoppable() as stop, progress(len(chosen)) as advance:
            dead = DeadQueue(sqs, fleet.names, queue)
            deleted = delete(dead, chosen, stop, advance)
        left = dead.depth()
    if order.as_json:
        emit({"deleted": deleted, "left": left, "interrupted": stop.requested})
    else:
        OUT.print(f"deleted {deleted} messages from {queue}, {left} are left")
    if stop.requested:
        raise typer.Exit(INTERRUPTED)


def delete(
    queue: DeadQueue, chosen: Collection[str], stop: Stop, advance: Callable[[], None]
) -> int:
    """Deletes the letters with these ids, and returns how many that were.

    By id, so that nothing is deleted that was not counted before somebody agreed to it.
    """
    deleted = 0
    with queue:
        for letter in queue.walk():
            if stop.requested or deleted == len(chosen):
                break
            if letter.message_id in chosen and queue.remove(letter):
                deleted += 1
                advance()
    return deleted
