"""A worker's wires to the outside, at one of whose calls it kills itself."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.chaos.story import Fault


class Wires:
    """Counts the calls of each name, and dies as the fault says. Without one it only passes on."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault
        self._calls: dict[str, int] = {}

    def through(self, target: Any) -> Any:
        """The target as it is reached over these wires."""
        return _Wire(self, target)

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *arguments: Any
    ) -> Any:
        self._calls[name] = self._calls.get(name, 0) + 1
        fault = self._fault
        deadly = fault is not None and (fault.call, fault.nth) == (name, self._calls[name])
        if deadly and fault is not None and not fault.after:
            die()
        answer = await function(*arguments)
        if deadly:
            die()
        return answer


class _Wire:
    def __init__(self, wires: Wires, target: Any) -> None:
        self._wires = wires
        self._target = target

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._target, name)

        async def called(*arguments: Any) -> Any:
            return await self._wires.call(name, function, *arguments)

        return called


def die() -> None:
    """Ends this process as a crash of the machine would: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)
