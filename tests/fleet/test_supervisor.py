"""The supervisor, with real processes that stand in for workers."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from workers.fleet.supervisor import FleetFailed

from .conftest import AT_MOST, Ends, MakeSupervisor, Watched

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and relies on Linux signals"),
]

ROOT = Path(__file__).resolve().parents[2]


async def launched(watched: Watched, *names: str) -> list[int]:
    await watched.supervisor.open()
    watched.supervisor.launch([watched.program(name) for name in names])
    await watched.supervisor.ready(AT_MOST)
    return [process.pid for process in watched.supervisor.processes if process.pid]


async def test_each_program_is_a_process_with_a_session_a_name_and_a_log(
    make_supervisor: MakeSupervisor,
) -> None:
    watched = make_supervisor()
    [first, second] = await launched(watched, "one", "two")
    assert {os.getsid(first), os.getsid(second)} == {first, second}
    assert _title(first) == "flotilla: one"
    log = watched.folders.log("two").read_text()
    assert log == "two has prepared and http://endpoint\n"


async def test_a_killed_process_comes_back(make_supervisor: MakeSupervisor) -> None:
    watched = make_supervisor()
    [pid, other] = await launched(watched, "one", "two")
    os.kill(pid, signal.SIGKILL)
    await watched.until("one", "restarting")
    again = await watched.until("one", "running")
    assert again.pid not in {None, pid}
    assert again.restarts == 1
    [_, untouched] = watched.supervisor.processes
    assert (untouched.pid, untouched.restarts) == (other, 0)


async def test_when_the_zygote_dies_everybody_comes_back(make_supervisor: MakeSupervisor) -> None:
    watched = make_supervisor()
    pids = await launched(watched, "one", "two")
    ends = Ends(pids)
    os.kill(_parent(pids[0]), signal.SIGKILL)
    await ends.all()
    await watched.until("two", "restarting")
    await watched.supervisor.ready(AT_MOST)
    assert not set(pids) & {process.pid for process in watched.supervisor.processes}


async def test_stopping_drains(make_supervisor: MakeSupervisor) -> None:
    watched = make_supervisor()
    ends = Ends(await launched(watched, "one", "two"))
    await watched.supervisor.stop(AT_MOST)
    await ends.all()
    assert watched.folders.log("one").read_text().endswith("one drained\n")
    assert {process.state for process in watched.supervisor.processes} == {"stopped"}
    assert list(watched.folders.ready.iterdir()) == []


async def test_who_does_not_drain_is_killed(make_supervisor: MakeSupervisor) -> None:
    watched = make_supervisor()
    await watched.supervisor.open()
    watched.supervisor.launch([watched.program("one", "stubborn")])
    await watched.supervisor.ready(AT_MOST)
    ends = Ends(p.pid for p in watched.supervisor.processes if p.pid)
    await watched.supervisor.stop(timedelta(0))
    await ends.all()


async def test_who_dies_at_once_is_given_up_with_its_last_words(
    make_supervisor: MakeSupervisor,
) -> None:
    watched = make_supervisor()
    await watched.supervisor.open()
    watched.supervisor.launch([watched.program("one", "stillborn"), watched.program("two")])
    with pytest.raises(FleetFailed, match="one ends as soon as it starts: no such table; see"):
        await watched.supervisor.ready(AT_MOST)
    assert str(await watched.supervisor.failed()).startswith("one")
    [given_up, _] = watched.supervisor.processes
    assert (given_up.state, given_up.restarts) == ("given up", 4)


async def test_what_they_share_and_cannot_load_fails_the_fleet(
    make_supervisor: MakeSupervisor,
) -> None:
    watched = make_supervisor("tests.fleet.standins:nothing")
    await watched.supervisor.open()
    watched.supervisor.launch([watched.program("one")])
    with pytest.raises(FleetFailed, match="the shared part can't be loaded"):
        await watched.supervisor.ready(AT_MOST)


async def test_who_never_gets_to_work_is_named(make_supervisor: MakeSupervisor) -> None:
    watched = make_supervisor()
    await watched.supervisor.open()
    watched.supervisor.launch([watched.program("one")])
    with pytest.raises(FleetFailed, match="not at work after 0 s: one"):
        await watched.supervisor.ready(timedelta(0))


def test_nobody_survives_a_killed_supervisor(tmp_path: Path) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-m", "tests.fleet.standins", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert leader.stdout is not None
    pids = json.loads(leader.stdout.readline())
    ends = Ends([*pids, _parent(pids[0])])
    leader.kill()
    leader.wait()
    leader.stdout.close()
    ends.wait()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _title(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode()
