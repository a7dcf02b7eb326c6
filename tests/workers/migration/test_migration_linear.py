"""The work of a migration grows with a file and no faster, counted in calls, not in time."""

import sys
from collections.abc import Callable
from typing import TypeVar

import pytest

from benchmarks.pipelines import jenkinsfile
from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.lexer import tokenize
from workers.migration.jenkinsfile.read import read
from workers.migration.jenkinsfile.source import Source
from workers.migration.pipeline.pipeline import Pipeline

T = TypeVar("T")
FEW, MANY = 20, 200

# Each line stands as often as asked for, with its number for @.
NODE = ("node {\n", "}\n")
STAGES = ("pipeline { agent any\nstages {\n", "} }\n")
GROWING = {
    "steps": ("sh 'make @'", NODE),
    "steps that nobody knows": ("unknown@ 'a'", NODE),
    "comments": ("// note @\necho 'a'", NODE),
    "conditions": ("if (env.A == 'b@') { sh 'a' } else { sh 'b' }", NODE),
    "conditions that a person decides": ("if (asked@()) { sh 'a' }", NODE),
    "attempts": ("try { sh 'a' } catch (e) { sh 'b' } finally { sh 'c' }", NODE),
    "variables": ("def v@ = 'a@'\nsh \"make ${v@}\"", NODE),
    "answers": ("def v@ = sh(script: 'a', returnStdout: true)\nsh \"b ${v@}\"", NODE),
    "loops": ("for (x in ['a', 'b']) { sh \"c ${x}\" }", NODE),
    "credentials": (
        "withCredentials([string(credentialsId: 'c@', variable: 'V@')]) { sh 'a' }",
        NODE,
    ),
    "artifacts": ("stash 's@'\nunstash 's@'", NODE),
    "methods": ("def m@() { sh 'a' }", ("", "node { sh 'a' }\n")),
    "machines": ("node('l@') { sh 'a' }", ("", "")),
    "stages": ("stage('s@') { steps { sh 'a' } }", STAGES),
    "stages with conditions": ("stage('s@') { when { branch 'b@' }\nsteps { sh 'a' } }", STAGES),
    "lines of a script": ("echo \"@\" # 'it'", ("node { sh '''\n", "''' }\n")),
}


@pytest.mark.parametrize("what", GROWING)
def test_ten_times_as_much_is_at_most_ten_times_the_work(what: str) -> None:
    line, (before, after) = GROWING[what]

    def text(times: int) -> str:
        lines = "".join(f"{line}\n".replace("@", str(number)) for number in range(times))
        return before + lines + after

    assert _calls(_migration, text(MANY)) <= MANY / FEW * _calls(_migration, text(FEW))


def test_a_file_ten_times_as_long_has_ten_times_the_tokens_and_the_work() -> None:
    text = jenkinsfile(3, 150)
    tokens, work = len(tokenize(Source(text)).kinds), _calls(tokenize, Source(text))
    ten = Source(text * 10)

    # Of ten ends of a file one is left.
    assert len(tokenize(ten).kinds) == 10 * tokens - 9
    assert _calls(tokenize, ten) <= 10 * work


def test_a_pipeline_is_walked_once_however_often_it_is_asked() -> None:
    pipeline = read(jenkinsfile(4, 150), "Jenkinsfile")

    assert _calls(_asked, pipeline) > len(pipeline.nodes)
    assert _calls(_asked, pipeline) < 20


def _asked(pipeline: Pipeline) -> None:
    assert pipeline.nodes
    assert pipeline.statements
    assert pipeline.words


def _migration(text: str) -> None:
    rendered(converted(read(text, "Jenkinsfile")).workflow)


def _calls(work: Callable[[T], object], given: T) -> int:
    """How many calls it takes, those of built-in functions included."""
    count = 0

    def profile(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(profile)
    try:
        work(given)
    finally:
        sys.setprofile(None)
    return count
