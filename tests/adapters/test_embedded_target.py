"""Releases as real processes: a small server in the place of a generated service."""

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from workers.adapters.deployed_services import endpoints, stop_all
from workers.adapters.embedded_target import EmbeddedTarget
from workers.adapters.process_registry import Record
from workers.adapters.process_table import at_home_in, living
from workers.adapters.release_folder import ReleaseFolder
from workers.adapters.terraform_buckets import BucketPlan
from workers.bundle import Bundle, Manifest
from workers.ports import Reject, Release, ReleaseFailed

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "darwin", reason="what is left is looked for in /proc"),
]

SERVICE = """
import http.server, json, os, signal, sys, time

MODE = open("mode").read().split()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        gate = MODE[1] if MODE[0] == "gated" else None
        sick = MODE[0] == "sick" or (gate and not os.path.exists(gate))
        self.send_response(503 if sick and self.path == "/health" else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"mode": MODE, "environ": dict(os.environ)}).encode())

    def log_message(self, *_):
        pass

print("hello from", MODE, flush=True)
if MODE[0] == "broken":
    sys.exit("I can't go on")
if MODE[0] == "unlucky" and not os.path.exists("../../data/once"):
    open("../../data/once", "w").close()
    sys.exit("OSError: [Errno 98] Address already in use")
if MODE[0] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
START = ("service.py", "{port}")
PATIENCE = timedelta(seconds=60)
IMPATIENCE = timedelta(seconds=2)


class OurPython:
    async def python_for(self, requirements: bytes) -> Path:
        return Path(sys.executable)


class FakeBuckets:
    """Keeps what was made."""

    def __init__(self) -> None:
        self.made: list[BucketPlan] = []

    async def make(self, plan: BucketPlan) -> str:
        self.made.append(plan)
        return f"arn:aws:s3:::{plan.name}"


class Fleet:
    """A target in a folder of its own, and what a test asks about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.buckets = FakeBuckets()

    def target(self, patience: timedelta = PATIENCE) -> EmbeddedTarget:
        return EmbeddedTarget(
            self.folder, OurPython(), self.buckets, start=START, patience=patience
        )

    def place(self) -> ReleaseFolder:
        return ReleaseFolder(self.folder / "user-service" / "staging")

    def pids(self) -> set[int]:
        """Every process of any release."""
        return {process.pid for process in at_home_in(self.folder)}


@pytest.fixture
def fleet(tmp_path: Path) -> Any:
    made = Fleet(tmp_path / "target")
    yield made
    stop_all(made.folder)
    assert made.pids() == set()


def release(version: str, deployment_id: str = "dep-1") -> Release:
    return Release(deployment_id, "user-service", "staging", version)


def bundle(mode: str = "fine", **files: str) -> Bundle:
    texts = {"requirements.txt": "", "service.py": SERVICE, "mode": mode, **files}
    return Bundle(
        {path: text.encode() for path, text in texts.items()},
        Manifest(service_name="user-service", part="service"),
    )


def answer(endpoint: str) -> Any:
    with urllib.request.urlopen(endpoint, timeout=10) as response:
        return json.loads(response.read())


