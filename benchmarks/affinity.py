"""One core for the worker and another for the server, so that neither slows the other."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """None where the machine has no core to give."""

    worker: int | None
    server: int | None

    @property
    def pinned(self) -> bool:
        return self.worker is not None


def cores() -> Cores:
    """The last two cores that this process may use; none where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[-1], usable[-2]) if len(usable) > 1 else Cores(None, None)


def besides(core: int | None) -> frozenset[int]:
    """The cores that this process may use, without that one."""
    return frozenset(os.sched_getaffinity(0)) - {core}


@contextmanager
def pinned(core: int | Collection[int] | None) -> Iterator[None]:
    """What is started in this block stays on that core, or on these."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core} if isinstance(core, int) else core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
