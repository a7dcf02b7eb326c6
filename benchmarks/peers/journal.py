"""Which messages a worker handled, and when, in a file that outlives it. Standard library alone.

One record a message, in its place by number: when its first handler began and ended, by the clock
that all processes of a machine share, and how often it was handled to its end.
"""

import mmap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

_RECORD = Struct("=ddI")
_MOMENT = Struct("=d")
_TIMES = Struct("=I")
_ENDED, _TIMES_AT = _MOMENT.size, 2 * _MOMENT.size


@dataclass(frozen=True, slots=True)
class Handling:
    """What one worker did with one message: moments in seconds, 0 for never."""

    began: float
    ended: float
    times: int


class Journal:
    """Written by one worker. Mapped into memory, so that nothing is lost when it is killed."""

    def __init__(self, path: Path, messages: int) -> None:
        with path.open("w+b") as file:
            file.truncate(messages * _RECORD.size)
            self._map = mmap.mmap(file.fileno(), 0)

    def began(self, number: int) -> None:
        """A handler begins with that message."""
        place = number * _RECORD.size
        if _MOMENT.unpack_from(self._map, place) == (0.0,):
            _MOMENT.pack_into(self._map, place, time.monotonic())

    def ended(self, number: int) -> None:
        """The handler is through with it."""
        place = number * _RECORD.size
        [times] = _TIMES.unpack_from(self._map, place + _TIMES_AT)
        if not times:
            _MOMENT.pack_into(self._map, place + _ENDED, time.monotonic())
        _TIMES.pack_into(self._map, place + _TIMES_AT, times + 1)


def handlings(path: Path) -> Sequence[Handling]:
    """What a journal says of each message, by number; nothing where there is none yet."""
    if not path.exists():
        return ()
    return [Handling(*record) for record in _RECORD.iter_unpack(path.read_bytes())]
