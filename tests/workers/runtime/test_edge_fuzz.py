"""Whatever lies in a queue: it is handled or parked with a reason, and the consumer goes on."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.codec import decode
from events.errors import Undecodable, Untrusted
from events.routes import Route
from schemas.task import TaskCreated, TaskFailed
from tests.events.hostile import NOISE, RAW, spoilt
from workers.ports import Context
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.logs import Log
from workers.runtime.testing_payloads import FakePayloads

ANSWER = TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")
ROUTE = Route(event=TaskCreated, worker="codegen", publishes=(TaskFailed,))
CAUSES = {"undecodable", "untrusted"}
# Far more than anything here takes; what comes back for ever is still there then.
SOON = timedelta(minutes=10)

# A body is text, and a client may even make text of it that no UTF-8 can say.
BODIES = (
    spoilt(ROUTE)
    | NOISE.map(lambda body: body if isinstance(body, str) else body.decode("latin-1"))
    | st.text(max_size=50)
    | st.sampled_from([*RAW.values(), "\ud800", '{"detail-type": "\ud800", "id": "\ud800"}'])
)


async def handle(event: TaskCreated, context: Context) -> TaskFailed:
    await asyncio.sleep(0.1)
    return ANSWER


@pytest.fixture
def bench_of(bench: Any) -> Callable[[], Any]:
    """Makes a bench of its own for each telling."""
    return type(bench)


def is_event(body: str) -> bool:
    """Whether the codec takes it, claim checks aside."""
    try:
        return bool(decode(body, ROUTE))
    except (Undecodable, Untrusted):
        return False


async def consume(bench: Any, *, with_payloads: bool) -> None:
    """Runs a consumer until the queue is empty."""
    courier = bench.courier(handle)
    if with_payloads:
        courier = replace(courier, payloads=FakePayloads())
    log = Log(stream=bench.logged, now=bench.clock.now)
    pace = Pace(lease=bench.lease)
    await bench.run(Consumer(courier, bench.queue, pace, log, chance=lambda: 0.5), longest=SOON)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODIES, min_size=1, max_size=6), with_payloads=st.booleans())
@example(bodies=list(RAW.values()), with_payloads=True)
async def test_nothing_in_a_queue_stops_its_consumer_or_comes_back_for_ever(
    bench_of: Callable[[], Any], bodies: Sequence[str], with_payloads: bool
) -> None:
    bench = bench_of()
    sent = {bench.queue.send(body, group=f"g{n}"): body for n, body in enumerate(bodies)}
    bench.send("good", group="g0")

    await consume(bench, with_payloads=with_payloads)

    letters = {message.id: (message, parking) for message, parking in bench.queue.dead_letters}
    assert set(letters) <= set(sent)
    for name, body in sent.items():
        if name not in letters:
            assert is_event(body)
            continue
        message, parking = letters[name]
        assert message.body == body
        assert message.receives == 1, "it was tried again"
        assert parking is not None
        assert parking.cause in CAUSES
        assert parking.reason
        assert with_payloads or not is_event(body)
    assert "good" in bench.ledger.commits
    assert not bench.log_lines("attempt broke")
    assert not bench.log_lines("handler failed")


async def test_a_claim_check_to_nothing_is_parked_at_once(bench: Any) -> None:
    body = json.loads(bench.body("lost"))
    key = {"key": "payloads/" + "ab" * 32, "sha256": "ab" * 32, "bytes": 7}
    body["detail"]["metadata"] = {"claim_check": key}
    bench.queue.send(json.dumps(body), group="g")

    await consume(bench, with_payloads=True)

    [(message, parking)] = bench.queue.dead_letters
    assert (message.receives, parking.cause) == (1, "undecodable")
    assert bench.ledger.commits == []
