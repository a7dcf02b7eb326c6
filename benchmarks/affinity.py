"""One core for the worker and another for the server, so that neither slows the other."""

import os
from collections.abc import Iterator
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


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started in this block stays on that core."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
