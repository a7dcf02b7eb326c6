"""What the benchmark of migrations counts."""

from pathlib import Path

import pytest

from benchmarks.migration import literal_lines, main, scripts
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.read import read

TEXT = """node {
  sh '''
    make one
    make two
  '''
  def out = sh(script: 'make three', returnStdout: true)
  bat 'four'
  sh "make ${five}"
  echo 'six'
}
"""


def test_lines_of_scripts_count_where_they_stand_as_they_are() -> None:
    assert list(literal_lines(read(TEXT, "x"))) == ["make one", "make two", "make three", "four"]


def test_a_line_is_kept_where_a_step_runs_it() -> None:
    run = scripts(converted(read("node { sh 'make one'\n sh 'make ${two}' }", "x")).workflow)

    assert "make one" in run
    assert "make three" not in run


def test_the_figures_of_a_folder_are_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Jenkinsfile").write_text(TEXT)
    (tmp_path / "broken.jenkinsfile").write_text("node {")

    assert main([str(tmp_path)]) == 0

    rows = dict(line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines())
    assert rows["files"] == "2"
    assert rows["parsed"] == "1 of 2 (50.0 %)"
    assert rows["refused, with position and reason"] == "1"
    assert rows["literal script lines kept, scripted"].startswith("4 of 4")
    assert rows["statements lost in silence"] == "0"


def test_an_empty_folder_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
