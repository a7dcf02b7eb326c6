"""What holds for any text: it is read, or refused with a place in it."""

import re

from hypothesis import example, given
from hypothesis import strategies as some

from workers.migration.jenkinsfile.errors import InvalidPipeline, ParseError
from workers.migration.jenkinsfile.lexer import tokenize
from workers.migration.jenkinsfile.read import read
from workers.migration.jenkinsfile.source import Source
from workers.migration.pipeline.walk import nodes

WORDS = (
    "if else for in while do switch case default try catch finally return def new as import class"
    " instanceof a b String 1 2.5 true null sh stage parallel"
)
MARKS = """{ } ( ) [ ] , : ; . ?. *. -> = == =~ ? ?: + - / * ** ! .. < > @ $ " ' \""" \'\'\' /x/"""
STRINGS = """$/ /$ ${ $a.b "${a}" \\ //c /*c*/ 'x'"""
BLOCKS = ("pipeline {", "agent any", "stages {", "stage('a') {", "steps {", "post {", "always {")
MORE_BLOCKS = ("when {", "not {", "axes {", "environment {", "script {", "@Library('l') _")
BLANKS = (" ", "\n", "\r\n", "\r", "\t", "é", "\u2028", "\x00")
PIECES = (
    *f"{WORDS} {MARKS} {STRINGS}".split(),
    *BLOCKS,
    *MORE_BLOCKS,
    *BLANKS,
)
VALID = """@Library('shared@v1') _
// a comment
def versions = [8, 11]
pipeline {
    agent { docker { image "maven:${versions[0]}" } }
    environment { A = credentials('b'); C = "d" + 'e' }
    options { timeout(time: 1, unit: 'HOURS') }
    stages {
        stage('Build') {
            when { allOf { branch 'main'; not { expression { return a =~ /b\\/c/ } } } }
            steps {
                sh '''make \\
                    all'''
                script {
                    for (v in versions) { echo "v: ${v} $A" }
                    parallel a: { sh 'x' }, b: { retry(2) { sh "y" } }
                    try { x() } catch (e) { throw e } finally { z = a ? b : [c: 1] }
                }
            }
        }
        stage('M') {
            matrix {
                axes { axis { name 'OS'; values 'linux', 'mac' } }
                stages { stage('T') { steps { echo $/dollar ${OS}/$ } } }
            }
        }
    }
    post { always { junit '**/*.xml' } }
}
def helper(String a, b = 2) { a + b }
"""


def check(text: str) -> None:
    lines = Source(text)
    try:
        pipeline = read(text, "Jenkinsfile")
    except ParseError as error:
        places = [(error.line, error.column)]
    except InvalidPipeline as error:
        assert error.problems
        places = [(problem.line, problem.column) for problem in error.problems]
    else:
        for node in nodes(pipeline):
            assert 0 <= node.span.start <= node.span.end <= len(lines.text)
        return
    for place in places:
        assert (1, 1) <= place <= lines.position(len(lines.text))


@given(some.lists(some.sampled_from(PIECES), max_size=40).map("".join))
@example('"${')
@example("a ? b\n")
def test_a_soup_of_tokens_is_read_or_refused_with_a_place(text: str) -> None:
    check(text)


@given(some.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    check(text)


@given(some.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    check(Source(content).text)


@given(some.integers(0, len(VALID)))
def test_a_file_that_is_cut_off_is_read_or_refused_with_a_place(length: int) -> None:
    check(VALID[:length])


@given(some.integers(0, len(VALID) - 1), some.integers(1, 12), some.sampled_from(PIECES))
def test_a_file_that_is_damaged_is_read_or_refused_with_a_place(
    at: int, length: int, piece: str
) -> None:
    check(VALID[:at] + piece + VALID[at + length :])


def test_the_file_that_these_tests_damage_is_valid() -> None:
    assert read(VALID, "Jenkinsfile").declarative


@given(some.lists(some.sampled_from(PIECES), max_size=40).map("".join) | some.just(VALID))
def test_tokens_and_comments_tile_the_source(text: str) -> None:
    source = Source(text)
    try:
        tokens = tokenize(source)
    except ParseError:
        return
    spans = [*zip(tokens.starts, tokens.ends, strict=True), *tokens.comments]
    at = 0
    for start, end in sorted(spans):
        assert re.fullmatch(r"(?:\s|\\(?=[\r\n]))*", source.text[at:start])
        at = end
    assert at == len(source.text)
    assert tokens.kinds[-1] == "end"
