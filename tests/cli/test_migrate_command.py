"""`flotilla migrate` as a person and as a program call it."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from workers.cli.app import commands

PIPELINE = """pipeline {
  agent { label 'huge' }
  stages { stage('Build') { steps { sh 'make' } } }
}
"""
LOSSLESS = PIPELINE.replace("label 'huge'", "label 'linux'")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a Jenkinsfile."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Jenkinsfile").write_text(PIPELINE)
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(commands(), ["migrate", *words], env={"COLUMNS": "250"})


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_file_becomes_a_workflow_with_a_report_outside_of_the_workflows(place: Path) -> None:
    result = call("Jenkinsfile")

    assert result.exit_code == 0, result.output
    assert files(place) == {
        "Jenkinsfile",
        ".github/workflows/build.yml",
        ".github/migration-report.md",
    }
    tree = yaml.safe_load((place / ".github/workflows/build.yml").read_text())
    assert tree["jobs"]["build"]["steps"][-1]["run"] == "make"
    report = (place / ".github/migration-report.md").read_text()
    assert "say which runner `huge` is" in report
    assert "Read .github/migration-report.md: 1 thing to do" in result.stdout


def test_help_has_an_example() -> None:
    assert "flotilla migrate Jenkinsfile -o .github/workflows/" in call("--help").stdout


def test_a_folder_is_searched_and_what_cannot_be_read_stops_nothing(place: Path) -> None:
    for path, text in {
        "a/Jenkinsfile.release": LOSSLESS,
        "a/vars/step.groovy": "def call() { sh 'x' }",
        "a/vars/flow.groovy": "def call() {\n  node { sh 'x' }\n}",
        "a/node_modules/x/Jenkinsfile": LOSSLESS,
        "a/.git/Jenkinsfile": LOSSLESS,
        "b/broken.jenkinsfile": "node {\n  sh 'x\n}",
        "b/jobs/shop/config.xml": "<project><builders/></project>",
        "b/config.xml": "<hudson/>",
    }.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)

    result = call(".", "-o", "out")

    assert result.exit_code == 1
    assert {name for name in files(place) if name.startswith("out/")} == {
        "out/build.yml",
        "out/a-release.yml",
        "out/a-vars-flow.yml",
        "out/b-shop.yml",
        "out/migration-report.md",
    }
    assert result.stderr.splitlines() == [
        line for line in result.stderr.splitlines() if line.startswith("b/broken.jenkinsfile:2:")
    ]
    assert len(result.stderr.splitlines()) == 1
    assert "b/broken.jenkinsfile:2:" in (place / "out/migration-report.md").read_text()


def test_a_check_writes_nothing_and_fails_on_any_loss(place: Path) -> None:
    lossy = call("Jenkinsfile", "--check")
    (place / "Jenkinsfile").write_text(LOSSLESS)
    lossless = call("Jenkinsfile", "--check")

    assert (lossy.exit_code, lossless.exit_code) == (1, 0)
    assert files(place) == {"Jenkinsfile"}


def test_a_program_reads_one_document(place: Path) -> None:
    (place / "broken.jenkinsfile").write_text("node {")

    result = call(".", "--json")

    assert result.exit_code == 1
    tree = json.loads(result.stdout)
    assert tree["files"][0]["workflow"] == ".github/workflows/build.yml"
    assert tree["failed"][0]["source"] == "broken.jenkinsfile"
    assert tree["report"] == ".github/migration-report.md"
    checked = json.loads(call("Jenkinsfile", "--json", "--check").stdout)
    assert (checked["report"], checked["files"][0]["workflow"]) == (None, None)
    assert checked["files"][0]["losses"][0]["line"] == 2


def test_an_explanation_shows_both_sides_and_writes_nothing(place: Path) -> None:
    result = call("Jenkinsfile", "--explain")

    assert result.exit_code == 0, result.output
    assert files(place) == {"Jenkinsfile"}
    [beside] = [line for line in result.stdout.splitlines() if "sh 'make'" in line]
    assert "   3 " in beside
    assert "line 2: manual:" in result.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runners.yml", "huge: ubuntu-24.04\n"),
        ("runners.toml", 'huge = "ubuntu-24.04"\n'),
        ("runners.json", '{"huge": "ubuntu-24.04"}'),
    ],
)
def test_labels_are_mapped_by_a_file(name: str, text: str, place: Path) -> None:
    (place / name).write_text(text)

    result = call("Jenkinsfile", "--runner-map", name)

    assert result.exit_code == 0, result.output
    assert "runs-on: ubuntu-24.04" in (place / ".github/workflows/build.yml").read_text()


@pytest.mark.parametrize("text", ["- a\n", "huge: 3\n", "huge: [a]\n", "a: b: c\n", 'huge: ""\n'])
def test_a_mapping_that_is_none_is_said_in_one_line(text: str, place: Path) -> None:
    (place / "runners.yml").write_text(text)

    result = call("Jenkinsfile", "--runner-map", "runners.yml")

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "big-linux: ubuntu-24.04" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("missing",),
        ("empty",),
        ("Jenkinsfile", "--explain", "--json"),
        ("Jenkinsfile", "--check", "--report", "x.md"),
        ("Jenkinsfile", "--runner-map", "missing.yml"),
        ("Jenkinsfile", "--report", ".github/workflows/build.yml"),
    ],
)
def test_a_wrong_wish_is_said_in_one_line(words: tuple[str, ...], place: Path) -> None:
    (place / "empty").mkdir()

    result = call(*words)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert files(place) == {"Jenkinsfile"}


def test_what_somebody_edited_is_written_over_only_by_force(place: Path) -> None:
    made = place / ".github/workflows/build.yml"
    assert call("Jenkinsfile").exit_code == 0
    assert call("Jenkinsfile").exit_code == 0
    made.write_text(made.read_text().replace("make", "make all"))

    refused = call("Jenkinsfile")

    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert "make all" in made.read_text()
    assert call("Jenkinsfile", "--force").exit_code == 0
    assert "make all" not in made.read_text()


def test_the_workflow_of_another_source_is_not_written_over(place: Path) -> None:
    assert call("Jenkinsfile").exit_code == 0
    before = (place / ".github/workflows/build.yml").read_text()
    (place / "other").mkdir()
    (place / "other" / "Jenkinsfile").write_text(LOSSLESS)

    result = call(str(place / "other" / "Jenkinsfile"))

    assert result.exit_code == 1
    assert (place / ".github/workflows/build.yml").read_text() == before


def test_a_link_is_not_followed_out_of_the_output_folder(place: Path) -> None:
    victim = place / "victim"
    victim.write_text("precious")
    folder = place / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "build.yml").symlink_to(victim)

    assert call("Jenkinsfile").exit_code == 1
    assert call("Jenkinsfile", "--force").exit_code == 0
    assert victim.read_text() == "precious"
    assert not (folder / "build.yml").is_symlink()


def test_a_link_to_a_workflow_of_ours_is_still_a_link(place: Path) -> None:
    made = place / ".github/workflows/build.yml"
    assert call("Jenkinsfile").exit_code == 0
    made.rename(place / "kept.yml")
    made.symlink_to(place / "kept.yml")

    assert call("Jenkinsfile").exit_code == 1


def test_a_link_out_of_the_source_folder_is_not_read(place: Path) -> None:
    (place / "src").mkdir()
    (place / "src" / "Jenkinsfile").write_text(LOSSLESS)
    (place / "src" / "Jenkinsfile.other").symlink_to(place / "Jenkinsfile")

    assert call("src", "-o", "out").exit_code == 0
    assert {name for name in files(place) if name.endswith(".yml")} == {"out/build.yml"}


def test_what_a_path_or_a_file_says_never_steers_a_terminal(place: Path) -> None:
    (place / "x\x1b[2J.jenkinsfile").write_text("node { sh '\x1b]0;x\x07")

    result = call(".")

    assert "\x1b" not in result.output


@pytest.mark.process
def test_many_files_are_converted_by_processes_with_the_same_result(place: Path) -> None:
    for number in range(40):
        folder = place / "many" / f"s{number}"
        folder.mkdir(parents=True)
        (folder / "Jenkinsfile").write_text(LOSSLESS.replace("make", f"make n{number}"))
    (place / "many" / "broken.jenkinsfile").write_text("node {")

    result = call("many", "-o", "out")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    for number in range(40):
        assert f"run: make n{number}\n" in (place / "out" / f"s{number}.yml").read_text()


def test_a_file_in_the_place_of_a_folder_is_said_in_one_line(place: Path) -> None:
    (place / "out").write_text("")

    result = call("Jenkinsfile", "-o", "out/workflows")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
