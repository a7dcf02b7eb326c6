"""Ctrl-C between two messages: the first is a request to stop, the second ends the process."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


class Stop:
    """A request to stop after the message that is under way."""

    def __init__(self) -> None:
        self._asked = Event()

    @property
    def requested(self) -> bool:
        return self._asked.is_set()

    def request(self) -> None:
        self._asked.set()

    def wait(self, seconds: float) -> bool:
        """Waits that long, or until a stop is requested; True when it is."""
        return self._asked.wait(seconds)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """What Ctrl-C asks of, for as long as a command is at work."""
    stop = Stop()

    def ask(_: int, __: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.request()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
