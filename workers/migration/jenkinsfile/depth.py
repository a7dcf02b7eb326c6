"""Recursion that no file can exhaust.

The grammar and the readers are recursive, since their subject is. Python bounds the frames of a
thread, not of a process, so every few levels the work goes on in a thread of its own, which the
one before waits for. An explicit stack would turn each function inside out, and a larger recursion
limit would hold for the whole process. Files nested as usual never reach the first thread.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from workers.migration.jenkinsfile.source import Source

LIMIT = 5_000
_LEVELS_PER_THREAD = 24

_A = TypeVarTuple("_A")
_T = TypeVar("_T")


class Depth:
    """How deep one traversal of one source is."""

    __slots__ = ("_level", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._level = 0

    def enter(self, offset: int, work: Callable[[*_A], _T], *args: *_A) -> _T:
        """What `work` returns one level deeper. Raises `ParseError` beyond `LIMIT` levels."""
        self._level += 1
        if self._level > LIMIT:
            raise self._source.error(f"nested more than {LIMIT} levels deep", offset)
        try:
            if self._level % _LEVELS_PER_THREAD == 0:
                with ThreadPoolExecutor(max_workers=1) as elsewhere:
                    return elsewhere.submit(work, *args).result()
            return work(*args)
        finally:
            self._level -= 1
