"""A whole fleet of stand-ins: embedded AWS, stacks, forwarder and a process for each route."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from events.routes import ROUTES
from localstack.endpoint import client
from localstack.ports import is_free
from workers.fleet import detached, status
from workers.fleet.fleet import ended_by_signals, start
from workers.fleet.plan import Plan
from workers.fleet.supervisor import FleetFailed

from .conftest import Ends

pytestmark = [
    pytest.mark.process,
    pytest.mark.embedded,
    pytest.mark.skipif(sys.platform != "linux", reason="relies on Linux process handles"),
]

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"forwarder", *(route.name for route in ROUTES)}


@pytest.fixture
def home(tmp_path: Path, ministack: str) -> Iterator[Path]:
    """A folder of its own, which shares the environments that were made already."""
    (tmp_path / "environments").symlink_to(ROOT / ".flotilla" / "environments")
    yield tmp_path
    assert not status.is_running(tmp_path)


def plan(home: Path, does: str = "worker") -> Plan:
    """A small fleet: the first test alone starts a process for every route."""
    return Plan(home=home, worker=f"tests.fleet.standins:{does}", routes=ROUTES[:2])


def processes(home: Path) -> Ends:
    found = status.read(home)
    assert found
    return Ends(process.pid for process in found.processes if process.pid)


async def test_it_starts_everything_and_leaves_nothing(home: Path) -> None:
    fleet = await start(replace(plan(home), routes=ROUTES))
    found = status.read(home)
    assert found
    assert (found.state, found.pid, found.endpoint_url) == (
        "ready",
        os.getpid(),
        fleet.endpoint_url,
    )
    assert {p.name for p in found.processes if p.state == "running"} == NAMES
    [bus] = client("events", fleet.endpoint_url, "us-east-1").list_event_buses(
        NamePrefix="flotilla-"
    )["EventBuses"]
    assert bus["Name"] == "flotilla-local"
    ends = processes(home)
    await fleet.stop()
    await ends.all()
    assert is_free(fleet.emulator.port)
    assert status.read(home) is None


async def test_it_fails_when_the_embedded_aws_dies(home: Path) -> None:
    fleet = await start(plan(home))
    try:
        fleet.emulator.process.kill()
        assert "the embedded AWS ended" in str(await fleet.failed())
    finally:
        await fleet.stop()


async def test_a_worker_that_cannot_start_ends_the_whole_start(home: Path) -> None:
    pids: set[int] = set()
    ends: list[Ends] = []

    def note(process: status.ProcessStatus) -> None:
        if process.name == "forwarder" and process.pid and process.pid not in pids:
            pids.add(process.pid)
            ends.append(Ends([process.pid]))

    with pytest.raises(FleetFailed, match="ends as soon as it starts: no such table"):
        await start(plan(home, "stillborn"), on_change=note)
    for each in ends:
        await each.all()
    assert ends


async def test_an_interrupted_start_leaves_nothing(home: Path) -> None:
    lines: asyncio.Queue[str] = asyncio.Queue()
    starting = asyncio.ensure_future(start(plan(home), on_progress=lines.put_nowait))
    assert await lines.get() == "starting the embedded AWS"
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not status.is_running(home)


async def test_sigterm_cancels_like_an_interrupt() -> None:
    with pytest.raises(asyncio.CancelledError), ended_by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()


async def test_a_detached_fleet_runs_until_it_is_ended_from_elsewhere(home: Path) -> None:
    command = [sys.executable, "-m", "tests.fleet.leader", str(home), "worker"]
    found = await detached.detach(command, home)
    assert found.pid != os.getpid()
    ends = Ends([found.pid, *(p.pid for p in found.processes if p.pid)])
    assert await detached.end(home) is True
    await ends.all()
    assert await detached.end(home) is False


async def test_a_killed_leader_takes_its_fleet_with_it(home: Path) -> None:
    command = [sys.executable, "-m", "tests.fleet.leader", str(home), "worker"]
    found = await detached.detach(command, home)
    ends = Ends(p.pid for p in found.processes if p.pid)
    os.kill(found.pid, signal.SIGKILL)
    await ends.all()
    assert found.endpoint_url
    assert status.read(home) is None


async def test_a_detached_fleet_that_cannot_start_says_why(home: Path) -> None:
    command = [sys.executable, "-m", "tests.fleet.leader", str(home), "stillborn"]
    with pytest.raises(FleetFailed, match="no such table"):
        await detached.detach(command, home)
