"""One trace from request to completion: the X-Ray header, and the port that records segments."""

import random
import re
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

_HEADER = re.compile(
    r"^Root=(?P<root>1-[0-9a-f]{8}-[0-9a-f]{24})"
    r"(;Parent=(?P<parent>[0-9a-f]{16}))?(;Sampled=(?P<sampled>[01]))?(;[^\s]*)?$"
)

# Stands for the segment above in a header that names none.
NO_PARENT = "0" * 16


@dataclass(frozen=True, slots=True)
class Trace:
    """Where in a trace something happens. `header` is the `X-Amzn-Trace-Id` form."""

    root: str
    parent: str
    sampled: bool = True

    @property
    def header(self) -> str:
        return f"Root={self.root};Parent={self.parent};Sampled={int(self.sampled)}"


def parse_trace(header: str | None) -> Trace | None:
    """The trace in a header; None for an absent or broken one, which never fails a delivery."""
    found = _HEADER.match(header) if header else None
    if found is None:
        return None
    return Trace(found["root"], found["parent"] or NO_PARENT, found["sampled"] != "0")


def new_trace() -> Trace:
    """A trace that starts here."""
    return Trace(f"1-{int(time.time()):08x}-{_number(96)}", _number(64))


def _number(bits: int) -> str:
    """Any number, in hexadecimal digits. A trace's are no secret."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"


class Tracer(Protocol):
    """Records one segment a delivery."""

    def segment(
        self, name: str, parent: Trace | None, annotations: dict[str, str]
    ) -> AbstractContextManager[Trace]:
        """The trace that children continue. An exception marks the segment as a fault."""


class SilentTracer:
    """Records nothing, and still hands the trace on."""

    def segment(
        self, name: str, parent: Trace | None, annotations: dict[str, str]
    ) -> AbstractContextManager[Trace]:
        del name, annotations
        if parent is None:
            return nullcontext(new_trace())
        return nullcontext(Trace(parent.root, _number(64), parent.sampled))
