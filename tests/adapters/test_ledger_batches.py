"""The ledger's batches before a store that is short of time, of answers, or of patience."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.ledger_batches import Batches, Refused, Unfit
from workers.adapters.ledger_statements import BYTES_LIMIT, Statement
from workers.runtime.ledger import Claim, ClaimLost, Conflict, LedgerUnavailable
from workers.runtime.testing import VirtualClock

LEASE = timedelta(seconds=12)
CLAIM = Claim("w", "e1", 3)
OWN: dict[str, Any] = {"Update": {}}


def failure(code: str, **more: Any) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": f"said {code}", **more}}


def refusal(code: str, **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": f"said {code}"}, **more}
    return ClientError(answer, "Call")


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code, "Message": f"said {code}"} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


class Store:
    """Takes what it gets, but for the turns it is told by a statement's key: one each time.

    `requests` has turns too, which stand for a whole request, and `transactions` for each of those.
    """

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.transacted: list[list[Any]] = []
        self.turns: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[Any] = []
        self.transactions: list[Exception] = []
        self.asked = asyncio.Event()

    async def batch_execute_statement(self, Statements: Any) -> Any:  # noqa: N803
        names = [each["Parameters"][0]["S"] for each in Statements]
        self.seen.append(names)
        self.asked.set()
        await asyncio.sleep(0)
        turn = self.requests.pop(0) if self.requests else None
        if isinstance(turn, Exception):
            raise turn
        answers = [self._answer(name) for name in names]
        return {"Responses": answers if turn is None else answers[:turn]}

    async def transact_write_items(self, TransactItems: Any) -> Any:  # noqa: N803
        self.transacted.append(TransactItems)
        await asyncio.sleep(0)
        if self.transactions:
            raise self.transactions.pop(0)
        return {}

    def _answer(self, name: str) -> dict[str, Any]:
        turns = self.turns.get(name)
        return turns.pop(0) if turns else {"TableName": "ledger"}


class Bench:
    def __init__(self) -> None:
        self.store = Store()
        self.waits: list[float] = []
        self.batches = Batches(self.store, chance=self._chance)

    def _chance(self) -> float:
        self.waits.append(0.0)
        return 0.0

    async def write(self, *names: str) -> list[Any]:
        """What becomes of statements that are written at once."""
        writes = (self.batches.write(a_statement(name)) for name in names)
        return list(await asyncio.gather(*writes, return_exceptions=True))


def a_statement(name: str, rest: str = "") -> Statement:
    return Statement(name, "UPDATE", ({"S": name}, {"S": rest}))


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_each_statement_is_answered_for_itself(bench: Bench) -> None:
    item = {"token": {"N": "4"}}
    bench.store.turns = {
        "b": [failure("ConditionalCheckFailed", Item=item)],
        "c": [failure("DuplicateItem")],
        "d": [failure("ValidationError")],
    }

    a, b, c, d, e = await bench.write("a", "b", "c", "d", "e")

    assert (a, e) == (None, None)
    assert isinstance(b, Refused)
    assert b.item == item
    assert isinstance(c, Refused)
    assert c.item == {}
    assert isinstance(d, Unfit)
    assert bench.store.seen == [list("abcde")]


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingError",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceeded",
        "TransactionConflict",
        "InternalServerError",
    ],
)
async def test_what_the_store_had_no_time_for_is_written_again_alone(
    bench: Bench, code: str
) -> None:
    bench.store.turns = {"b": [failure(code), failure(code)]}

    assert await bench.write("a", "b", "c") == [None, None, None]

    assert bench.store.seen == [["a", "b", "c"], ["b"], ["b"]]
    assert len(bench.waits) == 2


async def test_what_the_store_never_has_time_for_is_unavailable_and_nobody_else_is(
    bench: Bench,
) -> None:
    bench.store.turns = {"b": [failure("ThrottlingError")] * 10_000}

    a, b = await bench.write("a", "b")

    assert a is None
    assert isinstance(b, LedgerUnavailable)
    assert "said ThrottlingError" in str(b)
    assert bench.store.seen == [["a", "b"], ["b"], ["b"], ["b"]]


async def test_a_retried_statement_that_had_happened_is_refused_as_what_it_is(
    bench: Bench,
) -> None:
    bench.store.turns = {"a": [failure("InternalServerError"), failure("DuplicateItem")]}

    [answer] = await bench.write("a")

    assert isinstance(answer, Refused)


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("the answer is lost"),
        EndpointConnectionError(endpoint_url="http://nowhere"),
        ConnectionResetError("gone"),
        refusal("ThrottlingException"),
        refusal("ResourceNotFoundException"),
    ],
)
async def test_a_request_without_an_answer_is_unavailable_to_all_of_it(
    bench: Bench, error: Exception
) -> None:
    bench.store.requests = [error]
    names = [f"k{n}" for n in range(30)]

    answers = await bench.write(*names)

    assert [isinstance(each, LedgerUnavailable) for each in answers] == [True] * 25 + [False] * 5


@pytest.mark.parametrize("answered", [0, 2])
async def test_an_answer_that_is_too_short_leaves_nobody_waiting(
    bench: Bench, answered: int
) -> None:
    bench.store.requests = [answered]

    answers = await asyncio.wait_for(bench.write("a", "b", "c"), 20)

    assert all(isinstance(each, LedgerUnavailable) for each in answers)


async def test_a_mistake_of_our_own_is_no_outage(bench: Bench) -> None:
    bench.store.requests = [ParamValidationError(report="ours"), refusal("ValidationException")]

    [ours] = await bench.write("a")
    [unfit] = await bench.write("b")

    assert isinstance(ours, ParamValidationError)
    assert isinstance(unfit, Unfit)


async def test_who_is_cancelled_before_the_request_has_not_written(bench: Bench) -> None:
    gone = asyncio.create_task(bench.batches.write(a_statement("a")))
    stays = asyncio.create_task(bench.batches.write(a_statement("b")))
    asyncio.get_running_loop().call_soon(gone.cancel)

    await asyncio.wait([gone, stays])

    assert gone.cancelled()
    assert bench.store.seen == [["b"]]


async def test_what_is_in_no_hurry_goes_with_the_next_that_is(bench: Bench) -> None:
    bench.batches.write_soon(a_statement("soon"))
    await asyncio.sleep(0)
    assert bench.store.seen == []

    await bench.write("now")
    await bench.batches.flush()

    assert bench.store.seen == [["now", "soon"]]


async def test_what_rides_along_neither_fails_the_others_nor_is_heard_of(bench: Bench) -> None:
    bench.store.turns = {"soon": [failure("ConditionalCheckFailed")]}
    bench.batches.write_soon(a_statement("soon"))

    assert await bench.write("now") == [None]
    assert await bench.write("then") == [None]

    assert bench.store.seen == [["now", "soon"], ["then"]]


async def test_nothing_rides_along_with_a_write_of_the_same_item(bench: Bench) -> None:
    bench.batches.write_soon(a_statement("a", "first"))
    bench.batches.write_soon(a_statement("b"))

    await bench.write("a")
    assert bench.store.seen == [["a"]]

    await bench.batches.flush()
    assert bench.store.seen == [["a"], ["a", "b"]]


async def test_only_as_many_ride_along_as_there_is_room_for(bench: Bench) -> None:
    for number in range(30):
        bench.batches.write_soon(a_statement(f"soon{number}"))

    await bench.write(*(f"now{number}" for number in range(10)))
    assert [len(each) for each in bench.store.seen] == [25]
    assert bench.store.seen[0][:10] == [f"now{number}" for number in range(10)]

    await bench.write("large" + "x" * BYTES_LIMIT)
    assert len(bench.store.seen[1]) == 1
    await bench.batches.flush()
    assert bench.store.seen[2] == [f"soon{number}" for number in range(15, 30)]


async def test_what_nothing_comes_by_for_goes_by_itself_after_a_while(bench: Bench) -> None:
    bench.batches.write_soon(a_statement("a"))
    bench.batches.write_soon(a_statement("b"))

    await asyncio.wait_for(bench.store.asked.wait(), 20)
    assert bench.store.seen == [["a", "b"]]

    # And so does what comes after it.
    bench.store.asked.clear()
    bench.batches.write_soon(a_statement("c"))
    await asyncio.wait_for(bench.store.asked.wait(), 20)
    assert bench.store.seen[1] == ["c"]


async def test_a_flush_tries_all_and_then_says_what_failed(bench: Bench) -> None:
    bench.store.requests = [TimeoutError("the answer is lost")]
    for number in range(60):
        bench.batches.write_soon(a_statement(f"k{number}"))

    with pytest.raises(LedgerUnavailable):
        await bench.batches.flush()

    assert [len(each) for each in bench.store.seen] == [25, 25, 10]
    await bench.batches.flush()
    assert len(bench.store.seen) == 3


async def test_a_transaction_that_met_its_own_heartbeat_is_made_again(bench: Bench) -> None:
    bench.store.transactions = [cancelled("TransactionConflict", "None")] * 3

    await bench.batches.transact(OWN, [{"Put": {}}])

    assert bench.store.transacted == [[OWN, {"Put": {}}]] * 4


@pytest.mark.parametrize(
    "error",
    [
        cancelled("None", "TransactionConflict"),
        cancelled("TransactionConflict", "ConditionalCheckFailed"),
        cancelled("ConditionalCheckFailed", "None"),
        cancelled("ThrottlingError", "None"),
        refusal("ThrottlingException"),
        TimeoutError("the answer is lost"),
    ],
)
async def test_any_other_transaction_is_the_callers_to_make_again(
    bench: Bench, error: Exception
) -> None:
    bench.store.transactions = [error]

    with pytest.raises(LedgerUnavailable) as raised:
        await bench.batches.transact(OWN, [{"Put": {}}])

    assert raised.value.__cause__ is error
    assert len(bench.store.transacted) == 1


def ledger(store: Store) -> DynamoLedger:
    return DynamoLedger(store, "ledger", VirtualClock().now, timedelta(days=25))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (cancelled("None", "ConditionalCheckFailed"), Conflict),
        (cancelled("None", "TransactionConflict"), Conflict),
        (cancelled("ConditionalCheckFailed", "None"), ClaimLost),
        (cancelled("ConditionalCheckFailed", "ConditionalCheckFailed"), ClaimLost),
        (cancelled("ThrottlingError", "ConditionalCheckFailed"), LedgerUnavailable),
        (cancelled("None", "ValidationError"), Unfit),
        (refusal("ValidationException"), Unfit),
        (refusal("TransactionInProgressException"), LedgerUnavailable),
        (TimeoutError("the answer is lost"), LedgerUnavailable),
    ],
)
async def test_a_commit_with_writes_says_why_it_did_not_happen(
    error: Exception, expected: type[Exception]
) -> None:
    store = Store()
    store.transactions = [error]

    with pytest.raises(expected) as raised:
        await ledger(store).commit(CLAIM, [], [{"Put": {}}])

    assert type(raised.value) is expected or issubclass(type(raised.value), ClaimLost)


@pytest.mark.parametrize(
    ("token", "state", "is_ours"),
    [("3", "done", True), ("4", "done", False), ("3", "claimed", False), ("3", "committed", False)],
)
async def test_a_commit_that_finds_its_own_answer_has_happened_before(
    token: str, state: str, is_ours: bool
) -> None:
    """The answer to it was lost, and it was made again."""
    there = {"state": {"S": state}, "token": {"N": token}}
    store = Store()
    store.transactions = [
        refusal(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "ConditionalCheckFailed", "Item": there}],
        )
    ]
    store.turns = {"done": [failure("ConditionalCheckFailed", Item=there)]}

    effects: list[Any] = [{"Put": {}}]
    for writes in (effects, []):
        commit = ledger(store).commit(CLAIM, [], writes)
        if is_ours:
            await commit
        else:
            with pytest.raises(ClaimLost):
                await commit


@pytest.mark.embedded
@pytest.mark.parametrize("with_writes", [False, True])
async def test_a_record_that_outgrows_its_item_is_a_bug_and_no_outage(
    embedded_clients: Any, with_writes: bool
) -> None:
    """An outage burns no try: what can't ever be written would come back for good."""
    client, table = await embedded_clients("dynamodb"), f"ledger-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
    )
    real = DynamoLedger(client, table, VirtualClock().now, timedelta(days=25))
    claim = await real.claim("w", "e1", LEASE)
    assert isinstance(claim, Claim)
    await real.record(claim, "one", "x" * 300 * 1024)

    with pytest.raises(Unfit, match="maximum allowed size"):
        await real.record(claim, "two", "x" * 300 * 1024)

    effect = {"Put": {"TableName": table, "Item": {"delivery": {"S": "effect"}}}}
    entries = [{"DetailType": "task.failed", "Detail": "x" * 300 * 1024}]
    with pytest.raises(Unfit, match="maximum allowed size"):
        await real.commit(claim, entries, [effect] if with_writes else [])

    assert "Item" not in await client.get_item(TableName=table, Key={"delivery": {"S": "effect"}})
    # The claim is held on, and what fits may be committed still.
    await real.commit(claim, [], [effect])
