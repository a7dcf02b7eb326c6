"""The harness from end to end, in small: real processes, every request counted."""

import sys
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import affinity, servers
from benchmarks.catalogue import chosen
from benchmarks.cost import COUNTS as COUNTED
from benchmarks.measurement import Measurement
from benchmarks.run import Rig, Scenario
from benchmarks.run import run as one_run

pytestmark = pytest.mark.process

STANDARD, FIFO = 0, 10

# Requests of a standard queue, what they are billed by, and for how many messages.
COUNTS = tomllib.loads(COUNTED.read_text(encoding="utf-8"))
# That an answer was published is noted with the next claims or commits, and once a second, and at
# the end, by a request of its own where there is none: on a slow machine there are more seconds.
NOTES = 8


def consumed(name: str, publishes: bool, groups: int, folder: Path) -> Measurement:
    """What one peer's run came to."""
    [peer] = chosen(name)
    server = partial(servers.standin, count_units=True)
    rig = Rig(server, affinity.cores(), folder, COUNTS["messages"], timeout=120)
    measured, _ = one_run(rig, peer, Path(sys.executable), Scenario(publishes, groups))
    return measured


def whole(each: Mapping[str, float] | None) -> dict[str, int]:
    """What was counted, from what it comes to a message."""
    assert each is not None
    return {name: round(n * COUNTS["messages"]) for name, n in each.items()}


@pytest.mark.parametrize("run", COUNTS["run"], ids=lambda run: f"{run['peer']}-{run['publishes']}")
def test_a_message_costs_as_many_requests_as_it_is_said_to(
    run: dict[str, Any], tmp_path: Path
) -> None:
    publishes, expected = run["publishes"], run["requests"]

    measured = consumed(run["peer"], publishes, STANDARD, tmp_path)

    counted = whole(measured.requests)
    counted.pop("ChangeMessageVisibilityBatch", None)
    if publishes and "BatchExecuteStatement" in expected:
        notes = counted["BatchExecuteStatement"] - expected["BatchExecuteStatement"]
        assert 0 <= notes <= NOTES
        counted["BatchExecuteStatement"] -= notes
    assert counted == expected
    assert whole(measured.billed) == run["billed"]
    assert measured.duplicates == 0
    assert min(measured.rate, measured.cpu_ms, measured.cold_start) > 0
    assert measured.peak_megabytes > 10
    assert 0 < (measured.latency_p50_ms or 0) <= (measured.latency_p99_ms or 0)


def test_groups_keep_their_order(tmp_path: Path) -> None:
    measured = consumed("flotilla", True, FIFO, tmp_path)

    assert (measured.violations, measured.duplicates) == (0, 0)
