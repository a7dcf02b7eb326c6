"""From a test run to a verdict."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.policy import PolicyValidated
from schemas.tests import TestsFailed, TestsPassed
from workers.ports import TestRun
from workers.tester.decisions import tail, verdict

EVENT = PolicyValidated(
    workflow_id="wf-1",
    task_id="t1",
    service_name="user-service",
    artifact=f"artifacts/{'a' * 64}.tar.gz",
    iteration=2,
    revision=3,
)
PASS = '<testcase classname="m" name="ok"/>'
SKIP = '<testcase classname="m" name="off"><skipped message=""/></testcase>'
FAIL = '<testcase classname="m" name="bad"><failure message="assert 1 == 2"/></testcase>'
MEMORY = '<testcase classname="m" name="big"><failure message="MemoryError"/></testcase>'
ERROR = '<testcase name="m"><error message="bad">E   SyntaxError: x</error></testcase>'


def junit(inside: str) -> bytes:
    return f"<testsuites><testsuite>{inside}</testsuite></testsuites>".encode()


def run(exit_code: int | None = 0, inside: str | None = PASS, **changes: object) -> TestRun:
    made = TestRun(
        exit_code=exit_code,
        ended_by="itself",
        output="",
        junit_xml=None if inside is None else junit(inside),
        duration=timedelta(seconds=1.5),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (run(), None),
        (run(0, PASS + SKIP), None),
        (run(5, ""), "no_tests"),
        (run(5, None), "no_tests"),
        (run(0, ""), "no_tests"),
        (run(0, SKIP), "no_tests"),
        (run(1, PASS + FAIL), "failed"),
        (run(1, PASS), "failed"),
        (run(0, PASS + FAIL), "failed"),
        (run(2, ERROR), "failed"),
        (run(1, PASS + MEMORY), "out_of_memory"),
        (run(None, PASS, ended_by="time"), "timed_out"),
        (run(None, None, ended_by="memory"), "out_of_memory"),
        (run(None, PASS, ended_by="crash"), "crashed"),
        (run(0, None), "crashed"),
        (run(0, junit_xml=b"<!DOCTYPE x><a/>"), "crashed"),
        (run(3, PASS), "crashed"),
        (run(None, PASS), "crashed"),
        # Absurd: a runner that ended by itself, with nothing that any runner would say.
        (run(-1_000_000, inside=None, duration=timedelta(days=-1)), "crashed"),
    ],
)
def test_only_a_success_with_a_passed_test_passes(what: TestRun, reason: str | None) -> None:
    outcome = verdict(EVENT, what)
    if reason is None:
        assert isinstance(outcome, TestsPassed)
    else:
        assert isinstance(outcome, TestsFailed)
        assert outcome.reason == reason


def test_the_verdict_is_about_the_artifact_and_counts_its_tests() -> None:
    outcome = verdict(EVENT, run(1, PASS + PASS + SKIP + FAIL + ERROR))
    assert (outcome.workflow_id, outcome.artifact, outcome.iteration, outcome.revision) == (
        "wf-1",
        EVENT.artifact,
        2,
        3,
    )
    counted = outcome.summary
    assert (counted.passed, counted.skipped, counted.failed, counted.errors) == (2, 1, 1, 1)
    assert counted.duration_seconds == 1.5


def fingerprint(what: TestRun) -> str:
    outcome = verdict(EVENT, what)
    assert isinstance(outcome, TestsFailed)
    return outcome.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (run(1, FAIL, output="1 failed in 0.31s"), run(1, FAIL, output="1 failed in 7.02s")),
        (run(1, FAIL + ERROR), run(1, ERROR + PASS + FAIL)),
        (
            run(None, None, ended_by="time", output="..\n<obj at 0x7f00aa>\nwaited 12.1 s"),
            run(None, None, ended_by="time", output="..\n<obj at 0x11bb33>\nwaited 12.4 s"),
        ),
        (
            run(3, None, output="INTERNALERROR in /tmp/flotilla-tests-ab12/work/x.py"),
            run(3, None, output="INTERNALERROR in /tmp/flotilla-tests-zz99/work/x.py"),
        ),
    ],
)
def test_runs_that_fail_alike_have_one_fingerprint(one: TestRun, other: TestRun) -> None:
    assert fingerprint(one) == fingerprint(other)


def test_runs_that_fail_otherwise_have_other_fingerprints() -> None:
    other_test = FAIL.replace("bad", "worse")
    other_error = FAIL.replace("assert 1 == 2", "KeyError: 1")
    runs = [
        run(1, FAIL),
        run(1, other_test),
        run(1, other_error),
        run(1, FAIL + other_test),
        run(5, ""),
        run(None, None, ended_by="time", output="tests/test_a.py ."),
        run(None, None, ended_by="time", output="tests/test_b.py ."),
        run(None, None, ended_by="memory", output="tests/test_a.py ."),
    ]
    assert len({fingerprint(each) for each in runs}) == len(runs)


def test_the_tail_is_the_end_in_plain_characters_and_fits_the_event() -> None:
    output = "x" * 100_000 + "\x1b[31mred\x1b[0m\x07 in /tmp/flotilla-tests-k3/work/a.py:3 end"
    text = tail(output)
    assert text.endswith("red in <tmp>:3 end")
    assert len(text) <= 8000


def test_why_results_were_refused_is_in_the_tail() -> None:
    outcome = verdict(EVENT, run(0, junit_xml=b"<!DOCTYPE x><a/>", output="all fine"))
    assert isinstance(outcome, TestsFailed)
    assert outcome.tail == "all fine\nthe results declare a document type"
