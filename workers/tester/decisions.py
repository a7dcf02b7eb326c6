"""From what the test runner did to a verdict. Pure."""

import hashlib
import re
from collections.abc import Sequence
from typing import Literal

from schemas.policy import PolicyValidated
from schemas.tests import TestsFailed, TestsPassed, TestSummary
from workers.ports import Limits, TestRun
from workers.tester.junit import Case, Unreadable, cases

LIMITS = Limits(seconds=120.0)

Reason = Literal["failed", "timed_out", "no_tests", "out_of_memory", "crashed"]

_TAIL = 8000
_NOISY_LINES = 30
# pytest, "Exit codes": all passed, some failed, interrupted (also by errors while collecting), no
# tests collected. The others are its own faults.
_PASSED, _FAILED, _INTERRUPTED, _NO_TESTS = 0, 1, 2, 5

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
_TEMPORARY = re.compile(r"(?:/private)?(?:/var/folders/\w+/\w+/T|/var/tmp|/tmp)/[^\s'\"):,]*")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def verdict(event: PolicyValidated, run: TestRun) -> TestsPassed | TestsFailed:
    """Passed only when the runner says so and its results hold at least one test that passed."""
    found, unreadable = _results(run)
    summary = _summary(found, run)
    about = event.model_dump(exclude={"valid", "violations"})
    reason = _reason(run, found)
    if reason is None:
        return TestsPassed(**about, summary=summary)
    return TestsFailed(
        **about,
        reason=reason,
        summary=summary,
        tail=tail("\n".join(part for part in (run.output, unreadable) if part)),
        fingerprint=fingerprint(reason, found or (), run.output),
    )


def tail(output: str) -> str:
    """The end of the output, without control characters and names that differ in each run."""
    text = _TEMPORARY.sub("<tmp>", _CONTROL.sub("", output))
    return text[-_TAIL:].strip()


def fingerprint(reason: Reason, found: Sequence[Case], output: str) -> str:
    """Equal for two runs in which the same tests fail with the same errors.

    Where no test is known to have failed, the end of the output stands in, without its numbers.
    """
    failing = sorted(f"{c.name} {c.outcome} {c.error}" for c in found if c.error)
    evidence = failing or _without_noise(output)
    return hashlib.sha256("\n".join((reason, *evidence)).encode()).hexdigest()[:16]


def _results(run: TestRun) -> tuple[Sequence[Case] | None, str]:
    if run.junit_xml is None:
        return None, ""
    try:
        return cases(run.junit_xml), ""
    except Unreadable as error:
        return None, str(error)


def _reason(run: TestRun, found: Sequence[Case] | None) -> Reason | None:
    """Why the run counts as failed; None when it does not."""
    ended: dict[str, Reason] = {"time": "timed_out", "memory": "out_of_memory", "crash": "crashed"}
    if run.ended_by in ended:
        return ended[run.ended_by]
    if run.exit_code == _NO_TESTS:
        return "no_tests"
    if found is None or run.exit_code not in (_PASSED, _FAILED, _INTERRUPTED):
        # A runner that ends before it writes its results has decided nothing, whatever it says.
        return "crashed"
    if any(case.error == "MemoryError" for case in found):
        return "out_of_memory"
    if run.exit_code != _PASSED or any(case.error for case in found):
        return "failed"
    return None if any(case.outcome == "passed" for case in found) else "no_tests"


def _summary(found: Sequence[Case] | None, run: TestRun) -> TestSummary:
    outcomes = [case.outcome for case in found or ()]
    return TestSummary(
        passed=outcomes.count("passed"),
        failed=outcomes.count("failure"),
        errors=outcomes.count("error"),
        skipped=outcomes.count("skipped"),
        duration_seconds=max(0.0, round(run.duration.total_seconds(), 3)),
    )


def _without_noise(output: str) -> list[str]:
    text = _NUMBER.sub("#", _ADDRESS.sub("0x", tail(output)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line][-_NOISY_LINES:]
