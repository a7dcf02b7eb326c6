"""What is measured round by round: the work, whose turn it is, and what came of it."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, TypeVar

from benchmarks.catalogue import Peer
from benchmarks.command_line import one_of, positive
from benchmarks.run import RunFailed, Scenario

Key = TypeVar("Key")
Run = TypeVar("Run")

_HANDLERS = ("noop", "publish")
_QUEUES = ("standard", "fifo")


@dataclass(slots=True)
class Found(Generic[Key, Run]):
    """What the runs of one call came to, as they come."""

    runs: dict[Key, list[Run]] = field(default_factory=dict)
    failures: dict[Key, str] = field(default_factory=dict)

    @property
    def whole(self) -> dict[Key, list[Run]]:
        """The runs of what has never failed."""
        return {key: runs for key, runs in self.runs.items() if key not in self.failures}

    def attempt(self, key: Key, run: Callable[[], Run], told: Callable[[Run], str]) -> str:
        """One run, noted. What has failed is not run again."""
        if key in self.failures:
            return "left out"
        try:
            came = run()
        except RunFailed as error:
            self.failures[key] = str(error)
            return f"failed: {error}"
        self.runs.setdefault(key, []).append(came)
        return told(came)


def add_work(parser: argparse.ArgumentParser) -> None:
    """The arguments that choose the work."""
    parser.add_argument("--handlers", type=one_of(*_HANDLERS), default=_HANDLERS)
    parser.add_argument("--queues", type=one_of(*_QUEUES), default=_QUEUES)
    parser.add_argument("--groups", type=positive, default=50, help="of the FIFO queue (50)")


def scenarios(given: argparse.Namespace) -> Sequence[Scenario]:
    """The work that was chosen."""
    groups = {"standard": 0, "fifo": given.groups}
    return [
        Scenario(handler == "publish", groups[queue])
        for handler, queue in product(given.handlers, given.queues)
    ]


def turns(
    rounds: int, work: Sequence[Scenario], peers: Sequence[Peer]
) -> Iterator[tuple[int, Peer, Scenario]]:
    """Round by round, so that what disturbs the machine disturbs all of them."""
    for number, scenario, peer in product(range(1, rounds + 1), work, peers):
        if scenario.publishes or not peer.publishes_only:
            yield number, peer, scenario
