"""Single constructs: what each becomes, and that three tools accept it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion
from workers.migration.ledger import Verdict

Workflow = Callable[..., dict[str, Any]]


def steps(*lines: str, more: str = "") -> str:
    body = "\n".join(lines)
    stage = f"stage('S') {{\n{more}\nsteps {{\n{body}\n}}\n}}"
    return f"pipeline {{\nagent any\nstages {{\n{stage}\n}}\n}}"


# What stands in the steps of a stage, and what has to be in the step that comes of it.
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("sh 'make'", {"run": "make"}),
    ("bat 'build.cmd'", {"run": "build.cmd", "shell": "cmd"}),
    ("powershell 'Get-Item .'", {"run": "Get-Item .", "shell": "powershell"}),
    ("pwsh 'Get-Item .'", {"run": "Get-Item .", "shell": "pwsh"}),
    ("dir('a') { dir('b') { sh 'make' } }", {"run": "make", "working-directory": "a/b"}),
    ("withEnv(['A=1', 'B=2']) { sh 'make' }", {"env": {"A": "1", "B": "2"}}),
    ("timeout(time: 90, unit: 'SECONDS') { sh 'make' }", {"timeout-minutes": 2}),
    ("catchError { sh 'make' }", {"continue-on-error": True}),
    ("error 'no'", {"run": 'echo "::error::no"\nexit 1\n'}),
    ("unstable 'hm'", {"run": 'echo "::warning::hm"'}),
    ("sleep 5", {"run": "sleep 5"}),
    ("sleep time: 2, unit: 'MINUTES'", {"run": "sleep 120"}),
    ("echo 'a $B `c`'", {"run": 'echo "a \\$B \\`c\\`"'}),
    ('sh "echo ${env.BRANCH_NAME}"', {"env": {"BRANCH_NAME": "${{ github.ref_name }}"}}),
    ("sh \"echo '${BUILD_NUMBER}'\"", {"run": "echo ''\"${BUILD_NUMBER}\"''"}),
    ("script { if (isUnix()) { sh 'a' } else { bat 'b' } }", {"run": "a"}),
    ("script { def x = 'y'; sh \"echo ${x}\" }", {"run": "echo y"}),
    ("script { if (env.X == 'main') { sh 'a' } }", {"if": "env.X == 'main'"}),
    ("script { if (!env.X) { sh 'a' } }", {"if": "env.X == ''"}),
    (
        "withCredentials([string(credentialsId: 'my-token', variable: 'T')]) { sh 'a' }",
        {"env": {"T": "${{ secrets.MY_TOKEN }}"}},
    ),
    (
        "git url: 'https://github.com/o/r.git', branch: 'dev'",
        {"with": {"repository": "o/r", "ref": "dev", "persist-credentials": False}},
    ),
    ("archiveArtifacts 'a/*.jar,b'", {"with": {"path": "a/*.jar\nb\n"}}),
    ("slackSend message: 'hi', channel: '#c'", {"name": "Tell Slack"}),
    ("writeFile file: 'a.txt', text: 'x'", {"name": "Write a.txt"}),
    ("lock('db') { sh 'a' }", {"run": "a"}),
]


@pytest.mark.parametrize(("source", "expected"), STEPS, ids=[source for source, _ in STEPS])
def test_a_step_becomes(source: str, expected: dict[str, Any], workflow: Workflow) -> None:
    (job,) = workflow(steps(source))["jobs"].values()

    made = [step for step in job["steps"] if step.get("name") != "Check out"]
    found = made[0]
    for key, value in expected.items():
        part = found[key]
        if key == "with":
            part = {name: part[name] for name in value}
        assert part == value, found


WHEN: list[tuple[str, str]] = [
    ("branch 'main'", "github.ref_name == 'main'"),
    ("branch 'release/*'", "startsWith(github.ref_name, 'release/')"),
    ("not { branch 'main' }", "github.ref_name != 'main'"),
    ("buildingTag()", "github.ref_type == 'tag'"),
    ("tag 'v*'", "github.ref_type == 'tag' && startsWith(github.ref_name, 'v')"),
    ("changeRequest()", "github.event_name == 'pull_request'"),
    (
        "changeRequest target: 'main'",
        "github.event_name == 'pull_request' && github.base_ref == 'main'",
    ),
    ("triggeredBy 'TimerTrigger'", "github.event_name == 'schedule'"),
    ("anyOf { branch 'a'; branch 'b' }", "github.ref_name == 'a' || github.ref_name == 'b'"),
    ("branch 'a'; buildingTag()", "github.ref_name == 'a' && github.ref_type == 'tag'"),
    (
        "expression { BRANCH_NAME ==~ /(main|dev)/ }",
        "github.ref_name == 'main' || github.ref_name == 'dev'",
    ),
    ("equals expected: '2', actual: env.BUILD_NUMBER", "github.run_number == '2'"),
    ("environment name: 'X', value: 'y'", "env.X == 'y'"),
    ("expression { sh(returnStatus: true, script: 'x') == 0 }", "env.STATUS == '0'"),
]


@pytest.mark.parametrize(("source", "expected"), WHEN, ids=[source for source, _ in WHEN])
def test_a_condition_becomes(source: str, expected: str, workflow: Workflow) -> None:
    (job,) = workflow(steps("sh 'a'", more=f"when {{ {source} }}"))["jobs"].values()

    assert expected in (job.get("if"), job["steps"][-1].get("if"))


def test_what_nobody_can_say_is_off_until_a_person_turns_it_on(
    workflow: Workflow, convert: Callable[..., Conversion]
) -> None:
    source = steps("sh 'deploy'", more="when { expression { isGoodDay(4) } }")

    assert workflow(source)["env"] == {"RUN_S": "false"}
    tasks = convert(source).ledger.tasks
    assert [(task.kind, task.name) for task in tasks] == [("decision", "RUN_S")]


def test_an_unknown_step_stays_visible(convert: Callable[..., Conversion]) -> None:
    conversion = convert(steps("sh 'a'", "frobnicate level: 3", "sh 'b'"))

    assert "# TO DO by hand (line" in rendered(conversion.workflow)
    assert "frobnicate level: 3" in rendered(conversion.workflow)
    manual = [each for each in conversion.ledger.entries if each.verdict is Verdict.MANUAL]
    assert [each.note for each in manual] == ["convert the step frobnicate"]


def test_an_unknown_block_keeps_what_is_in_it(workflow: Workflow) -> None:
    (job,) = workflow(steps("withMagic(1) { sh 'inside' }"))["jobs"].values()

    assert [step.get("run") for step in job["steps"]][-1] == "inside"


def test_every_construct_is_accepted_by_three_tools(
    convert: Callable[..., Conversion], judged: Callable[[Path], None], tmp_path: Path
) -> None:
    sources = [steps(source) for source, _ in STEPS]
    sources += [steps("sh 'a'", more=f"when {{ {source} }}") for source, _ in WHEN]
    for number, source in enumerate(sources):
        (tmp_path / f"{number}.yml").write_text(rendered(convert(source).workflow))

    judged(tmp_path)


def test_a_block_that_is_converted_below_is_not_shown_above_it_too(workflow: Workflow) -> None:
    (job,) = workflow("node { helper.run('x') {\n  sh 'a'\n  sh 'b'\n} }")["jobs"].values()

    assert [step["run"] for step in job["steps"]] == ["a", "b"]


def test_of_a_call_with_a_block_only_its_first_line_is_shown(
    convert: Callable[..., Conversion],
) -> None:
    conversion = convert("node {\n  helper.run('x') {\n    sh 'a'\n  }\n}")

    (comment,) = [step for step in conversion.workflow.jobs[0].steps if not step.run]
    assert [line.strip() for line in comment.comments] == [
        "TO DO by hand (line 2): convert this call by hand",
        "helper.run('x') {",
        "…",
    ]