def wait_until(fact: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


async def test_a_healthy_release_takes_the_traffic(fleet: Fleet) -> None:
    running = await fleet.target().roll_out(release("v1"), bundle("fine one"))
    assert running.previous_version is None
    assert answer(running.endpoint)["mode"] == ["fine", "one"]
    [service] = endpoints(fleet.folder)
    assert (service.service_name, service.environment) == ("user-service", "staging")
    assert (service.version, service.endpoint) == ("v1", running.endpoint)
    assert fleet.pids() == {service.pid}


async def test_the_same_release_again_is_the_same_process(fleet: Fleet) -> None:
    first = await fleet.target().roll_out(release("v1"), bundle())
    before = fleet.pids()
    assert await fleet.target().roll_out(release("v1"), bundle()) == first
    assert fleet.pids() == before


async def test_a_new_release_takes_over_and_the_old_one_ends(fleet: Fleet) -> None:
    await fleet.target().roll_out(release("v1"), bundle("fine one"))
    [old] = fleet.pids()
    running = await fleet.target().roll_out(release("v2"), bundle("fine two"))
    assert running.previous_version == "v1"
    assert answer(running.endpoint)["mode"] == ["fine", "two"]
    assert living(old) is None
    again = await fleet.target().roll_out(release("v2"), bundle("fine two"))
    assert again.previous_version == "v1"


async def test_a_release_that_stays_sick_is_stopped_and_the_old_one_stays(fleet: Fleet) -> None:
    old = await fleet.target().roll_out(release("v1"), bundle("fine one"))
    before = fleet.pids()
    with pytest.raises(ReleaseFailed, match="did not answer 200") as failure:
        await fleet.target(IMPATIENCE).roll_out(release("v2"), bundle("sick two"))
    assert "hello from ['sick', 'two']" in str(failure.value)
    assert failure.value.rolled_back_to == "v1"
    assert fleet.pids() == before
    assert answer(old.endpoint)["mode"] == ["fine", "one"]
    assert [service.version for service in endpoints(fleet.folder)] == ["v1"]


async def test_a_release_that_ends_by_itself_fails_with_its_last_words(fleet: Fleet) -> None:
    with pytest.raises(ReleaseFailed, match="ended by itself") as failure:
        await fleet.target().roll_out(release("v1"), bundle("broken"))
    assert str(failure.value).endswith("I can't go on")
    assert failure.value.rolled_back_to is None
    assert endpoints(fleet.folder) == []


async def test_a_port_that_was_snatched_is_replaced_by_another(fleet: Fleet) -> None:
    running = await fleet.target().roll_out(release("v1"), bundle("unlucky"))
    assert answer(running.endpoint)["mode"][0] == "unlucky"


async def test_a_release_that_failed_may_be_tried_again(fleet: Fleet, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gated = bundle(f"gated {gate}")
    with pytest.raises(ReleaseFailed):
        await fleet.target(IMPATIENCE).roll_out(release("v1"), gated)
    gate.touch()
    running = await fleet.target().roll_out(release("v1"), gated)
    assert running.release.version == "v1"


WORKER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests_of_target import FakeBuckets, OurPython, START, bundle, release
from workers.adapters.embedded_target import EmbeddedTarget

target = EmbeddedTarget(
    Path(sys.argv[1]), OurPython(), FakeBuckets(), start=START, patience=timedelta(seconds=600)
)
asyncio.run(target.roll_out(release("v1"), bundle(sys.argv[2])))
"""


async def start_worker(fleet: Fleet, mode: str) -> asyncio.subprocess.Process:
    load = (
        "import importlib.util as u, sys\n"
        f"spec = u.spec_from_file_location('tests_of_target', {__file__!r})\n"
        "sys.modules['tests_of_target'] = module = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
    )
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", load + WORKER, str(fleet.folder), mode
    )


async def test_what_a_killed_worker_had_started_is_taken_over(fleet: Fleet, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    worker = await start_worker(fleet, f"gated {gate}")
    await asyncio.to_thread(wait_until, lambda: fleet.place().processes.find("v1"))
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()
    # The launcher may be about to end.
    await asyncio.to_thread(wait_until, lambda: len(fleet.pids()) == 1)
    before = fleet.pids()
    assert endpoints(fleet.folder) == []

    gate.touch()
    running = await fleet.target().roll_out(release("v1"), bundle(f"gated {gate}"))
    assert fleet.pids() == before
    assert answer(running.endpoint)["mode"][0] == "gated"


async def test_what_a_killed_worker_had_started_of_another_version_ends(
    fleet: Fleet, tmp_path: Path
) -> None:
    worker = await start_worker(fleet, f"gated {tmp_path / 'never'}")
    await asyncio.to_thread(wait_until, lambda: fleet.place().processes.find("v1"))
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()
    await fleet.target().roll_out(release("v2"), bundle())
    assert {service.pid for service in endpoints(fleet.folder)} == fleet.pids()


async def test_two_roll_outs_at_once_start_one_process(fleet: Fleet) -> None:
    one, other = await asyncio.gather(
        *(fleet.target().roll_out(release("v1"), bundle()) for _ in range(2))
    )
    assert one == other
    assert len(fleet.pids()) == 1


async def test_a_pid_that_now_belongs_to_another_is_left_alone(fleet: Fleet) -> None:
    await fleet.target().roll_out(release("v1"), bundle())
    path = fleet.place().processes.record_of("v1")
    record = Record.model_validate_json(path.read_bytes())
    stop_all(fleet.folder)
    path.write_text(record.model_copy(update={"pid": os.getpid()}).model_dump_json())

    assert endpoints(fleet.folder) == []
    assert stop_all(fleet.folder) == 0
    running = await fleet.target().roll_out(release("v1"), bundle())
    assert answer(running.endpoint)["mode"] == ["fine"]


async def test_a_restart_is_another_process_of_the_same_release(fleet: Fleet) -> None:
    await fleet.target().roll_out(release("v0"), bundle())
    await fleet.target().roll_out(release("v1"), bundle("fine one"))
    before = fleet.pids()
    running = await fleet.target().restart(release("v1"))
    assert running.previous_version == "v0"
    assert fleet.pids().isdisjoint(before)
    assert answer(running.endpoint)["mode"] == ["fine", "one"]


async def test_only_what_takes_the_traffic_is_restarted(fleet: Fleet) -> None:
    await fleet.target().roll_out(release("v1"), bundle())
    before = fleet.pids()
    with pytest.raises(ReleaseFailed, match="v9"):
        await fleet.target().restart(release("v9"))
    assert fleet.pids() == before


async def test_a_rollback_brings_the_version_before_however_often_it_is_asked_for(
    fleet: Fleet,
) -> None:
    await fleet.target().roll_out(release("v1"), bundle("fine one"))
    await fleet.target().roll_out(release("v2"), bundle("fine two"))
    running = await fleet.target().roll_back(release("v2"))
    assert running.release.version == "v1"
    assert answer(running.endpoint)["mode"] == ["fine", "one"]
    assert await fleet.target().roll_back(release("v2")) == running
    assert len(fleet.pids()) == 1


async def test_a_rollback_does_not_undo_what_another_deployment_has_put_there_since(
    fleet: Fleet,
) -> None:
    for version, deployment_id in (("v1", "dep-1"), ("v2", "dep-2"), ("v3", "dep-3")):
        await fleet.target().roll_out(release(version, deployment_id), bundle(f"fine {version}"))
    before = fleet.pids()
    with pytest.raises(ReleaseFailed, match="another deployment has put v3 in its place since"):
        await fleet.target().roll_back(release("v2", "dep-2"))
    [service] = endpoints(fleet.folder)
    assert (service.version, {service.pid}) == ("v3", before)
    assert answer(service.endpoint)["mode"] == ["fine", "v3"]
    # It stands to be undone by the deployment that put it there.
    running = await fleet.target().roll_back(release("v3", "dep-3"))
    assert running.release.version == "v2"


async def test_without_a_version_before_there_is_no_rollback(fleet: Fleet) -> None:
    with pytest.raises(ReleaseFailed, match="nothing was ever released"):
        await fleet.target().roll_back(release("v1"))
    await fleet.target().roll_out(release("v1"), bundle())
    with pytest.raises(ReleaseFailed, match="no version before v1"):
        await fleet.target().roll_back(release("v1"))
    assert [service.version for service in endpoints(fleet.folder)] == ["v1"]


async def test_a_release_knows_where_it_is_and_none_of_our_secrets(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    running = await fleet.target().roll_out(release("v1"), bundle())
    environ = answer(running.endpoint)["environ"]
    assert set(environ) - {"LC_CTYPE"} == {
        *("PATH", "HOME", "TMPDIR", "LANG"),
        *("ENVIRONMENT", "SQLITE_PATH"),
    }
    assert environ["ENVIRONMENT"] == "staging"


async def test_what_does_not_end_politely_ends_with_all_that_it_started(fleet: Fleet) -> None:
    await fleet.target().roll_out(release("v1"), bundle("stubborn"))
    await asyncio.to_thread(wait_until, lambda: len(fleet.pids()) == 2)
    assert stop_all(fleet.folder) == 2
    assert fleet.pids() == set()
    assert endpoints(fleet.folder) == []
    assert stop_all(fleet.folder) == 0


async def test_there_is_nothing_to_stop_where_nothing_was_deployed(tmp_path: Path) -> None:
    assert stop_all(tmp_path / "nowhere") == 0
    assert endpoints(tmp_path / "nowhere") == []


@pytest.mark.parametrize("field", ["service_name", "environment", "version"])
@pytest.mark.parametrize("name", ["../x", "", ".", "..", "a/b", "a\x00b", "x" * 101])
async def test_a_name_that_leaves_the_folder_is_rejected(
    fleet: Fleet, field: str, name: str
) -> None:
    astray = replace(release("v1"), **{field: name})
    with pytest.raises(Reject):
        await fleet.target().roll_out(astray, bundle())
    assert not fleet.folder.exists()


async def test_a_version_that_runs_can_not_get_other_files(fleet: Fleet) -> None:
    running = await fleet.target().roll_out(release("v1"), bundle("fine one"))
    with pytest.raises(Reject, match="v1"):
        await fleet.target().roll_out(release("v1"), bundle("fine other"))
    assert answer(running.endpoint)["mode"] == ["fine", "one"]


async def test_a_bundle_without_requirements_is_rejected(fleet: Fleet) -> None:
    bare = Bundle({"service.py": b""}, Manifest(service_name="a", part="service"))
    with pytest.raises(Reject, match=r"requirements\.txt"):
        await fleet.target().roll_out(release("v1"), bare)
