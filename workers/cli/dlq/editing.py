"""`flotilla dlq edit`: a mended letter goes back in place of the one that could not be handled."""

import time
from pathlib import Path

from workers.cli import account
from workers.cli.dlq import consent, mending
from workers.cli.dlq.interruption import Stop
from workers.cli.dlq.letters import DeadLetter
from workers.cli.dlq.looking import fleet_of_letters, nothing, selected
from workers.cli.dlq.queue import DeadQueue
from workers.cli.dlq.rate import TokenBucket
from workers.cli.dlq.redrive import Redrive
from workers.cli.dlq.selection import Selection
from workers.cli.output import ERR, OUT, USAGE, CommandError, emit, plain
from workers.settings import Settings


def edit(queue: str, message_id: str, detail: str | None, as_json: bool) -> None:
    """Sends a mended letter back. Raises CommandError."""
    with fleet_of_letters() as fleet:
        letter = next(selected(fleet, queue, Selection(message_id=message_id)), None)
        if letter is None:
            raise nothing(queue)
        done = _mended(fleet, letter, detail)
        if done is not None:
            replace(fleet, letter, done)
    if as_json:
        event_id = done.event_id if done else letter.event_id
        emit({"sent": done is not None, "event_id": event_id, "queue": queue})
    elif done is None:
        OUT.print("unchanged: nothing is sent, and the message stays")
    else:
        OUT.print(f"sent {letter.event_type} back to {queue}, still as event {done.event_id}")


def replace(fleet: Settings, letter: DeadLetter, done: mending.Mended) -> None:
    """Sends the mended letter, then removes the one that it replaces. Raises CommandError."""
    sqs = account.client("sqs", fleet)
    bucket = TokenBucket(1, time.monotonic)
    back = Redrive(sqs, None, fleet.names, bucket=bucket, stop=Stop())
    with DeadQueue(sqs, fleet.names, letter.queue) as queue:
        for held in queue.walk():
            if held.message_id == letter.message_id:
                back.send(done.letter, done.where)
                if not queue.remove(held):
                    ERR.print(f"{letter.message_id} was sent, and is still there: purge it")
                return
    raise CommandError(f"{letter.message_id} has gone meanwhile: nothing is sent")


def _mended(fleet: Settings, letter: DeadLetter, detail: str | None) -> mending.Mended | None:
    name = fleet.names.queue(mending.route_of(letter))

    def mend(text: str) -> mending.Mended | None:
        return mending.mended(letter, text, name)

    if detail is not None:
        return mend(_text(detail))
    return mending.by_hand(letter, fleet.editor, mend, _again)


def _text(detail: str) -> str:
    if not detail.startswith("@"):
        return detail
    try:
        return Path(detail[1:]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--detail {detail}: {error}", USAGE) from error


def _again(error: mending.Unfit) -> bool:
    if not consent.at_a_terminal():
        return False
    ERR.print(plain(str(error)))
    return consent.agreed("open it again?")
