"""What the repairs make of a GitHub Actions workflow."""

import pytest
import yaml

from schemas.policy import Violation
from workers.remediation.errors import Unrepairable
from workers.remediation.playbooks import ASSISTED, AUTOMATED
from workers.remediation.playbooks.case import Case

WORKFLOW = """\
name: tests # shown in the list
on: [push]

# One job is enough.
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Python
        uses: "actions/setup-python@v5" # any
      - uses: ./local
"""
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"


def test_a_workflow_without_permissions_may_read_only() -> None:
    after = _play("least-privilege-permissions", WORKFLOW)
    assert after == WORKFLOW.replace("# One", "permissions:\n  contents: read\n\n# One")
    assert _play("least-privilege-permissions", after) == after


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("write-all", {"contents": "read"}),
        ("", {"contents": "read"}),
        ("read-all", "read-all"),
        ("{contents: write, issues: none, checks: read}", None),
        ("\n  contents: write # why\n  issues: none\n  checks: read", None),
    ],
)
def test_permissions_to_write_become_permissions_to_read(
    permissions: str, expected: object
) -> None:
    text = WORKFLOW.replace("# One", f"permissions: {permissions}\n# One")
    after = yaml.safe_load(_play("least-privilege-permissions", text))
    scopes = {"contents": "read", "issues": "none", "checks": "read"}
    assert after["permissions"] == (expected or scopes)


def test_a_job_that_may_write_everything_may_read_only() -> None:
    text = WORKFLOW.replace("    steps:", "    permissions: write-all\n    steps:")
    after = yaml.safe_load(_play("least-privilege-permissions", text))
    assert after["jobs"]["test"]["permissions"] == {"contents": "read"}


def test_the_named_step_is_pinned_with_its_release_beside_it() -> None:
    after = _play("pinned-actions", WORKFLOW, "jobs.test.steps[0]")
    assert after == WORKFLOW.replace("actions/checkout@v4", f"{CHECKOUT} # v4.2.2")


def test_all_steps_are_pinned_when_none_is_named_and_comments_stay() -> None:
    after = _play("pinned-actions", WORKFLOW)
    assert f"{CHECKOUT} # v4.2.2\n" in after
    assert "uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # any\n" in after
    assert "uses: ./local\n" in after


@pytest.mark.parametrize("used", ["someone/else@v1", "actions/checkout@v1", "docker://alpine:3"])
def test_a_commit_that_is_not_known_is_not_made_up(used: str) -> None:
    text = WORKFLOW.replace("actions/checkout@v4", used)
    with pytest.raises(Unrepairable, match="is not known here"):
        _play("pinned-actions", text, "jobs.test.steps[0]")


def _play(rule: str, text: str, resource: str | None = None) -> str:
    violation = Violation(severity="high", rule=rule, message="m", path="w.yml", resource=resource)
    case = Case(violation, "user-service", "staging", {"w.yml": text})
    return {**ASSISTED, **AUTOMATED}[rule](case)["w.yml"]
