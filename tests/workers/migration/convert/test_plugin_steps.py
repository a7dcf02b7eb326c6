"""Steps of plugins: what each becomes, its ledger entry, and that three tools accept it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.read import read

Workflow = Callable[..., dict[str, Any]]
Convert = Callable[..., Conversion]

# A body; what some step of the workflow says; the ledger's note on it.
STEPS: list[tuple[str, str, str]] = [
    (
        "build job: 'deploy/site', parameters: [string(name: 'V', value: env.BUILD_NUMBER)]",
        'gh workflow run deploy-site.yml --ref "$GITHUB_REF_NAME" -f "V=${BUILD_NUMBER}"',
        "starts and awaits the workflow deploy-site.yml",
    ),
    (
        "build(job: 'x', wait: false)",
        'gh workflow run x.yml --ref "$GITHUB_REF_NAME"',
        "starts the workflow x.yml",
    ),
    (
        "def run = build(job: 'x', wait: false)",
        "gh workflow run x.yml",
        "starts the workflow x.yml",
    ),
    (
        "copyArtifacts projectName: 'lib', target: 'in'",
        'gh run download "$run" --dir in',
        "all artifacts of the newest run that succeeded",
    ),
    (
        "sshagent(['deploy']) { sh 'ssh host' }",
        "webfactory/ssh-agent",
        "webfactory/ssh-agent before these steps",
    ),
    (
        "withAWS(credentials: 'aws', region: 'eu-west-1') { sh 'aws s3 ls' }",
        "aws-actions/configure-aws-credentials",
        "aws-actions/configure-aws-credentials before these steps",
    ),
    (
        "withDockerContainer('maven:3') { sh 'mvn verify' }",
        "--entrypoint sh maven:3",
        "each script runs in maven:3",
    ),
    (
        "withDockerRegistry(url: 'https://r.example.org', credentialsId: 'r') { sh 'a' }",
        "docker/login-action",
        "docker/login-action before these steps",
    ),
    (
        "nodejs('NodeJS 18') { sh 'npm test' }",
        "actions/setup-node",
        "set up by actions/setup-node: node-version 18",
    ),
    (
        "withSonarQubeEnv('s') { sh 'mvn sonar:sonar' }",
        "secrets.SONAR_TOKEN",
        "SONAR_HOST_URL and SONAR_TOKEN in the environment of each step",
    ),
    (
        "waitUntil { def r = sh(script: 'curl -f x', returnStatus: true)\nreturn (r == 0) }",
        "until (\ncurl -f x\n); do",
        "a loop that asks every 15 seconds",
    ),
    (
        "recordIssues(tools: [checkStyle(pattern: 'build/*.xml')])",
        "build/*.xml",
        "the reports as an artifact; what is SARIF can go to code scanning",
    ),
    (
        "jacoco()",
        "**/target/site/jacoco/jacoco.xml",
        "the reports as an artifact; what is SARIF can go to code scanning",
    ),
    (
        "step([$class: 'JUnitResultArchiver', testResults: 'a/*.xml'])",
        "a/*.xml",
        "mikepenz/action-junit-report",
    ),
]


@pytest.mark.parametrize(("source", "said", "note"), STEPS, ids=[each[0] for each in STEPS])
def test_a_step_of_a_plugin_becomes(source: str, said: str, note: str, convert: Convert) -> None:
    conversion = convert(f"node {{\n{source}\n}}")

    steps = [step for job in conversion.workflow.jobs for step in job.steps]
    assert any(
        said in f"{step.uses} {step.run} {step.shell} {step.env} {step.inputs}" for step in steps
    )
    assert note in [entry.note for entry in conversion.ledger.entries]


def test_what_follows_an_input_waits_for_the_reviewers(
    workflow: Workflow, convert: Convert
) -> None:
    source = "node { stage('Ask') { sh 'a'\ninput 'Deploy?' }\nstage('Go') { sh 'b' } }"

    first, second = workflow(source)["jobs"].values()

    assert "environment" not in first
    assert (second["environment"], second["needs"]) == ({"name": "ask"}, "ask")
    tasks = [(task.kind, task.name) for task in convert(source).ledger.tasks]
    assert ("environment", "ask") in tasks


def test_a_secret_reaches_only_the_steps_that_name_it(workflow: Workflow) -> None:
    source = (
        "pipeline { agent any\nenvironment { T = credentials('t') }\n"
        "stages { stage('A') { steps { sh 'make'\nsh 'curl -H $T x' } } } }"
    )

    tree = workflow(source)

    (job,) = tree["jobs"].values()
    envs = {step["run"]: step.get("env") for step in job["steps"] if "run" in step}
    assert "T" not in tree.get("env", {})
    assert envs == {"make": None, "curl -H $T x": {"T": "${{ secrets.T }}"}}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("TZ=Asia/Tokyo\n30 20 * * 1", "30 11 * * 1"),
        ("TZ=Asia/Tokyo\n30 2 * * 1-5", "30 17 * * 0-4"),
        ("TZ=Europe/Berlin\n0 6 * * *", "0 5 * * *"),
        ("TZ=America/New_York\n0 22 * * *", "0 3 * * *"),
        ("TZ=Asia/Kolkata\n0 6 * * *", "0 6 * * *"),
        ("TZ=Not/AZone\n0 6 * * *", "0 6 * * *"),
    ],
)
def test_a_schedule_is_shifted_to_utc(line: str, expected: str, workflow: Workflow) -> None:
    source = (
        f"pipeline {{ agent any\ntriggers {{ cron('''{line}''') }}\n"
        "stages { stage('A') { steps { sh 'make' } } } }"
    )

    assert workflow(source)["on"]["schedule"] == [{"cron": expected}]


@pytest.mark.parametrize(
    ("tool", "files", "expected"),
    [
        ("jdk 'default'", {".tool-versions": "java temurin-17.0.2\n"}, ("java-version", "17")),
        ("jdk 'default'", {"pom.xml": "<java.version>1.8</java.version>"}, ("java-version", "8")),
        ("jdk 'jdk 11'", {"pom.xml": "<java.version>17</java.version>"}, ("java-version", "11")),
        ("nodejs 'n'", {"package.json": '{"engines": {"node": "20.1"}}'}, ("node-version", "20.1")),
        ("nodejs 'n'", {".nvmrc": "v18.2\n"}, ("node-version", "18.2")),
        ("nodejs 'n'", {"package.json": "no json"}, ("node-version", "lts/*")),
        ("go 'g'", {"go.mod": "module x\n\ngo 1.23\n"}, ("go-version", "1.23")),
    ],
)
def test_the_version_of_a_tool_is_the_one_that_the_project_names(
    tool: str, files: dict[str, str], expected: tuple[str, str]
) -> None:
    source = (
        f"pipeline {{ agent any\ntools {{ {tool} }}\n"
        "stages { stage('A') { steps { sh 'make' } } } }"
    )

    conversion = converted(read(source, "Jenkinsfile"), project=files)

    inputs = [step.inputs for job in conversion.workflow.jobs for step in job.steps]
    name, value = expected
    assert value in [str(each.get(name)) for each in inputs]


def test_three_tools_accept_all_of_these(
    convert: Convert, judged: Callable[[Path], None], tmp_path: Path
) -> None:
    for number, (source, _, _) in enumerate(STEPS):
        made = rendered(convert(f"node {{\n{source}\n}}").workflow)
        (tmp_path / f"{number}.yml").write_text(made)

    judged(tmp_path)
