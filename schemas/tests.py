"""Results of an artifact's own tests."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.base import Value
from schemas.codegen import ArtifactFields


class TestSummary(Value):
    """What the test runner counted."""

    __test__: ClassVar[bool] = False

    passed: int = Field(ge=0)
    failed: int = Field(default=0, ge=0)
    errors: int = Field(default=0, ge=0)
    skipped: int = Field(default=0, ge=0)
    duration_seconds: float = Field(default=0.0, ge=0)


class TestsPassed(ArtifactFields):
    """The runner's exit code was zero and at least one test ran."""

    type: ClassVar[str] = "tests.passed"

    summary: TestSummary


class TestsFailed(ArtifactFields):
    """The artifact's own tests reject it."""

    type: ClassVar[str] = "tests.failed"

    reason: Literal["failed", "timed_out", "no_tests", "out_of_memory", "crashed"]
    summary: TestSummary
    tail: str = Field(default="", max_length=8000, description="the end of the runner's output")
    fingerprint: str = Field(description="equal for two runs that fail in the same way")
