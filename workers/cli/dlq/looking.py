"""`flotilla dlq list` and `show`: what waits, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from workers.cli import account
from workers.cli.dead_letters import depths, peek
from workers.cli.dlq import view
from workers.cli.dlq.letters import DeadLetter
from workers.cli.dlq.selection import Selection
from workers.cli.output import CommandError
from workers.settings import Settings


def list_all(as_json: bool) -> None:
    """Prints what waits anywhere."""
    with fleet_of_letters() as fleet:
        sqs = account.client("sqs", fleet)
        held = {short: depth for short, depth in depths(sqs, fleet.names).items() if depth}
        contents: view.Contents = {
            short: (depth, peek(sqs, fleet.names, short)) for short, depth in held.items()
        }
    view.show_list(contents, datetime.now(UTC), as_json)


def show(queue: str, selection: Selection, limit: int, as_json: bool) -> None:
    """Prints the selected letters of one queue. Raises CommandError."""
    with fleet_of_letters() as fleet:
        found = list(islice(selected(fleet, queue, selection), limit))
    if not found and not selection.whole:
        raise nothing(queue)
    view.show_letters(found, queue, as_json)


@contextmanager
def fleet_of_letters() -> Iterator[Settings]:
    """The fleet that is meant; what AWS answers becomes one line."""
    fleet = account.fleet()
    with account.aws_errors(fleet):
        yield fleet


def selected(fleet: Settings, queue: str, selection: Selection) -> Iterator[DeadLetter]:
    """The selected letters that can be seen in a queue; they stay there."""
    letters = peek(account.client("sqs", fleet), fleet.names, queue)
    return (letter for letter in letters if selection.takes(letter))


def nothing(queue: str) -> CommandError:
    """The answer to a selection that nothing in the queue meets."""
    return CommandError(
        f"no such message can be seen in {queue}: see `flotilla dlq list` (SQS shows at most ten "
        "of a group, and none that somebody else looks at just now)"
    )
