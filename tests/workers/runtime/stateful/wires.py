"""How one process reaches the outside: wires that it can die on, or hang on, at any call."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.workers.runtime.conftest import Killed

# Every call that a process makes, the start of a handler and a side effect of its own included.
CALLS = (
    "receive",
    "delete",
    "hide",
    "park",
    "claim",
    "extend",
    "record",
    "commit",
    "finish",
    "release",
    "put",
    "handle",
    "charge",
)


@dataclass(frozen=True, slots=True)
class Trap:
    """At the next call of that name, before or after its effect, the process dies or hangs."""

    call: str
    afterwards: bool
    deadly: bool


class Wires:
    """While it is paused each call hangs, before or after its effect, and goes through late.

    Its timers run on meanwhile, so that what has a time limit of its own may be given up.
    """

    def __init__(self) -> None:
        self.trap: Trap | None = None
        self.dead = False
        self._awake = asyncio.Event()
        self._awake.set()

    @property
    def hangs(self) -> bool:
        return not self._awake.is_set()

    def kill(self) -> None:
        self.dead = True
        self._awake.set()

    def pause(self) -> None:
        self._awake.clear()

    def wake(self) -> None:
        self._awake.set()

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *arguments: Any
    ) -> Any:
        await self._pass()
        trapped = self._sprung(name)
        if trapped and not trapped.afterwards:
            await self._spring(trapped)
        try:
            answer = await function(*arguments)
        except Exception:
            await self._after(trapped)
            raise
        await self._after(trapped)
        return answer

    def _sprung(self, name: str) -> Trap | None:
        trap = self.trap
        if trap is None or trap.call != name:
            return None
        self.trap = None
        return trap

    async def _after(self, trapped: Trap | None) -> None:
        if trapped and trapped.afterwards:
            await self._spring(trapped)
        await self._pass()

    async def _spring(self, trap: Trap) -> None:
        if trap.deadly:
            self.kill()
        else:
            self.pause()
        await self._pass()

    async def _pass(self) -> None:
        await self._awake.wait()
        if self.dead:
            raise Killed
