"""How an event of an older version becomes one of the newest: a chain of pure functions.

An event class declares `schema_version = 3`, `upcasters = {1: to_second, 2: to_third}`. Each link
takes the flat fields of its version as they came over the wire, not validated yet, and gives those
of the next. What it does not understand it leaves alone: validation comes after, and says more.

BrokenChain   when an event class is defined whose links don't lead from 1 to its version
"""

from collections.abc import Callable, Mapping
from typing import Any

# Of an older version there is no model any more, so its fields have no narrower type than JSON's.
Fields = dict[str, Any]
Upcaster = Callable[[Fields], Fields]
Upcasters = Mapping[int, Upcaster]


class BrokenChain(TypeError):
    """An event's upcasters have a hole, or lead beyond its version."""

    def __init__(self, event: str, version: int, links: tuple[int, ...]) -> None:
        super().__init__(event, version, links)
        self.event, self.version, self.links = event, version, links

    def __str__(self) -> str:
        wanted = set(range(1, self.version))
        missing = ", ".join(map(str, sorted(wanted.difference(self.links)))) or "none"
        beyond = ", ".join(map(str, sorted(set(self.links) - wanted))) or "none"
        return (
            f"{self.event} is at schema version {self.version}; "
            f"upcasters missing from: {missing}, leading nowhere from: {beyond}"
        )


def check_chain(event: str, version: int, upcasters: Upcasters) -> None:
    """Raises BrokenChain unless there is one link from each older version to the next."""
    if version < 1 or set(upcasters) != set(range(1, version)):
        raise BrokenChain(event, version, tuple(sorted(upcasters)))


def upcast(fields: Fields, version: int, upcasters: Upcasters) -> Fields:
    """The fields of an event of that version in the form of the newest one."""
    for link in sorted(upcasters):
        if link >= version:
            fields = upcasters[link](fields)
    return fields
