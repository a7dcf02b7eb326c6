"""A ledger whose large answers and results are left in a store of payloads. Counted in bytes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from events.claim_check import claim_check
from events.codec import Entry
from workers.runtime.claim_check import Payloads, PayloadsUnavailable
from workers.runtime.ledger import (
    Claim,
    Committed,
    Done,
    Held,
    Ledger,
    LedgerUnavailable,
    Write,
)
from workers.runtime.queue import Parking

# An item of the ledger takes 400 KB, its steps and its note included.
ANSWER_LIMIT = 350 * 1024
# Several steps share an item with the answer.
RESULT_LIMIT = 32 * 1024

# What JSON makes of one character at the most (a backslash, u and four digits), in bytes; and so
# many characters has the name of a value, with all the punctuation.
_LONGEST_CHARACTER = 6
_FRAME = 30

_REFERENCE = "payload"
# No JSON text begins like this.
_PREFIX = f"{_REFERENCE}:"


class StowingLedger:
    """Passes on what is small. A store that is away makes the ledger unavailable.

    `claim` also raises PayloadLost, for an answer or a result that is gone.
    """

    def __init__(self, ledger: Ledger, payloads: Payloads) -> None:
        self._ledger = ledger
        self._payloads = payloads

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done:
        match await self._ledger.claim(worker, event_id, lease):
            case Committed(claim, entries):
                return Committed(claim, await self._whole(entries))
            case Claim() as claim if any(map(_is_reference, claim.steps.values())):
                steps = {name: await self._result(text) for name, text in claim.steps.items()}
                return replace(claim, steps=steps)
            case found:
                return found

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        await self._ledger.extend(claim, lease)

    async def record(self, claim: Claim, step: str, result: str) -> None:
        if len(result.encode()) > RESULT_LIMIT:
            result = _PREFIX + await self._stored(result)
        await self._ledger.record(claim, step, result)

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        if _may_exceed(ANSWER_LIMIT, entries):
            text = json.dumps(list(entries), ensure_ascii=False)
            if len(text.encode()) > ANSWER_LIMIT:
                entries = [{_REFERENCE: await self._stored(text)}]
        await self._ledger.commit(claim, entries, writes)

    async def finish(self, claim: Claim) -> None:
        await self._ledger.finish(claim)

    async def flush(self) -> None:
        await self._ledger.flush()

    async def release(self, claim: Claim) -> None:
        await self._ledger.release(claim)

    async def excuse(self, claim: Claim) -> None:
        await self._ledger.excuse(claim)

    async def note_parked(self, parking: Parking) -> None:
        await self._ledger.note_parked(parking)

    async def _stored(self, text: str) -> str:
        """The key. Raises Oversized for what no consumer would read again."""
        content = text.encode()
        claim_check(content)
        try:
            return await self._payloads.store(content)
        except PayloadsUnavailable as error:
            raise LedgerUnavailable(str(error)) from error

    async def _loaded(self, key: str) -> str:
        try:
            return (await self._payloads.load(key)).decode()
        except PayloadsUnavailable as error:
            raise LedgerUnavailable(str(error)) from error

    async def _whole(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        match list(entries):
            case [{"payload": str(key)}]:
                found: list[Entry] = json.loads(await self._loaded(key))
                return found
        return entries

    async def _result(self, text: str) -> str:
        return await self._loaded(text.removeprefix(_PREFIX)) if _is_reference(text) else text


def _may_exceed(limit: int, entries: Sequence[Entry]) -> bool:
    """False when the entries' JSON is not over the limit, whatever they say."""
    characters = sum(len(text) + _FRAME for each in entries for text in each.values())
    return characters * _LONGEST_CHARACTER > limit


def _is_reference(text: str) -> bool:
    return text.startswith(_PREFIX)
