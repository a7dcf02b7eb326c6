"""The harness from end to end, in small: real processes, every request counted."""

import sys
from pathlib import Path

import pytest

from benchmarks import affinity, servers
from benchmarks.catalogue import chosen
from benchmarks.measurement import Measurement
from benchmarks.run import Rig, Scenario, run

pytestmark = pytest.mark.process

MESSAGES = 300
STANDARD, FIFO = 0, 10

# Requests for 300 messages of a standard queue, heartbeats left out. They are exact: ten messages
# go through a consumer together.
REQUESTS = {
    ("bare", False): {"ReceiveMessage": 30, "DeleteMessageBatch": 30},
    ("bare", True): {"ReceiveMessage": 30, "DeleteMessageBatch": 30, "PutEvents": 300},
    ("flotilla-ledger-off", False): {"ReceiveMessage": 30, "DeleteMessageBatch": 30},
    ("flotilla-ledger-off", True): {
        "ReceiveMessage": 30,
        "DeleteMessageBatch": 30,
        "PutEvents": 30,
    },
    ("flotilla", False): {
        "ReceiveMessage": 30,
        "DeleteMessageBatch": 30,
        "BatchExecuteStatement": 60,
    },
    ("flotilla", True): {
        "ReceiveMessage": 30,
        "DeleteMessageBatch": 30,
        "PutEvents": 30,
        "BatchExecuteStatement": 60,
    },
}
# That an answer was published is noted with the next claims or commits, and once a second, and at
# the end, by a request of its own where there is none: on a slow machine there are more seconds.
NOTES = 8


def consumed(name: str, publishes: bool, groups: int, folder: Path) -> Measurement:
    """What one peer's run came to."""
    [peer] = chosen(name)
    rig = Rig(servers.standin, affinity.cores(), folder, MESSAGES, timeout=120)
    measured, _ = run(rig, peer, Path(sys.executable), Scenario(publishes, groups))
    return measured


@pytest.mark.parametrize(("name", "publishes"), REQUESTS)
def test_a_message_costs_as_many_requests_as_it_is_said_to(
    name: str, publishes: bool, tmp_path: Path
) -> None:
    measured = consumed(name, publishes, STANDARD, tmp_path)

    assert measured.requests is not None
    counted = {operation: round(n * MESSAGES) for operation, n in measured.requests.items()}
    counted.pop("ChangeMessageVisibilityBatch", None)
    expected = REQUESTS[name, publishes]
    if publishes and "BatchExecuteStatement" in expected:
        notes = counted["BatchExecuteStatement"] - expected["BatchExecuteStatement"]
        assert 0 <= notes <= NOTES
        counted["BatchExecuteStatement"] -= notes
    assert counted == expected
    assert measured.duplicates == 0
    assert min(measured.rate, measured.cpu_ms, measured.cold_start) > 0
    assert measured.peak_megabytes > 10
    assert 0 < (measured.latency_p50_ms or 0) <= (measured.latency_p99_ms or 0)


def test_groups_keep_their_order(tmp_path: Path) -> None:
    measured = consumed("flotilla", True, FIFO, tmp_path)

    assert (measured.violations, measured.duplicates) == (0, 0)
