"""What is sent and what goes wrong, all of it from one seed. Pure."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# Every call of a worker that leaves the process, and the handler itself.
BOUNDARIES = (
    "receive",
    "claim",
    "handle",
    "commit",
    "put",
    "finish",
    "delete",
    "hide",
    "extend",
    "release",
    "park",
    "flush",
)
GROUPS = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: the `place`-th of its group. Poison can't be decoded; a twin comes twice."""

    group: str
    place: int
    poison: bool = False

    @property
    def id(self) -> str:
        return f"{self.group}-{self.place}"

    @property
    def body(self) -> str:
        detail = {
            "service_name": "../no/name" if self.poison else "chaos",
            "workflow_id": self.group,
            "task_id": f"t{self.place}",
            "agent": "codegen",
        }
        return json.dumps(
            {
                "version": "0",
                "id": self.id,
                "source": "chaos",
                "detail-type": "task.created",
                "account": "000000000000",
                "time": datetime(2026, 11, 2, tzinfo=UTC).isoformat(),
                "region": "us-east-1",
                "resources": [],
                "detail": detail,
            }
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a worker kills itself: before or after its n-th call of a name."""

    call: str
    nth: int
    after: bool

    @property
    def text(self) -> str:
        return f"{self.call}:{self.nth}:{'after' if self.after else 'before'}"


def parse_fault(text: str) -> Fault:
    """The fault in a worker's argument."""
    call, nth, when = text.split(":")
    return Fault(call, int(nth), when == "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A run: how much is sent, and how much goes wrong."""

    events: int
    workers: int
    kills: int
    duplicates: float
    seed: int
    groups: int = GROUPS
    poison: int = 20
    pauses: int = 5
    restarts: int = 1

    def messages(self) -> Sequence[Sequence[Sent]]:
        """The messages in the order of sending: each one, then, for some, the same again later."""
        chance = random.Random(self.seed)  # noqa: S311 it is to be the same again
        places = dict.fromkeys(range(self.groups), 0)
        poisoned = set(chance.sample(range(self.events), min(self.poison, self.events)))
        sent: list[Sent] = []
        for number in range(self.events):
            group = chance.randrange(self.groups)
            sent.append(Sent(f"g{group}", places[group], number in poisoned))
            places[group] += 1
        twins = chance.sample(
            [each for each in sent if not each.poison], int(self.events * self.duplicates)
        )
        later = {each.id: chance.randrange(1, 200) for each in twins}
        order = sorted(
            [(float(at), each) for at, each in enumerate(sent)]
            + [
                (at + later[each.id] + 0.5, each)
                for at, each in enumerate(sent)
                if each.id in later
            ],
            key=lambda pair: pair[0],
        )
        every = [each for _, each in order]
        return [every[start : start + 10] for start in range(0, len(every), 10)]

    def faults(self) -> Iterator[Fault]:
        """Every boundary, before and after, again and again in an order of the seed's."""
        chance = random.Random(self.seed + 1)  # noqa: S311 it is to be the same again
        while True:
            around = [(call, after) for call in BOUNDARIES for after in (False, True)]
            chance.shuffle(around)
            for call, after in around:
                yield Fault(call, chance.randrange(1, 40), after)
