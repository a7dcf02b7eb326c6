"""What a person sees while something long goes on: never silent for long.

On a terminal the tree stands at the bottom and lines scroll above it. In a pipe only lines are
written, and one that says what is waited for whenever nothing else was said for a while.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from workers.cli.output import plain
from workers.cli.tree import tree, utc_now
from workers.workflow import WorkflowState

_LONGEST_SILENCE = 1.4
_TICK = 0.2


class Stage:
    """Lines with the time since the start, and the state of things below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._spoke = self._started
        self._doing = "starting"
        self._state: WorkflowState | None = None
        self._live: Live | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the stage was made."""
        return time.monotonic() - self._started

    def say(self, text: str, style: str = "") -> None:
        """Writes a line."""
        self._spoke = time.monotonic()
        line = Text(f"{self.elapsed:6.2f} s  ", style="dim")
        line.append_text(plain(text, style))
        self._console.print(line)

    def doing(self, what: str) -> None:
        """Names what is waited for."""
        self._doing = what

    def show(self, state: WorkflowState) -> None:
        """Shows how far a workflow is."""
        self._state = state
        running = [task.plan.title for task in state.tasks if task.status == "running"]
        self._doing = ", ".join(running) or state.status

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Stage"]:
        """Keeps talking for the length of a block."""
        talking = asyncio.create_task(self._talk())
        try:
            if not self._console.is_terminal:
                yield self
                return
            with Live(console=self._console, transient=True, auto_refresh=False) as live:
                self._live = live
                yield self
        finally:
            self._live = None
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _talk(self) -> None:
        spinner = Spinner("dots")
        while True:
            await asyncio.sleep(_TICK)
            if self._live is not None:
                spinner.update(text=f"{self.elapsed:.1f} s  {self._doing}")
                shown = [tree(self._state, utc_now())] if self._state else []
                self._live.update(Group(*shown, spinner), refresh=True)
            elif time.monotonic() - self._spoke > _LONGEST_SILENCE:
                self.say(f"... {self._doing}", style="dim")
