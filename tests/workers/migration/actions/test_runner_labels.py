"""Labels of Jenkins to runners of GitHub."""

import pytest

from workers.migration.actions.model import RunsOn
from workers.migration.actions.runners import RUNNERS, runner, system


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("", "ubuntu-latest"),
        ("linux", "ubuntu-latest"),
        ("linux && docker", "ubuntu-latest"),
        ("windows", "windows-latest"),
        ("maven-17-windows", "windows-latest"),
        ("osx || macos", "macos-latest"),
        ("arm64 && linux", "${{ 'ubuntu-24.04-arm' }}"),
    ],
)
def test_a_known_word_chooses_the_runner(label: str, expected: str) -> None:
    found = runner(label)

    assert (found.runs_on.labels, found.known) == ((expected,), True)


def test_a_label_that_nobody_knows_gets_the_default_and_says_so() -> None:
    assert not runner("big-iron").known
    assert not runner("darwinism-lab").known


def test_the_users_own_mapping_comes_first() -> None:
    own = {"linux": "my-runner", "a && b": "both"}

    assert runner("linux", own).runs_on.labels == ("my-runner",)
    assert runner("a && b", own).runs_on.labels == ("both",)


def test_the_system_shows_in_the_label() -> None:
    assert system(RunsOn(("windows-2022",))) == "windows"
    assert system(RunsOn(("macos-14",))) == "macos"
    assert system(RunsOn(("darwin",))) == "linux"
    assert system(None) == "linux"


def test_the_file_says_when_and_from_where() -> None:
    assert "# Date: " in RUNNERS.read_text("utf-8") and "# Source: " in RUNNERS.read_text("utf-8")
