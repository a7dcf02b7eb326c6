"""Steps of a shared library without its source: actions that fail until they are written."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.migration.actions.rendering import rendered_action
from workers.migration.convert.converter import Conversion
from workers.migration.ledger import Verdict

BIN = Path(sys.executable).parent
Convert = Callable[..., Conversion]


def node(body: str, head: str = "@Library('tools') _\n") -> str:
    return f"{head}node {{\n checkout scm\n{body}\n}}\n"


def test_a_call_becomes_that_of_an_action_with_the_arguments_as_inputs(convert: Convert) -> None:
    conversion = convert(node('  deploy name: "shop", to: env.BRANCH_NAME, replicas: 3'))

    step = conversion.workflow.jobs[0].steps[-1]
    assert step.uses == "./.github/actions/deploy"
    assert step.inputs == {"name": "shop", "to": "${{ github.ref_name }}", "replicas": "3"}
    assert conversion.actions["deploy"].inputs == {"name": "", "to": "", "replicas": ""}


def test_the_action_and_the_task_are_told(convert: Convert) -> None:
    ledger = convert(node("  notifyTeam 'done'")).ledger

    assert [each.name for each in ledger.tasks] == [".github/actions/notifyTeam/action.yml"]
    manual = [each.span.line for each in ledger.entries if each.verdict is Verdict.MANUAL]
    assert manual == [1, 4]


def test_a_map_in_front_is_named_arguments(convert: Convert) -> None:
    conversion = convert(node("  deploy([name: 'shop', dry: true])"))

    assert conversion.workflow.jobs[0].steps[-1].inputs == {"name": "shop", "dry": "true"}


def test_calls_of_one_step_share_one_action_with_all_inputs(convert: Convert) -> None:
    actions = convert(node("  deploy name: 'a'\n  deploy name: 'b', dry: true")).actions

    assert {name: dict(each.inputs) for name, each in actions.items()} == {
        "deploy": {"name": "", "dry": ""}
    }


@pytest.mark.parametrize(
    "source",
    [
        node("  deploy name: 'a'", head=""),
        node("  deploy(name: 'a') { sh 'b' }"),
        node("  deploy names: ['a', 'b']"),
        node("  deploy name: lookUp()"),
        "@Library('tools') _\nnode {\n deploy name: 'a'\n sh 'b'\n}",
    ],
    ids=["no library", "a block", "a list", "an unknown value", "nothing checked out"],
)
def test_what_no_action_can_take_is_left_by_hand(source: str, convert: Convert) -> None:
    conversion = convert(source)

    assert dict(conversion.actions) == {}
    comments = [line for step in conversion.workflow.jobs[0].steps for line in step.comments]
    assert any("convert the step deploy" in line for line in comments)


def test_a_library_that_is_loaded_by_a_step_counts_too(convert: Convert) -> None:
    head = "library identifier: 'lib@main', retriever: modernSCM([$class: 'GitSCMSource'])\n"

    assert list(convert(node("  deploy 'x'", head=head)).actions) == ["deploy"]


def test_the_action_is_valid_and_its_inputs_are_no_script(convert: Convert, tmp_path: Path) -> None:
    (action,) = convert(node("  deploy name: 'a', 'dry-run': true")).actions.values()
    path = tmp_path / "action.yml"
    path.write_text(rendered_action(action), "utf-8")

    for command in (
        [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-actions", str(path)],
        [str(BIN / "zizmor"), "--offline", "--min-severity", "high", str(path)],
    ):
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "${{" not in (action.steps[0].run or "")
    assert dict(action.steps[0].env) == {
        "INPUT_NAME": "${{ inputs.name }}",
        "INPUT_DRY_RUN": "${{ inputs.dry-run }}",
    }
