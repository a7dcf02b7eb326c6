"""One run of several worker processes on one queue."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import affinity, processes, witness
from benchmarks.catalogue import Peer
from benchmarks.measurement import SERVER_BOUND, requests_each
from benchmarks.peers.journal import handlings
from benchmarks.run import Rig, RunFailed, Scenario, bodies, command
from benchmarks.servers import Server

_LOOK_SECONDS = 0.05
# For all workers to have started and to wait for messages.
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Joint:
    """What a crew came to, its workers together. `worker_cores` is how much of cores they used."""

    rate: float
    cpu_ms: float
    requests: Mapping[str, float]
    duplicates: int
    violations: int
    worker_cores: float
    server_share: float

    @property
    def requests_each(self) -> float:
        """Requests a message, of all kinds."""
        return sum(self.requests.values())

    @property
    def server_bound(self) -> bool:
        """Whether the server left the workers waiting, so that the rate is the server's."""
        return self.server_share > SERVER_BOUND


def crew(rig: Rig, peer: Peer, python: Path, scenario: Scenario, workers: int) -> Joint:
    """The joint work of so many processes. The backlog comes when all of them wait for it.

    Raises RunFailed, ServerFailed.
    """
    messages = bodies(rig, peer, python, scenario)
    journals = [rig.folder / f"journal-{number}" for number in range(workers)]
    for path in journals:
        path.unlink(missing_ok=True)
    with rig.server(rig.cores.server) as server:
        server.prepare(scenario.queue)
        server.watch([rig.warm, rig.messages])
        line = command(rig, peer, python, scenario, server.endpoint_url)
        with ExitStack() as stack:
            hands = _Hands(rig, server, stack, [[*line, "--journal", str(j)] for j in journals])
            hands.until_waiting()
            server.preload(scenario.queue, messages)
            usage = hands.until_empty(scenario.queue)
            hands.dismiss()
        report = server.report()
    handled = witness.together(map(handlings, journals))
    if lost := witness.unhandled(handled):
        raise RunFailed(f"{lost} messages left the queue unhandled")
    seen = (witness.overtakes(handled, scenario.groups), witness.duplicates(handled))
    return _joint(rig, report, usage, seen)


class _Hands:
    """Worker processes that run for the length of a stack."""

    def __init__(
        self, rig: Rig, server: Server, stack: ExitStack, lines: Sequence[list[str]]
    ) -> None:
        self._server = server
        self._timeout = rig.timeout
        self._logs = [rig.folder / f"worker-{number}.log" for number in range(len(lines))]
        # All cores but the server's: on two, they share one.
        cores = affinity.besides(rig.cores.server) if rig.cores.pinned else None
        self._processes = [
            stack.enter_context(processes.worker(line, cores, log))
            for line, log in zip(lines, self._logs, strict=True)
        ]

    def until_waiting(self) -> None:
        """Returns when as many receives wait as there are workers, most of which make one each."""
        deadline = time.monotonic() + _START_SECONDS
        while self._server.report()["waiting"] < len(self._processes):
            self._look(deadline, "the workers did not all start")

    def until_empty(self, queue: str) -> processes.Usage:
        """Returns when every message is deleted: the workers' processor time meanwhile."""
        deadline = time.monotonic() + self._timeout
        usage = [self._usage()]
        while left := self._server.left(queue):
            self._look(deadline, f"{left} messages are left after {self._timeout:g} s")
            usage.append(self._usage())
        return usage

    def dismiss(self) -> None:
        """Ends all of them at the same time."""
        processes.end(self._processes)

    def _usage(self) -> tuple[float, float]:
        used = sum(processes.cpu_seconds(each.pid) for each in self._processes)
        return time.monotonic(), used

    def _look(self, deadline: float, late: str) -> None:
        for each, log in zip(self._processes, self._logs, strict=True):
            if each.poll() is not None:
                said = processes.last_line(log.read_text())
                raise RunFailed(f"a worker ended ({each.returncode}): {said}")
        if time.monotonic() > deadline:
            raise RunFailed(f"{late}: {processes.last_line(self._logs[0].read_text())}")
        time.sleep(_LOOK_SECONDS)


def _joint(
    rig: Rig, report: Mapping[str, Any], usage: processes.Usage, seen: tuple[int, int]
) -> Joint:
    """The steady state is from the last warming message's deletion to the last of all."""
    began, ended = report["snapshots"]
    seconds = ended["at"] - began["at"]
    steady = rig.messages - rig.warm
    cores = processes.share(usage, began["at"], ended["at"])
    overtakes, duplicates = seen
    return Joint(
        rate=steady / seconds,
        cpu_ms=cores * seconds * 1000 / steady,
        requests=requests_each(report, rig.messages),
        duplicates=duplicates,
        # The same fault may be seen by several witnesses.
        violations=max(overtakes, report["deleted_early"], report["published_early"]),
        worker_cores=cores,
        server_share=(ended["cpu"] - began["cpu"]) / seconds,
    )
