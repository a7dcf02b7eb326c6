"""One run: a server with a backlog, and one worker process that consumes it."""

import json
import os
import signal
import subprocess
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks import affinity
from benchmarks.bodies import plain
from benchmarks.catalogue import Peer
from benchmarks.measurement import Measurement, measurement
from benchmarks.servers import ROOT, Server

_LOOK_SECONDS = 0.05
# From the last handler's end to the last delete, and from SIGTERM to the end.
_SETTLE_SECONDS = 10.0
_WARM_SHARE = 0.1


class RunFailed(Exception):
    """Raised when a worker does not come to its end; says how far it came and what it said."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The work. Without groups the queue is a standard one."""

    publishes: bool
    groups: int

    @property
    def queue(self) -> str:
        return "benchmark.fifo" if self.groups else "benchmark"

    @property
    def title(self) -> str:
        handler = "publishes one event" if self.publishes else "no-op"
        return f"{handler}, {f'FIFO, {self.groups} groups' if self.groups else 'standard queue'}"


class Opened(Protocol):
    """Starts a server on a core."""

    def __call__(self, core: int | None, /) -> AbstractContextManager[Server]: ...


@dataclass(frozen=True, slots=True)
class Rig:
    """Where runs happen. `folder` keeps bodies from one run to the next."""

    server: Opened
    cores: affinity.Cores
    folder: Path
    messages: int
    timeout: float = 600.0

    @property
    def warm(self) -> int:
        return max(1, int(self.messages * _WARM_SHARE))


def run(rig: Rig, peer: Peer, python: Path, scenario: Scenario) -> tuple[Measurement, Any]:
    """One run's numbers, and what its worker said of itself. Raises RunFailed, ServerFailed."""
    bodies = _bodies(rig, peer, python, scenario)
    report, log = rig.folder / "report.json", rig.folder / "worker.log"
    report.unlink(missing_ok=True)
    command = [str(python), "-m", peer.module, "work", "--queue", scenario.queue]
    command += ["--variant", peer.variant, "--report", str(report)]
    command += ["--messages", str(rig.messages), "--warm", str(rig.warm)]
    command += ["--publishes"] if scenario.publishes else []
    with rig.server(rig.cores.server) as server:
        server.prepare(scenario.queue)
        server.preload(scenario.queue, bodies)
        server.watch([rig.warm, rig.messages])
        spawned = time.monotonic()
        command += ["--endpoint-url", server.endpoint_url]
        with _worker(command, rig.cores.worker, log) as worker:
            usage = _until_reported(rig, server, worker, report, log)
            _until_empty(server, scenario.queue)
        said = json.loads(report.read_text())
        measured = measurement(
            said,
            server.report(),
            messages=rig.messages,
            warm=rig.warm,
            spawned=spawned,
            server_share=_share(usage, said["began"]["at"], said["ended"]["at"]),
        )
    return measured, said


def _bodies(rig: Rig, peer: Peer, python: Path, scenario: Scenario) -> Path:
    """The file of messages, in the form that the peer reads."""
    bodies = rig.folder / f"bodies-{rig.messages}-{scenario.groups}"
    if not bodies.exists():
        lines = (f"{json.dumps(each)}\n" for each in plain(rig.messages, scenario.groups))
        bodies.write_text("".join(lines))
    if not peer.wraps:
        return bodies
    wrapped = bodies.with_name(f"{bodies.name}-{peer.environment}")
    if not wrapped.exists():
        command = [str(python), "-m", peer.module, "wrap", scenario.queue]
        command += [str(bodies), str(wrapped)]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RunFailed(f"{peer.name} can't write its messages: {_last(done.stderr)}")
    return wrapped


@contextmanager
def _worker(command: list[str], core: int | None, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with affinity.pinned(core), log.open("wb") as output:
        worker = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield worker
        worker.send_signal(signal.SIGTERM)
        # It was told; what it has done is counted already.
        with suppress(subprocess.TimeoutExpired):
            worker.wait(_SETTLE_SECONDS)
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _until_reported(
    rig: Rig, server: Server, worker: "subprocess.Popen[bytes]", report: Path, log: Path
) -> list[tuple[float, float]]:
    """The server's processor time over the run, as (moment, seconds)."""
    deadline = time.monotonic() + rig.timeout
    usage = []
    while not report.exists():
        usage.append((time.monotonic(), server.cpu_seconds()))
        if worker.poll() is not None:
            raise RunFailed(f"the worker ended ({worker.returncode}): {_last(log.read_text())}")
        if time.monotonic() > deadline:
            raise RunFailed(f"not done in {rig.timeout:g} s: {_last(log.read_text())}")
        time.sleep(_LOOK_SECONDS)
    usage.append((time.monotonic(), server.cpu_seconds()))
    return usage


def _until_empty(server: Server, queue: str) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while left := server.left(queue):
        if time.monotonic() > deadline:
            raise RunFailed(f"{left} messages were handled and never deleted")
        time.sleep(_LOOK_SECONDS)


def _share(usage: list[tuple[float, float]], began: float, ended: float) -> float:
    """The share of a core that the server used between two moments."""
    moments = [moment for moment, _ in usage]
    first = usage[max(0, bisect_left(moments, began) - 1)]
    last = usage[min(len(usage) - 1, bisect_left(moments, ended))]
    return (last[1] - first[1]) / max(last[0] - first[0], _LOOK_SECONDS)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
