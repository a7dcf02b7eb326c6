"""The ledger on DynamoDB: one item a (worker, event), every write conditional on its token.

Item: `delivery` (the key), `state` (claimed, committed, done), `token`, `lease_until` (epoch ms),
`entries` (JSON of the outgoing entries), `expires_at` (epoch s, the table's TTL attribute), and
`parked` (why, and with which fingerprint) while the event waits for a person.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.codec import Entry
from events.errors import Oversized
from workers.runtime.ledger import Claim, ClaimLost, Committed, Done, Held, LedgerUnavailable
from workers.runtime.queue import Parking

_CLAIM = "attribute_not_exists(delivery) OR (#state = :claimed AND lease_until <= :now)"
# An item takes 400 KB, names and the other attributes included (DynamoDB quotas).
_ANSWER_LIMIT = 390 * 1024
_REASON_LIMIT = 1000
_AT_REST = "#state = :committed OR (#state = :claimed AND lease_until <= :now)"
_HOLDS = "#state = :claimed AND #token = :token"


class DynamoLedger:
    """Speaks to the ledger's table through an open aiobotocore client.

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

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done:
        now = self._milliseconds()
        try:
            with _translated():
                answer = await self._client.update_item(
                    TableName=self._table,
                    Key=_key(worker, event_id),
                    UpdateExpression=(
                        "SET #state = :claimed, lease_until = :until, expires_at = :expires"
                        " REMOVE parked ADD #token :one"
                    ),
                    ConditionExpression=_CLAIM,
                    ExpressionAttributeNames={"#state": "state", "#token": "token"},
                    ExpressionAttributeValues={
                        ":claimed": {"S": "claimed"},
                        ":now": {"N": str(now)},
                        ":until": {"N": str(now + _in_milliseconds(lease))},
                        ":expires": {"N": str(self._expiry())},
                        ":one": {"N": "1"},
                    },
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except _Refused as refused:
            item = refused.item or await self._load(worker, event_id)
            return _standing(worker, event_id, item, now)
        return Claim(worker, event_id, int(answer["Attributes"]["token"]["N"]))

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        until = self._milliseconds() + _in_milliseconds(lease)
        await self._update(claim, "SET lease_until = :until", {":until": {"N": str(until)}})

    async def commit(self, claim: Claim, entries: Sequence[Entry]) -> None:
        state = "committed" if entries else "done"
        answer = json.dumps(list(entries), ensure_ascii=False)
        if (size := len(answer.encode())) > _ANSWER_LIMIT:
            # The store would refuse it however often it is asked.
            raise Oversized(entries[0]["DetailType"], size, _ANSWER_LIMIT)
        await self._update(
            claim,
            "SET #state = :next, entries = :entries",
            {":next": {"S": state}, ":entries": {"S": answer}},
        )

    async def finish(self, claim: Claim) -> None:
        await self._update(
            claim,
            "SET #state = :next REMOVE parked",
            {":next": {"S": "done"}},
            expected="committed",
        )

    async def release(self, claim: Claim) -> None:
        await self._update(claim, "SET lease_until = :zero", {":zero": {"N": "0"}})

    async def note_parked(self, parking: Parking) -> None:
        try:
            with _translated():
                await self._client.update_item(
                    TableName=self._table,
                    Key=_key(parking.route, parking.event_id or ""),
                    UpdateExpression="SET parked = :parked",
                    ConditionExpression=_AT_REST,
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues={
                        ":claimed": {"S": "claimed"},
                        ":committed": {"S": "committed"},
                        ":now": {"N": str(self._milliseconds())},
                        ":parked": {"M": _note(parking)},
                    },
                )
        except _Refused:
            return

    async def _update(
        self,
        claim: Claim,
        change: str,
        values: Mapping[str, Any],
        *,
        expected: str = "claimed",
    ) -> None:
        try:
            with _translated():
                await self._client.update_item(
                    TableName=self._table,
                    Key=_key(claim.worker, claim.event_id),
                    UpdateExpression=change,
                    ConditionExpression=_HOLDS,
                    ExpressionAttributeNames={"#state": "state", "#token": "token"},
                    ExpressionAttributeValues={
                        ":claimed": {"S": expected},
                        ":token": {"N": str(claim.token)},
                        **values,
                    },
                )
        except _Refused as refused:
            raise ClaimLost(f"{claim.worker} {claim.event_id} token {claim.token}") from refused

    async def _load(self, worker: str, event_id: str) -> Mapping[str, Any]:
        with _translated():
            answer = await self._client.get_item(
                TableName=self._table, Key=_key(worker, event_id), ConsistentRead=True
            )
        item: Mapping[str, Any] = answer.get("Item", {})
        return item

    def _milliseconds(self) -> int:
        return int(self._now().timestamp() * 1000)

    def _expiry(self) -> int:
        return int((self._now() + self._retention).timestamp())


class _Refused(Exception):
    """A condition failed; `item` is what stands there, if the answer said so."""

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        super().__init__("condition failed")
        self.item = item


def _standing(
    worker: str, event_id: str, item: Mapping[str, Any], now: int
) -> Held | Committed | Done:
    state = item.get("state", {}).get("S")
    if state == "done":
        return Done()
    if state == "committed":
        claim = Claim(worker, event_id, int(item["token"]["N"]))
        return Committed(claim, json.loads(item["entries"]["S"]))
    # Claimed, or gone since: either way somebody else was faster, and may be asked again soon.
    until = int(item.get("lease_until", {"N": "0"})["N"])
    return Held(timedelta(milliseconds=max(0, until - now)))


def _note(parking: Parking) -> dict[str, dict[str, str]]:
    moment = parking.last_failed_at
    facts = {
        "cause": parking.cause,
        "reason": parking.reason[:_REASON_LIMIT],
        "fingerprint": parking.fingerprint,
        "at": moment.isoformat() if moment else "",
    }
    return {name: {"S": fact} for name, fact in facts.items()}


def _key(worker: str, event_id: str) -> dict[str, dict[str, str]]:
    return {"delivery": {"S": f"{worker}#{event_id}"}}


def _in_milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            item = error.response.get("Item")
            raise _Refused(item if isinstance(item, Mapping) else None) from error
        raise LedgerUnavailable(str(error)) from error
    except (BotoCoreError, OSError, TimeoutError) as error:
        raise LedgerUnavailable(str(error)) from error
