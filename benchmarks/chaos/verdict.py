"""What became of everything that was sent. Pure."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.chaos.place import ROUTE
from benchmarks.chaos.story import Sent
from schemas.envelope import child_id


@dataclass(frozen=True, slots=True)
class Facts:
    """The world at the end of a run."""

    history: Mapping[str, Sequence[int]]
    published: Mapping[str, int]
    dead: Mapping[str, str]
    waiting: int
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts; everything but `repeated` and `recovery` must be zero.

    `repeated` counts outgoing events that the bus saw more than once, which is allowed: they have
    one id. `recovery` is how long, in seconds, what a dead worker had begun waited for another:
    half of the deaths for less than the first number, none for more than the second.
    """

    lost: int
    duplicated: int
    misordered: int
    stuck: int
    unpublished: int
    strange: int
    wrongly_parked: int
    repeated: int
    recovery: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Whether every guarantee was kept."""
        return not any(
            (
                self.lost,
                self.duplicated,
                self.misordered,
                self.stuck,
                self.unpublished,
                self.strange,
                self.wrongly_parked,
            )
        )


def judged(sent: Iterable[Sent], facts: Facts, recoveries: Sequence[float]) -> Verdict:
    """The verdict over a run."""
    events = {each.id: each for each in sent}
    good = [each for each in events.values() if not each.poison]
    poison = {each.id for each in events.values() if each.poison}
    done = {group: Counter(places) for group, places in facts.history.items()}
    expected = {child_id(ROUTE.name, each.id, 0) for each in good}
    parked = {event for event, cause in facts.dead.items() if cause == "undecodable"}
    missing = [each for each in good if not done.get(each.group, Counter())[each.place]]
    return Verdict(
        lost=len([each for each in missing if each.id not in facts.dead])
        + len(poison - facts.dead.keys()),
        duplicated=sum(count - 1 for places in done.values() for count in places.values()),
        misordered=sum(map(inversions, facts.history.values())),
        stuck=facts.waiting + sum(n for state, n in facts.states.items() if state == "claimed"),
        unpublished=len(expected - facts.published.keys()),
        strange=len(facts.published.keys() - expected),
        wrongly_parked=len(facts.dead.keys() - parked) + len(parked - poison),
        repeated=sum(count - 1 for count in facts.published.values()),
        recovery=(statistics.median(recoveries), max(recoveries)) if recoveries else (0.0, 0.0),
    )


def inversions(places: Sequence[int]) -> int:
    """How often a place comes right after a later one of its group."""
    return sum(second < first for first, second in pairwise(places))


def recoveries(
    lines: Iterable[Mapping[str, object]], deaths: Mapping[int, float]
) -> Sequence[float]:
    """For each dead worker, how long the slowest of what it had begun waited for another start."""
    starts: dict[str, list[tuple[float, int]]] = {}
    for line in lines:
        if line["what"] == "start":
            at, pid = float(str(line["at"])), int(str(line["pid"]))
            starts.setdefault(str(line["event"]), []).append((at, pid))
    slowest: dict[int, float] = {}
    for begun in starts.values():
        begun.sort()
        for (_, pid), (again, other) in pairwise(begun):
            if pid in deaths and other != pid and again >= deaths[pid]:
                waited = again - deaths[pid]
                slowest[pid] = max(slowest.get(pid, 0.0), waited)
    return list(slowest.values())
