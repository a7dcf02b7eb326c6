"""Steps of a shared library whose source is given stand where they are called."""

from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import Verdict, unaccounted

DEPLOY = """
def call(Map config) {
  sh "deploy ${config.name}"
  verify(config.name)
  frobnicate level: 3
}

def verify(name) { sh "check ${name}" }
"""
SOURCE = "@Library('tools') _\nnode {\n  deploy name: 'shop'\n  deploy.verify('again')\n}\n"


def with_library(source: str, **files: str) -> Conversion:
    pipeline = read(source, "Jenkinsfile")
    library = {name: read(text, f"{name}.groovy") for name, text in files.items()}
    conversion = converted(pipeline, library=library)
    assert unaccounted(pipeline, conversion.ledger) == ()
    assert all(each.span.end <= len(pipeline.source) for each in conversion.ledger.entries)
    return conversion


def scripts(conversion: Conversion) -> list[str]:
    return [step.run for job in conversion.workflow.jobs for step in job.steps if step.run]


def test_the_body_of_a_library_step_is_put_in_where_it_is_called() -> None:
    assert scripts(with_library(SOURCE, deploy=DEPLOY)) == [
        "deploy shop",
        "check shop",
        "check again",
    ]


def test_what_a_library_leaves_by_hand_is_told_where_it_is_used() -> None:
    entries = with_library(SOURCE, deploy=DEPLOY).ledger.entries

    manual = [each for each in entries if each.verdict is Verdict.MANUAL]
    assert [(each.span.line, each.note) for each in manual] == [
        (3, "vars/deploy.groovy, line 5: convert the step frobnicate")
    ]


def test_a_step_that_another_step_of_the_library_calls_is_found() -> None:
    first = "def call() { second('x') }"
    second = 'def call(a) { sh "run ${a}" }'

    conversion = with_library("node { first() }", first=first, second=second)

    assert scripts(conversion) == ["run x"]


def test_without_its_source_a_library_is_left_by_hand() -> None:
    entries = converted(read(SOURCE, "Jenkinsfile")).ledger.entries

    assert "convert what is used of the library tools" in [each.note for each in entries]
