"""One worker process under a load that never lets it idle, and its memory meanwhile."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.bodies import plain
from benchmarks.catalogue import Peer
from benchmarks.growth import Sample
from benchmarks.peers.meter import status_kilobytes
from benchmarks.run import Rig, RunFailed, Scenario, command
from benchmarks.servers import Server

_REFILL_SECONDS = 0.2
_SAMPLE_SECONDS = 1.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Load:
    """A queue filled up to `backlog` again and again, with at most `rate` messages a second."""

    seconds: float
    backlog: int
    rate: int

    @property
    def most(self) -> int:
        """The most messages that can come to be sent."""
        return self.backlog + int(self.rate * self.seconds)

    def refill(self, left: int, sent: int, elapsed: float) -> int:
        """How many messages to send now."""
        allowed = self.backlog + int(self.rate * min(elapsed, self.seconds))
        return max(0, min(self.backlog - left, allowed - sent))


@dataclass(slots=True)
class Soaked:
    """What came of it: memory second by second, the least backlog, and what the server counted.

    `lowest` leaves out the moment before the first refill.
    """

    samples: list[Sample] = field(default_factory=list)
    sent: int = 0
    lowest: int | None = None
    report: Mapping[str, Any] = field(default_factory=dict)


def soak(rig: Rig, peer: Peer, scenario: Scenario, load: Load, tell: Tell) -> Soaked:
    """Runs one worker, of this Python, for the length of the load. Raises RunFailed, ServerFailed.

    The worker's meter is as large from the start as all messages that may come make it.
    """
    assert rig.messages == load.most, "the worker's meter has a place for each message"
    assert not peer.wraps and peer.environment is None, "its messages are written as they come"
    found, log = Soaked(), rig.folder / "worker.log"
    with rig.server(rig.cores.server) as server:
        server.prepare(scenario.queue)
        server.watch([])
        line = command(rig, peer, Path(sys.executable), scenario, server.endpoint_url)
        with processes.worker(line, rig.cores.worker, log) as worker:
            refill = _Refill(server, scenario, load, rig.folder / "portion")
            for elapsed in _moments(load.seconds):
                if worker.poll() is not None:
                    raise RunFailed(f"the worker ended: {processes.last_line(log.read_text())}")
                refill.once(found, elapsed)
                _sample(found, elapsed, worker.pid, tell)
            # What it has in flight may come to its end, so that counts are of whole messages.
            _until_empty(server, scenario.queue, rig.timeout)
        found.report = server.report()
    return found


class _Refill:
    def __init__(self, server: Server, scenario: Scenario, load: Load, portion: Path) -> None:
        self._server = server
        self._scenario = scenario
        self._load = load
        self._portion = portion

    def once(self, found: Soaked, elapsed: float) -> None:
        left = self._server.left(self._scenario.queue)
        if found.sent:
            found.lowest = left if found.lowest is None else min(found.lowest, left)
        count = self._load.refill(left, found.sent, elapsed)
        if not count:
            return
        lines = (json.dumps(each) for each in plain(count, self._scenario.groups, found.sent))
        self._portion.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self._server.preload(self._scenario.queue, self._portion)
        found.sent += count


def _moments(seconds: float) -> Iterator[float]:
    """The seconds since the first, each a refill after the one before, until that many are over."""
    began = time.monotonic()
    elapsed = 0.0
    while elapsed < seconds:
        yield elapsed
        time.sleep(_REFILL_SECONDS)
        elapsed = time.monotonic() - began


def _sample(found: Soaked, elapsed: float, pid: int, tell: Tell) -> None:
    if found.samples and elapsed < found.samples[-1].at + _SAMPLE_SECONDS:
        return
    megabytes = status_kilobytes("VmRSS", pid) * 1024 / 1e6
    found.samples.append(Sample(elapsed, megabytes))
    if len(found.samples) % 60 == 1:
        tell(f"{elapsed:.0f} s: {megabytes:.1f} MB, {found.sent:,} messages sent")


def _until_empty(server: Server, queue: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while left := server.left(queue):
        if time.monotonic() > deadline:
            raise RunFailed(f"{left} messages are left after {timeout:g} s")
        time.sleep(_REFILL_SECONDS)
