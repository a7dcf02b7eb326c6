"""Calls inside of values: a step asks first, and what follows uses its variable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion
from workers.migration.ledger import Verdict

Workflow = Callable[..., dict[str, Any]]

# A scripted body; the script of the step that asks; what the last step of the job has.
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "if (fileExists('pom.xml')) { sh 'mvn verify' }",
        'if [ -e "pom.xml" ]; then',
        {"run": "mvn verify", "if": "env.EXISTS_POM_XML == 'true'"},
    ),
    (
        "def there = fileExists('a')\nif (!there) { sh 'b' }",
        'if [ -e "a" ]; then',
        {"run": "b", "if": "env.EXISTS_A != 'true'"},
    ),
    (
        "def v = readFile('VERSION').trim()\nsh \"tag ${v}\"",
        'cat "VERSION"',
        {"run": "tag ${CONTENT_VERSION}"},
    ),
    (
        "sh \"tag ${readFile(file: 'VERSION')}\"",
        'cat "VERSION"',
        {"run": "tag ${CONTENT_VERSION}"},
    ),
    (
        "def p = readJSON file: 'package.json'\nsh \"tag ${p.version}\"",
        "jq -r '.version' \"package.json\"",
        {"run": "tag ${VERSION}"},
    ),
    (
        "def p = readYaml(file: 'a.yml')\nsh \"tag ${p.image.tags[0]}\"",
        "yq -r '.image.tags[0]' \"a.yml\"",
        {"run": "tag ${IMAGE_TAGS_0}"},
    ),
    (
        'def m = readMavenPom()\nsh "tag ${m.version}"',
        "mvn -q help:evaluate -Dexpression=project.version -DforceStdout",
        {"run": "tag ${VERSION}"},
    ),
    (
        "def p = readProperties file: 'a.properties'\nsh \"tag ${p['app.version']}\"",
        "sed -n 's/^ *app\\.version *[=:] *//p' \"a.properties\"",
        {"run": "tag ${APP_VERSION}"},
    ),
    (
        "if (sh(script: 'git diff --quiet', returnStatus: true) != 0) { sh 'push' }",
        "git diff --quiet",
        {"run": "push", "if": "env.STATUS != '0'"},
    ),
    (
        "def home = tool 'M3'\nsh \"${home}/bin/mvn verify\"",
        "mvn -v | sed -n 's/^Maven home: //p'",
        {"run": "${MAVEN_HOME}/bin/mvn verify"},
    ),
]


@pytest.mark.parametrize(("source", "asks", "last"), ASKED, ids=[each[0] for each in ASKED])
def test_a_step_asks_and_its_variable_answers(
    source: str, asks: str, last: dict[str, Any], workflow: Workflow
) -> None:
    (job,) = workflow(f"node {{\n{source}\n}}")["jobs"].values()

    *before, found = job["steps"]
    assert any(asks in step.get("run", "") for step in before)
    assert {key: found.get(key) for key in last} == last


def test_what_stands_behind_and_is_asked_only_where_groovy_asks(workflow: Workflow) -> None:
    source = "node { if (env.A == 'x' && fileExists('b')) { sh 'c' } }"

    (job,) = workflow(source)["jobs"].values()

    asking, acting = job["steps"]
    assert asking["if"] == "env.A == 'x'"
    assert acting["if"] == "env.A == 'x' && env.EXISTS_B == 'true'"


def test_what_follows_a_return_does_not_run_where_it_returned(workflow: Workflow) -> None:
    source = "node { if (env.SKIP == 'yes') { return }\nsh 'work' }"

    (job,) = workflow(source)["jobs"].values()

    assert job["steps"][-1] == {
        "if": "env.SKIP != 'yes'",
        "run": "work",
    }


# What no rule converts, with a script in it that must not be lost.
KEPT = [
    "other.thing { sh 'precious' }",
    "list.findAll { sh(script: 'precious', returnStatus: true) == 0 }",
    "a.b.c = [x: sh(script: 'precious', returnStdout: true)]",
    "def never = { sh 'precious' }\necho 'x'",
    "def map = [a: [run: { sh 'precious' }]]\necho 'x'",
    "switch (who.knows()) { case 1: sh 'precious'; break }",
    "writeJSON file: 'a', json: [x: sh(script: 'precious', returnStdout: true)]",
    "while (sh(script: 'precious', returnStatus: true) != 0) { sleep 5 }",
]


@pytest.mark.parametrize("source", KEPT)
def test_a_script_inside_of_what_no_rule_converts_is_kept(
    source: str, workflow: Workflow, convert: Callable[..., Conversion]
) -> None:
    text = f"node {{\n{source}\n}}"
    tree = workflow(text)

    runs = [step.get("run", "") for job in tree["jobs"].values() for step in job["steps"]]
    assert any("precious" in run for run in runs)
    entries = convert(text).ledger.entries
    if "never" not in source and "switch" not in source:
        assert any(each.verdict in (Verdict.MANUAL, Verdict.CHANGED) for each in entries)


def test_methods_that_call_each_other_without_end_are_left_by_hand(
    convert: Callable[..., Conversion],
) -> None:
    methods = [f"def m{at}() {{ {f'm{at + 1}(); ' * 4}sh 's{at}' }}" for at in range(10)]

    conversion = convert("\n".join([*methods, "def m10() { sh 'last' }", "node { m0() }"]))

    notes = [each.note for each in conversion.ledger.entries]
    assert "methods call each other too often to put each in: write a script" in notes
    runs = {step.run for job in conversion.workflow.jobs for step in job.steps}
    assert {f"s{at}" for at in range(10)} | {"last"} <= runs


def test_the_other_branch_of_is_unix_is_dropped_with_its_reason(
    convert: Callable[..., Conversion],
) -> None:
    conversion = convert("node { if (isUnix()) { sh 'a' } else { bat 'b' } }")

    dropped = [each for each in conversion.ledger.entries if each.verdict is Verdict.DROPPED]
    assert [each.note for each in dropped] == ["for another system than that of the job's runner"]


def test_three_tools_accept_all_of_it(
    convert: Callable[..., Conversion], judged: Callable[[Path], None], tmp_path: Path
) -> None:
    for number, source in enumerate([*(each[0] for each in ASKED), *KEPT]):
        made = rendered(convert(f"node {{\n{source}\n}}").workflow)
        (tmp_path / f"{number}.yml").write_text(made)

    judged(tmp_path)
