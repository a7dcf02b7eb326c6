"""The table of processes, as both sources tell it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from workers.adapters.process_table import (
    Process,
    descendants,
    listed_by_ps,
    living,
    processes,
    send,
)

pytestmark = pytest.mark.process


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield started
    started.kill()
    started.wait()


@pytest.mark.parametrize("source", [processes, listed_by_ps])
def test_a_child_is_found_below_its_parent(source: object, child: subprocess.Popen[bytes]) -> None:
    table = source()  # type: ignore[operator]
    assert table[child.pid].parent == os.getpid()
    assert table[child.pid].resident_bytes > 0
    assert child.pid in [process.pid for process in descendants(os.getpid(), table)]


@pytest.mark.parametrize("source", [processes, listed_by_ps])
def test_a_process_started_at_the_same_moment_whenever_one_looks(
    source: object, child: subprocess.Popen[bytes]
) -> None:
    first, second = source()[child.pid], source()[child.pid]  # type: ignore[operator]
    assert first.started == second.started


def test_a_process_that_ended_does_not_live_even_before_it_is_reaped(
    child: subprocess.Popen[bytes],
) -> None:
    assert living(child.pid) is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert living(child.pid) is None


def test_a_signal_never_reaches_a_namesake(child: subprocess.Popen[bytes]) -> None:
    found = living(child.pid)
    assert found is not None
    earlier = Process(child.pid, found.parent, "another moment", False, 0)
    send(earlier, 9)
    assert living(child.pid) is not None
    send(found, 9)
    assert child.wait() == -9


def test_nobody_descends_from_a_process_that_is_not_there() -> None:
    assert descendants(2**30, processes()) == []
