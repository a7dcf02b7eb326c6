"""Keeps the machinery that scales a fleet in from ending a worker that is at work."""

import asyncio
import math
from datetime import timedelta
from typing import Protocol

from workers.runtime.logs import Log


class ProtectionUnavailable(Exception):
    """Raised by a protection adapter when the agent does not answer, or refuses."""


class Protection(Protocol):
    """Whoever scales in."""

    async def protect(self, lasting: timedelta) -> None:
        """Not this one, for that long. Raises ProtectionUnavailable."""

    async def release(self) -> None:
        """This one may go. Raises ProtectionUnavailable."""


class Guard:
    """Asks for protection when work begins, and lets it go once there was none for `quiet`.

    Protection is for `lasting`, and renewed at half of that while work goes on. A refusal is logged
    and tried again after `quiet`; no delivery ever waits for any of it.
    """

    def __init__(
        self,
        protection: Protection,
        log: Log,
        *,
        lasting: timedelta,
        quiet: timedelta = timedelta(seconds=10),
    ) -> None:
        self._protection = protection
        self._log = log
        self._lasting = lasting
        self._quiet = quiet
        self._busy = self._on = False
        self._idle_since = self._renewal = 0.0
        self._turned = asyncio.Event()

    def busy(self, is_busy: bool) -> None:
        """Told at each turn from idle to busy and back."""
        self._busy = is_busy
        self._idle_since = asyncio.get_running_loop().time()
        self._turned.set()

    async def run(self) -> None:
        """Follows until cancelled."""
        now = asyncio.get_running_loop().time
        while True:
            self._turned.clear()
            due = self._due()
            if due > now():
                await self._wait(None if due == math.inf else due - now())
            elif self._busy:
                await self._protect()
            else:
                await self._release()

    def _due(self) -> float:
        """When something is to be asked for next."""
        if self._busy:
            return self._renewal
        return self._idle_since + self._quiet.total_seconds() if self._on else math.inf

    async def _wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._turned.wait(), seconds)
        except TimeoutError:
            return

    async def _protect(self) -> None:
        pause = self._lasting / 2
        try:
            await self._protection.protect(self._lasting)
            self._on = True
        except ProtectionUnavailable as error:
            self._log.warning("not protected", reason=str(error))
            pause = self._quiet
        self._renewal = asyncio.get_running_loop().time() + pause.total_seconds()

    async def _release(self) -> None:
        try:
            await self._protection.release()
            self._on, self._renewal = False, 0.0
        except ProtectionUnavailable as error:
            self._log.warning("protection not released", reason=str(error))
            self._idle_since = asyncio.get_running_loop().time()
