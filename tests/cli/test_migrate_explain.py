"""Source and workflow side by side: nothing is left out on either side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.cli.migrate_explain import rows
from workers.migration.batch import Given, Migrated, Source, migrated

TEXT = """def build(name) {
    sh "make ${name}"
}
node('linux') {
    stage('Build') {
        checkout scm
        build('one')
        build('two')
        odd()
    }
}
parallel a: { node('linux') { sh 'one' } }, b: { node('windows') {
    bat '''
    two
    '''
} }
"""


def made(text: str) -> Migrated:
    result = migrated(Source("Jenkinsfile", "build", text.encode()), Given())
    assert isinstance(result, Migrated)
    return result


def test_every_line_of_both_is_shown_once_and_in_order() -> None:
    result = made(TEXT)

    shown = list(rows(result))

    assert [line for row in shown for line in row.source] == TEXT.splitlines()
    assert [line for row in shown for line in row.workflow] == result.workflow.splitlines()
    firsts = [row.first for row in shown if row.source]
    assert firsts == sorted(firsts)


def test_a_step_stands_beside_the_lines_that_it_stems_from() -> None:
    shown = {
        step: "\n".join(row.source)
        for row in rows(made(TEXT))
        for step in ("run: one", "two", "uses: actions/checkout")
        if any(step in line for line in row.workflow)
    }

    assert "sh 'one'" in shown["run: one"]
    assert "bat '''" in shown["two"]


@pytest.mark.parametrize("text", ["", "// nothing\n", "node { }\n"])
def test_a_pipeline_without_steps_is_shown_too(text: str) -> None:
    result = made(text)

    shown = list(rows(result))

    assert [line for row in shown for line in row.workflow] == result.workflow.splitlines()
    assert [line for row in shown for line in row.source] == text.splitlines()


@given(st.lists(st.sampled_from(["sh 'a'", "echo 'b'", "odd()", "junit 'c'", "checkout scm"])))
def test_whatever_the_steps_nothing_is_left_out(steps: list[str]) -> None:
    text = "node {\n" + "\n".join(steps) + "\n}\n"
    result = made(text)

    shown = list(rows(result))

    assert [line for row in shown for line in row.source] == text.splitlines()
    assert [line for row in shown for line in row.workflow] == result.workflow.splitlines()
