"""Whatever a Jenkinsfile is made of: every statement has an entry, and the result is a workflow."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.migration.actions.expressions import inlined
from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import unaccounted

WORDS = st.sampled_from(["a", "it's", "x y", "$HOME", "on", "#", "1e3", "é", "a: b"])
LEAVES = st.one_of(
    WORDS.map(lambda word: f"sh {quoted(word)}"),
    WORDS.map(lambda word: f"echo {quoted(word)}"),
    st.sampled_from(
        [
            "junit 'r/*.xml'",
            "checkout scm",
            "frob(1)",
            "x.y.z()",
            "x += 1",
            "def x = sh(script: 'v', returnStdout: true)",
            "env.A = 'b'",
            'sh "do ${x} ${env.BRANCH_NAME} ${params.P}"',
            "stash 's'",
            "unstash 's'",
            "error 'e'",
            "currentBuild.result = 'FAILURE'",
            "return",
        ]
    ),
)
BLOCKS = st.sampled_from(
    [
        "node('linux') {%s}",
        "stage('S') {%s}",
        "dir('d') {%s}",
        "withEnv(['A=b']) {%s}",
        "timeout(5) {%s}",
        "retry(2) {%s}",
        "if (env.A == 'b') {%s} else { sh 'other' }",
        "if (odd()) {%s}",
        "try {%s} catch (e) { echo 'c' } finally { sh 'f' }",
        "try {%s} catch (e) { throw e }",
        "for (i in [1, 2]) {%s}",
        "for (i in unknown) {%s}",
        "while (x) {%s}",
        "[1, 2].each { y -> %s}",
        "parallel(p: {%s}, q: { sh 'q' })",
        "docker.image('i:1').inside {%s}",
        "withMagic {%s}",
        "switch (env.A) { case 'b': %s; break; default: sh 'd' }",
    ]
)


def quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


SCRIPTS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(BLOCKS, st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: pair[0].replace("%s", "\n" + "\n".join(pair[1]) + "\n")
    ),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SCRIPTS, min_size=1, max_size=4))
def test_no_statement_is_without_an_entry(scripts: list[str]) -> None:
    source = "\n".join(scripts) + "\n"
    pipeline = read(source, "Jenkinsfile")

    conversion = converted(pipeline)

    assert unaccounted(pipeline, conversion.ledger) == ()
    assert not [each for each in conversion.ledger.entries if each.note.startswith("no rule")]


@settings(max_examples=60, deadline=None)
@given(st.lists(SCRIPTS, min_size=1, max_size=4))
def test_the_result_is_a_workflow_without_injection(scripts: list[str]) -> None:
    workflow = converted(read("\n".join(scripts) + "\n", "Jenkinsfile")).workflow

    tree = yaml.safe_load(rendered(workflow))
    known: set[str] = set()
    for name, job in tree["jobs"].items():
        needs = job.get("needs", [])
        assert known >= set([needs] if isinstance(needs, str) else needs)
        assert job["steps"] and not [step for step in job["steps"] if not step]
        known.add(name)
    made = [step.run or "" for job in workflow.jobs for step in job.steps]
    assert [found for script in made for found in inlined(script)] == []
