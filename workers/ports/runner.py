"""What runs an artifact's own tests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, Protocol

from workers.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child process may use."""

    seconds: float = 120.0
    memory_bytes: int = 1024 * 1024 * 1024
    processes: int = 64
    file_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TestRun:
    """What the artifact's own test runner did. `exit_code` is None when it was ended by a limit."""

    __test__: ClassVar[bool] = False

    exit_code: int | None
    ended_by: Literal["itself", "time", "memory", "crash"]
    output: str
    junit_xml: bytes | None
    duration: timedelta


class TestRunner(Protocol):
    """Runs an artifact's own tests, apart from everything that is ours."""

    async def run(self, bundle: Bundle, limits: Limits) -> TestRun:
        """Raises Reject when no environment can be made for what the bundle requires."""


# pytest would otherwise try to collect it where a test imports it.
TestRunner.__test__ = False  # type: ignore[attr-defined]
