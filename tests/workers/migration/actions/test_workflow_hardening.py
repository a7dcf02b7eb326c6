"""Hardening: least rights, pinned actions, limits."""

import re
from collections.abc import Mapping

import pytest

from workers.migration.actions.hardening import TIMEOUT_MINUTES, hardened
from workers.migration.actions.model import Job, RunsOn, Step, Workflow
from workers.migration.actions.pins import PINS, pinned, pins
from workers.migration.actions.triggers import PullRequest, Push

CHECKOUT = Step(uses="actions/checkout")


def workflow(*steps: Step, tags: tuple[str, ...] = ()) -> Workflow:
    job = Job("build", runs_on=RunsOn(("ubuntu-latest",)), steps=steps)
    return Workflow("CI", (Push(tags=tags), PullRequest()), (job,))


def job(*steps: Step, tags: tuple[str, ...] = ()) -> Job:
    return hardened(workflow(*steps, tags=tags)).jobs[0]


def test_the_token_reads_and_a_run_of_a_pull_request_gives_way() -> None:
    made = hardened(workflow(CHECKOUT))

    assert made.permissions == {"contents": "read"}
    assert made.concurrency is not None
    assert made.concurrency.cancel == "${{ github.event_name == 'pull_request' }}"
    assert made.jobs[0].timeout_minutes == TIMEOUT_MINUTES
    assert made.jobs[0].permissions is None


@pytest.mark.parametrize(
    ("step", "rights"),
    [
        (Step(run="git push origin HEAD"), {"contents": "write"}),
        (Step(run="git -C docs push"), {"contents": "write"}),
        (Step(run="echo push"), None),
        (Step(uses="dorny/paths-filter"), {"contents": "read", "pull-requests": "read"}),
        (Step(run="gh run list"), {"contents": "read", "actions": "read"}),
    ],
)
def test_a_job_gets_what_its_steps_need(step: Step, rights: Mapping[str, str] | None) -> None:
    assert job(CHECKOUT, step).permissions == rights


def test_the_checkout_leaves_its_token_only_where_something_pushes() -> None:
    assert job(CHECKOUT).steps[0].inputs == {"persist-credentials": False}
    assert job(CHECKOUT, Step(run="git push")).steps[0].inputs == {}


def test_nothing_is_cached_where_tags_are_built() -> None:
    java = Step(uses="actions/setup-java", inputs={"java-version": "21", "cache": "maven"})

    assert job(java).steps[0].inputs["cache"] == "maven"
    assert job(java, tags=("**",)).steps[0].inputs == {"java-version": "21"}


def test_known_actions_are_pinned_and_others_stay() -> None:
    steps = job(CHECKOUT, Step(uses="some/thing@v1")).steps

    assert steps[0].uses == pinned("actions/checkout")
    assert steps[1].uses == "some/thing@v1"


def test_hardening_twice_changes_nothing_more() -> None:
    once = hardened(workflow(CHECKOUT, Step(run="git push")))

    assert hardened(once) == once


def test_every_pin_is_a_commit_with_its_version_and_the_file_its_date_and_source() -> None:
    text = PINS.read_text("utf-8")

    assert re.search(r"^# Date: \d{4}-\d\d-\d\d\.$", text, re.MULTILINE) and "# Source: " in text
    assert pins()
    for name, pin in pins().items():
        assert re.fullmatch(r"[0-9a-f]{40}", pin.commit), name
        assert re.fullmatch(r"v?\d+(\.\d+)+", pin.version), name
