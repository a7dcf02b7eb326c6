"""`flotilla migrate` with a shared library, and with the project that the pipelines build."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from workers.cli.app import commands

PIPELINE = """@Library('tools') _
pipeline {
  agent any
  tools { jdk 'default-jdk' }
  stages { stage('Build') { steps { compile('release') } } }
}
"""
STEP = 'def call(String kind) {\n  sh "./compile.sh ${kind}"\n}\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a Jenkinsfile and a library."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Jenkinsfile").write_text(PIPELINE)
    write(tmp_path / "lib/vars/compile.groovy", STEP)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def call(*words: str) -> Result:
    return CliRunner().invoke(commands(), ["migrate", *words], env={"COLUMNS": "250"})


def workflow(place: Path, name: str = "build") -> str:
    return (place / f".github/workflows/{name}.yml").read_text()


def test_a_step_of_a_library_is_put_in_where_it_is_called(place: Path) -> None:
    without = call("Jenkinsfile")
    assert without.exit_code == 0, without.output
    assert "./compile.sh release" not in workflow(place)

    result = call("Jenkinsfile", "--library", "lib")

    assert result.exit_code == 0, result.output
    assert "run: ./compile.sh release\n" in workflow(place)
    assert "convert what is used of the library" not in result.output


def test_a_step_without_its_source_is_an_action_of_the_repository_until_it_is_filled_in(
    place: Path,
) -> None:
    action = place / ".github/actions/compile/action.yml"
    assert call("Jenkinsfile").exit_code == 0
    assert "uses: ./.github/actions/compile" in workflow(place)
    assert "composite" in action.read_text()
    assert call("Jenkinsfile").exit_code == 0
    action.write_text("mine")

    again = call("Jenkinsfile")

    assert again.exit_code == 0, again.output
    assert action.read_text() == "mine"
    assert call("Jenkinsfile", "--force").exit_code == 0
    assert "composite" in action.read_text()


def test_of_two_libraries_with_one_step_the_first_counts(place: Path) -> None:
    write(place / "other/vars/compile.groovy", "def call(kind) { sh 'other' }")
    write(place / "other/vars/notify.groovy", "def call() { sh 'notify' }")
    text = PIPELINE.replace("compile('release')", "compile('release'); notify()")
    (place / "Jenkinsfile").write_text(text)

    result = call("Jenkinsfile", "--library", "lib", "--library", "other")

    assert result.exit_code == 0, result.output
    assert "./compile.sh release" in workflow(place)
    assert "run: notify\n" in workflow(place)
    assert "other" not in workflow(place)


def test_a_library_inside_of_the_folder_is_no_pipeline_of_its_own(place: Path) -> None:
    write(place / "lib/vars/flow.groovy", "def call() {\n  node { sh 'x' }\n}")
    write(place / "lib/src/Flow.groovy", "node { sh 'x' }")
    write(place / "src/Jenkinsfile", "node { sh 'x' }")

    result = call(".", "--library", "lib")

    assert result.exit_code == 0, result.output
    assert {each.name for each in (place / ".github/workflows").iterdir()} == {
        "build.yml",
        "src.yml",
    }


def test_a_step_that_cannot_be_read_is_one_line_and_stops_nothing(place: Path) -> None:
    write(place / "lib/vars/broken.groovy", "def call() {\n  sh 'x\n}")

    result = call("Jenkinsfile", "--library", "lib")

    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("lib/vars/broken.groovy:2:")
    assert "./compile.sh release" in workflow(place)
    assert "lib/vars/broken.groovy:2:" in (place / ".github/migration-report.md").read_text()


def test_a_link_out_of_a_library_is_not_read(place: Path) -> None:
    write(place / "secret.groovy", "def call(kind) { sh 'secret' }")
    (place / "lib/vars/compile.groovy").unlink()
    (place / "lib/vars/compile.groovy").symlink_to(place / "secret.groovy")

    assert call("Jenkinsfile", "--library", "lib").exit_code == 0
    assert "secret" not in workflow(place)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".tool-versions", "java temurin-17.0.9\n"),
        ("pom.xml", "<project><maven.compiler.release>17</maven.compiler.release></project>"),
    ],
)
def test_the_project_says_versions_that_the_pipeline_does_not(
    name: str, text: str, place: Path
) -> None:
    write(place / "app" / name, text)

    result = call("Jenkinsfile", "--repo", "app")

    assert result.exit_code == 0, result.output
    [setup] = [
        step
        for step in yaml.safe_load(workflow(place))["jobs"]["build"]["steps"]
        if "setup-java" in step.get("uses", "")
    ]
    assert setup["with"]["java-version"] == "17"


def test_a_link_out_of_the_project_is_not_read(place: Path) -> None:
    write(place / "versions", "java temurin-17.0.9\n")
    (place / "app").mkdir()
    (place / "app/.tool-versions").symlink_to(place / "versions")

    assert call("Jenkinsfile", "--repo", "app").exit_code == 0
    assert "java-version: '17'" not in workflow(place)


def test_a_script_of_the_project_that_is_loaded_is_put_in_where_it_is_called(place: Path) -> None:
    write(place / "ci/steps.groovy", 'def greet(who) { sh "echo hello ${who}" }\nreturn this\n')
    write(place / "ci/broken.groovy", "def x() {\n sh 'x\n}")
    (place / "ci/link.groovy").symlink_to("/etc/hosts")
    loads = "a = load './ci/steps.groovy'; b = load 'ci/broken.groovy'; c = load 'ci/link.groovy'"
    (place / "Jenkinsfile").write_text(f"node {{\n  {loads}\n  a.greet('you')\n}}\n")

    result = call("Jenkinsfile", "--repo", ".")

    assert "run: echo hello you\n" in workflow(place)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("ci/broken.groovy:2:")


def test_the_job_of_a_config_xml_knows_the_project_and_the_library(place: Path) -> None:
    script = PIPELINE.replace("<", "&lt;")
    write(place / "app/.tool-versions", "java temurin-17.0.9\n")
    write(
        place / "config.xml",
        '<flow-definition><definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">'
        f"<script>{script}</script></definition></flow-definition>",
    )

    result = call("config.xml", "--repo", "app", "--library", "lib")

    assert result.exit_code == 0, result.output
    assert "run: ./compile.sh release\n" in workflow(place)
    assert "java-version: '17'" in workflow(place)


@pytest.mark.process
def test_many_files_know_the_library_and_the_project_in_every_process(place: Path) -> None:
    write(place / "app/.tool-versions", "java temurin-17.0.9\n")
    for number in range(40):
        write(place / f"many/s{number}/Jenkinsfile", PIPELINE.replace("release", f"n{number}"))

    result = call("many", "--library", "lib", "--repo", "app")

    assert result.exit_code == 0, result.output
    for number in range(40):
        made = workflow(place, f"s{number}")
        assert f"run: ./compile.sh n{number}\n" in made
        assert "java-version: '17'" in made


@pytest.mark.parametrize(
    "words", [("--library", "missing"), ("--library", "."), ("--repo", "missing"),
              ("--repo", "Jenkinsfile")]
)  # fmt: skip
def test_a_folder_that_is_none_is_said_in_one_line(words: tuple[str, str], place: Path) -> None:
    result = call("Jenkinsfile", *words)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert words[1] in result.stderr
    assert not (place / ".github").exists()


def test_help_shows_how_to_give_both() -> None:
    assert "--repo . --library ../shared-library" in " ".join(call("--help").stdout.split())
