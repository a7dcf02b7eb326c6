"""The roll of a fleet's processes: how each is now, and who wants to know when that changes."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from workers.fleet.lives import Lives
from workers.fleet.program import Program
from workers.fleet.status import ProcessState, ProcessStatus

OnChange = Callable[[ProcessStatus], None]


@dataclass(slots=True)
class Member:
    """One process; `since` is the loop's time at which it was started."""

    program: Program
    state: ProcessState = "restarting"
    pid: int | None = None
    since: float = 0.0
    lives: Lives = field(default_factory=Lives)

    @property
    def status(self) -> ProcessStatus:
        return ProcessStatus(self.program.name, self.pid, self.lives.restarts, self.state)


class Roll:
    """The members by name. Whoever waits is woken by every change."""

    def __init__(self, on_change: OnChange) -> None:
        self._members: dict[str, Member] = {}
        self._on_change = on_change
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def enter(self, program: Program) -> Member:
        """A new member, which does not run yet."""
        self._members[program.name] = Member(program)
        return self._members[program.name]

    def change(self, member: Member, state: ProcessState, pid: int | None = None) -> None:
        """The member's new state, told to everybody."""
        member.state, member.pid = state, pid
        self._changed.set()
        self._on_change(member.status)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits until the condition holds, looking at every change."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def wake(self) -> None:
        """Has everybody who waits look again."""
        self._changed.set()
