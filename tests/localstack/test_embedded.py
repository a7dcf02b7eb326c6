"""The emulator's launcher, its ports, and the lifeline that ties it to its parent."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack import embedded
from localstack.embedded import EmulatorFailed, running, start
from localstack.endpoint import client
from localstack.lifeline import tied
from localstack.ports import free_port, holder, is_free
from workers.fleet.environments import ministack as installed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
async def python(ministack: str) -> Path:
    # The suite's own emulator runs, so the environment is there.
    return await installed(ROOT / ".flotilla", lambda line: None)


@pytest.mark.embedded
async def test_it_answers_on_a_free_port_of_this_machine_only_and_ends(
    python: Path, tmp_path: Path
) -> None:
    async with running(python, tmp_path) as emulator:
        sqs = client("sqs", emulator.endpoint_url, "us-east-1")
        assert sqs.create_queue(QueueName="here")["QueueUrl"]
        assert emulator.endpoint_url == f"http://127.0.0.1:{emulator.port}"
        assert _addresses(emulator.process.pid) == {"0100007F"}
    assert is_free(emulator.port)


@pytest.mark.embedded
async def test_its_state_survives_when_it_is_asked_to_keep_it(python: Path, tmp_path: Path) -> None:
    for expected in (0, 1):
        async with running(python, tmp_path, state=tmp_path / "state") as emulator:
            sqs = client("sqs", emulator.endpoint_url, "us-east-1")
            assert len(sqs.list_queues().get("QueueUrls", ())) == expected
            sqs.create_queue(QueueName="kept")


@pytest.mark.embedded
async def test_its_death_is_noticed(python: Path, tmp_path: Path) -> None:
    async with running(python, tmp_path) as emulator:
        emulator.process.kill()
        failure = await emulator.ended()
    assert "SIGKILL" in str(failure)
    assert str(emulator.log) in str(failure)


async def test_a_taken_port_is_told_with_its_holder_and_the_mend(
    taken_port: int, tmp_path: Path
) -> None:
    with pytest.raises(EmulatorFailed) as failure:
        await start(Path(sys.executable), tmp_path, port=taken_port)
    assert f"process {os.getpid()}" in str(failure.value)
    assert "--port" in str(failure.value)


async def test_an_emulator_that_cannot_start_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(EmulatorFailed, match="No module named ministack"):
        await start(Path(sys.executable), tmp_path)


def test_a_port_is_free_until_somebody_listens(taken_port: int) -> None:
    assert not is_free(taken_port)
    assert is_free(free_port())


def test_nobody_holds_a_free_port() -> None:
    assert holder(free_port()) is None


def test_the_last_line_of_a_log_skips_what_is_blank(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\nlast\n\n  \n")
    assert embedded.last_line(log) == "last"
    assert embedded.last_line(tmp_path / "none") == "it left no log"


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_tied_process_ends_when_its_parent_is_killed() -> None:
    """A parent starts a tied child that says when it runs; then the parent is killed."""
    child = [sys.executable, "-c", "import os,time; print(os.getpid(), flush=True); time.sleep(60)"]
    program = (
        "import subprocess, time; from localstack.lifeline import tied;"
        f"subprocess.Popen(tied({sys.executable!r}, {child!r})); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    descriptor = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    ended, _, _ = select.select([descriptor], [], [], 30)
    os.close(descriptor)
    assert ended


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_tied_process_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    python, *flags, _, number, _ = tied(sys.executable, ["x"])
    command = [python, *flags, "1", number, "/usr/bin/touch", str(mark)]
    assert subprocess.run(command, check=False).returncode == 1
    assert not mark.exists()


def _addresses(pid: int) -> set[str]:
    """The local addresses, in the kernel's notation, on which the process listens."""
    files = Path(f"/proc/{pid}/fd").iterdir()
    sockets = {name[8:-1] for name in map(os.readlink, files) if name.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if columns[3] == "0A" and columns[9] in sockets:
                found.add(columns[1].partition(":")[0])
    return found
