"""One run: a server with a backlog, and one worker process that consumes it."""

import json
import subprocess
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks import affinity, processes
from benchmarks.bodies import plain
from benchmarks.catalogue import Peer
from benchmarks.measurement import Measurement, measurement
from benchmarks.servers import Server

_LOOK_SECONDS = 0.05
# From the last handler's end to the last delete.
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
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def warm(self) -> int:
        return max(1, int(self.messages * _WARM_SHARE))


def run(rig: Rig, peer: Peer, python: Path, scenario: Scenario) -> tuple[Measurement, Any]:
    """One run's numbers, and what its worker said of itself. Raises RunFailed, ServerFailed."""
    messages, log = bodies(rig, peer, python, scenario), rig.folder / "worker.log"
    rig.report.unlink(missing_ok=True)
    with rig.server(rig.cores.server) as server:
        server.prepare(scenario.queue)
        server.preload(scenario.queue, messages)
        server.watch([rig.warm, rig.messages])
        spawned = time.monotonic()
        started = command(rig, peer, python, scenario, server.endpoint_url)
        with processes.worker(started, rig.cores.worker, log) as worker:
            usage = _until_reported(rig, server, worker, log)
            _until_empty(server, scenario.queue)
        said = json.loads(rig.report.read_text())
        measured = measurement(
            said,
            server.report(),
            messages=rig.messages,
            warm=rig.warm,
            spawned=spawned,
            server_share=processes.share(usage, said["began"]["at"], said["ended"]["at"]),
        )
    return measured, said


def command(rig: Rig, peer: Peer, python: Path, scenario: Scenario, endpoint_url: str) -> list[str]:
    """How a worker process of a peer starts."""
    line = [str(python), "-m", peer.module, "work", "--queue", scenario.queue]
    line += ["--variant", peer.variant, "--report", str(rig.report)]
    line += ["--messages", str(rig.messages), "--warm", str(rig.warm)]
    line += ["--publishes"] if scenario.publishes else []
    return [*line, "--endpoint-url", endpoint_url]


def bodies(rig: Rig, peer: Peer, python: Path, scenario: Scenario) -> Path:
    """The file of messages, in the form that the peer reads."""
    path = rig.folder / f"bodies-{rig.messages}-{scenario.groups}"
    if not path.exists():
        lines = (f"{json.dumps(each)}\n" for each in plain(rig.messages, scenario.groups))
        path.write_text("".join(lines))
    if not peer.wraps:
        return path
    wrapped = path.with_name(f"{path.name}-{peer.environment}")
    if not wrapped.exists():
        wrap = [str(python), "-m", peer.module, "wrap", scenario.queue, str(path), str(wrapped)]
        done = subprocess.run(  # noqa: S603
            wrap, cwd=processes.ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RunFailed(
                f"{peer.name} can't write its messages: {processes.last_line(done.stderr)}"
            )
    return wrapped


def _until_reported(
    rig: Rig, server: Server, worker: processes.Process, log: Path
) -> list[tuple[float, float]]:
    """The server's processor time over the run, as (moment, seconds)."""
    deadline = time.monotonic() + rig.timeout
    usage = []
    while not rig.report.exists():
        usage.append((time.monotonic(), server.cpu_seconds()))
        if worker.poll() is not None:
            raise RunFailed(
                f"the worker ended ({worker.returncode}): {processes.last_line(log.read_text())}"
            )
        if time.monotonic() > deadline:
            raise RunFailed(
                f"not done in {rig.timeout:g} s: {processes.last_line(log.read_text())}"
            )
        time.sleep(_LOOK_SECONDS)
    usage.append((time.monotonic(), server.cpu_seconds()))
    return usage


def _until_empty(server: Server, queue: str) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while left := server.left(queue):
        if time.monotonic() > deadline:
            raise RunFailed(f"{left} messages were handled and never deleted")
        time.sleep(_LOOK_SECONDS)
