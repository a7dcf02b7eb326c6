"""How a record of the ledger looks in its table. Pure.

Item: `delivery` (the key), `state` (claimed, committed, done), `token`, `owner` (one claim's own
name), `excused` (claims that were no tries), `lease_until` (epoch ms), `steps` (results by name: a
text, or the key of a payload), `entries` (JSON of the outgoing entries, or of their payload's key),
`expires_at` (epoch s, the table's TTL attribute), and `parked` (why, and with which
fingerprint) while the event waits for a person.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from workers.runtime.ledger import Claim, Done, Held
from workers.runtime.queue import Parking

Item = Mapping[str, Any]

_REASON_LIMIT = 1000


def key(worker: str, event_id: str) -> str:
    """The key of what a worker has done with an event."""
    return f"{worker}#{event_id}"


def claim_in(worker: str, event_id: str, item: Item) -> Claim:
    """The claim that an item holds, with the results of its steps."""
    steps = {name: result["S"] for name, result in item.get("steps", {}).get("M", {}).items()}
    excused = int(item.get("excused", {"N": "0"})["N"])
    return Claim(worker, event_id, int(item["token"]["N"]), steps, excused)


def is_answered(claim: Claim, answer: str | None, item: Item) -> bool:
    """Whether the claim has been committed with that answer: nobody else ever has its token."""
    state, token, entries = (item.get(name, {}) for name in ("state", "token", "entries"))
    given = ("committed" if answer else "done", str(claim.token), answer)
    return (state.get("S"), token.get("N"), entries.get("S")) == given


def standing(item: Item, now: int) -> Held | Done:
    """What keeps an event whose answer is not to be published from being claimed."""
    if item.get("state", {}).get("S") == "done":
        return Done()
    # Claimed, or gone since: either way somebody else was faster, and may be asked again soon.
    until = int(item.get("lease_until", {"N": "0"})["N"])
    return Held(timedelta(milliseconds=max(0, until - now)))


def note(parking: Parking) -> dict[str, dict[str, str]]:
    """What the item says of a parked message."""
    moment = parking.last_failed_at
    facts = {
        "cause": parking.cause,
        "reason": parking.reason[:_REASON_LIMIT],
        "fingerprint": parking.fingerprint,
        "at": moment.isoformat() if moment else "",
    }
    return {name: {"S": fact} for name, fact in facts.items()}


def milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
