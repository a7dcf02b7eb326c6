"""The ledger on DynamoDB: one item a (worker, event), every write conditional on its token.

What comes at the same time goes as one request: the claims of one receive, and their commits.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import getrandbits
from typing import Any

from pydantic_core import to_json

from events.codec import Entry
from events.errors import Oversized
from workers.adapters import ledger_items as items
from workers.adapters.ledger_batches import Batches, Refused, translated
from workers.adapters.ledger_statements import insert, update
from workers.adapters.transactions import failed_at, is_beaten
from workers.runtime.ledger import (
    Claim,
    ClaimLost,
    Committed,
    Conflict,
    Done,
    Held,
    LedgerUnavailable,
    Write,
)
from workers.runtime.queue import Parking

# An item takes 400 KB, names and the other attributes included (DynamoDB quotas).
_ANSWER_LIMIT = 390 * 1024
_CLAIM = "attribute_not_exists(delivery) OR (#state = :claimed AND lease_until <= :now)"
_AT_REST = "#state = :committed OR (#state = :claimed AND lease_until <= :now)"
_HOLDS = "#state = :claimed AND #token = :token"
_TAKE_OVER = (
    "SET #state = :claimed, lease_until = :until, expires_at = :expires, #owner = :owner,"
    " steps = if_not_exists(steps, :none) REMOVE parked ADD #token :one"
)


class DynamoLedger:
    """Speaks to the ledger's table through an open aiobotocore client, in one event loop.

    `retention` is the horizon of "one effect": it must not be shorter than the queue's retention,
    the dead-letter queue's retention and the replay window together.
    """

    def __init__(
        self, client: Any, table: str, now: Callable[[], datetime], retention: timedelta
    ) -> None:
        self._client = client
        self._table = table
        self._now = now
        self._retention = retention
        self._batches = Batches(client)

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done:
        owner = f"{getrandbits(128):032x}"
        fresh: dict[str, dict[str, Any]] = {
            "state": {"S": "claimed"},
            "token": {"N": "1"},
            "owner": {"S": owner},
            "lease_until": {"N": str(self._milliseconds() + items.milliseconds(lease))},
            "expires_at": {"N": str(self._expiry())},
            "steps": {"M": {}},
        }
        try:
            await self._batches.write(insert(self._table, items.key(worker, event_id), fresh))
        except Refused:
            return await self._take_over(worker, event_id, lease, owner)
        return Claim(worker, event_id, 1)

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        until = self._milliseconds() + items.milliseconds(lease)
        await self._change(claim, {"lease_until": {"N": str(until)}})

    async def record(self, claim: Claim, step: str, result: str) -> None:
        if (size := len(result.encode())) > _ANSWER_LIMIT:
            raise Oversized(f"the result of step {step}", size, _ANSWER_LIMIT)
        try:
            await self._update(
                items.key(claim.worker, claim.event_id),
                "SET steps.#step = :result",
                _HOLDS,
                {"#state": "state", "#token": "token", "#step": step},
                {":result": {"S": result}, **_held_by(claim)},
            )
        except Refused as refused:
            raise _Lost(claim, refused.item) from refused

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        answer = to_json(entries).decode() if entries else None
        if answer and (size := len(answer.encode())) > _ANSWER_LIMIT:
            # The store would refuse it however often it is asked.
            raise Oversized(entries[0]["DetailType"], size, _ANSWER_LIMIT)
        try:
            if writes:
                await self._transact(claim, answer, writes)
            elif answer:
                changes = {"state": {"S": "committed"}, "entries": {"S": answer}}
                await self._change(claim, changes)
            else:
                await self._change(claim, {"state": {"S": "done"}})
        except _Lost as lost:
            # The answer to a first try may have been lost on its way.
            if not items.is_answered(claim, answer, lost.item):
                raise

    async def finish(self, claim: Claim) -> None:
        changes = {"state": {"S": "done"}, "entries": None, "parked": None}
        key = items.key(claim.worker, claim.event_id)
        self._batches.write_soon(
            update(self._table, key, changes, state="committed", token=claim.token)
        )

    async def flush(self) -> None:
        await self._batches.flush()

    async def release(self, claim: Claim) -> None:
        await self._change(claim, {"lease_until": {"N": "0"}})

    async def excuse(self, claim: Claim) -> None:
        excused = {"N": str(claim.excused + 1)}
        await self._change(claim, {"lease_until": {"N": "0"}, "excused": excused})

    async def note_parked(self, parking: Parking) -> None:
        values = {
            ":claimed": {"S": "claimed"},
            ":committed": {"S": "committed"},
            ":now": {"N": str(self._milliseconds())},
            ":parked": {"M": items.note(parking)},
        }
        key = items.key(parking.route, parking.event_id or "")
        with suppress(Refused):
            await self._update(key, "SET parked = :parked", _AT_REST, {"#state": "state"}, values)

    async def _take_over(
        self, worker: str, event_id: str, lease: timedelta, owner: str
    ) -> Claim | Held | Committed | Done:
        now = self._milliseconds()
        values = {
            ":claimed": {"S": "claimed"},
            ":now": {"N": str(now)},
            ":until": {"N": str(now + items.milliseconds(lease))},
            ":expires": {"N": str(self._expiry())},
            ":owner": {"S": owner},
            ":none": {"M": {}},
            ":one": {"N": "1"},
        }
        names = {"#state": "state", "#token": "token", "#owner": "owner"}
        key = items.key(worker, event_id)
        try:
            item = await self._update(key, _TAKE_OVER, _CLAIM, names, values)
        except Refused as refused:
            item = refused.item or await self._load(key)
            if item.get("state", {}).get("S") == "committed":
                claim = items.claim_in(worker, event_id, item)
                return Committed(claim, json.loads(item["entries"]["S"]))
            if item.get("owner", {}).get("S") != owner:
                return items.standing(item, now)
            # It is ours already: only the answer to the first try was lost.
        return items.claim_in(worker, event_id, item)

    async def _change(self, claim: Claim, changes: Mapping[str, dict[str, Any] | None]) -> None:
        key = items.key(claim.worker, claim.event_id)
        statement = update(self._table, key, changes, state="claimed", token=claim.token)
        try:
            await self._batches.write(statement)
        except Refused as refused:
            raise _Lost(claim, refused.item) from refused

    async def _transact(self, claim: Claim, answer: str | None, writes: Sequence[Write]) -> None:
        """The answer and the writes, or nothing. Raises Conflict, _Lost."""
        stored = {":next": {"S": "committed"}, ":entries": {"S": answer}}
        own = {
            "TableName": self._table,
            "Key": {"delivery": {"S": items.key(claim.worker, claim.event_id)}},
            "UpdateExpression": "SET #state = :next" + (", entries = :entries" if answer else ""),
            "ConditionExpression": _HOLDS,
            "ExpressionAttributeNames": {"#state": "state", "#token": "token"},
            "ExpressionAttributeValues": {
                **(stored if answer else {":next": {"S": "done"}}),
                **_held_by(claim),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            await self._batches.transact({"Update": own}, writes)
        except LedgerUnavailable as error:
            if (item := failed_at(error.__cause__, 0)) is not None:
                raise _Lost(claim, item) from error
            if is_beaten(error.__cause__):
                raise Conflict(f"{claim.worker} {claim.event_id}: {error}") from error
            raise

    async def _update(
        self,
        key: str,
        change: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> items.Item:
        """The item as it is now. Raises Refused, LedgerUnavailable."""
        with translated():
            answer = await self._client.update_item(
                TableName=self._table,
                Key={"delivery": {"S": key}},
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        item: items.Item = answer["Attributes"]
        return item

    async def _load(self, key: str) -> items.Item:
        with translated():
            answer = await self._client.get_item(
                TableName=self._table, Key={"delivery": {"S": key}}, ConsistentRead=True
            )
        item: items.Item = answer.get("Item", {})
        return item

    def _milliseconds(self) -> int:
        return int(self._now().timestamp() * 1000)

    def _expiry(self) -> int:
        return int((self._now() + self._retention).timestamp())


class _Lost(ClaimLost):
    """With what stands there instead, if the answer said so."""

    def __init__(self, claim: Claim, item: items.Item) -> None:
        super().__init__(f"{claim.worker} {claim.event_id} token {claim.token}")
        self.item = item


def _held_by(claim: Claim) -> dict[str, dict[str, str]]:
    return {":claimed": {"S": "claimed"}, ":token": {"N": str(claim.token)}}
