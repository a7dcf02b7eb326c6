"""Scripts of the repository that a pipeline loads: their methods stand where they are called."""

from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import Verdict, unaccounted

HELPERS = """
def greet(who) {
  sh "echo hello ${who}"
  frobnicate level: 3
}

def call() { sh 'make all' }

return this
"""
SOURCE = """def helpers
node {
  helpers = load './ci/helpers.groovy'
  helpers.greet('you')
  helpers()
}
"""


def with_scripts(source: str, **files: str) -> Conversion:
    pipeline = read(source, "Jenkinsfile")
    scripts = {f"ci/{name}.groovy": read(text, f"{name}.groovy") for name, text in files.items()}
    conversion = converted(pipeline, scripts=scripts)
    assert unaccounted(pipeline, conversion.ledger) == ()
    return conversion


def scripts_of(conversion: Conversion) -> list[str]:
    return [step.run for job in conversion.workflow.jobs for step in job.steps if step.run]


def manual(conversion: Conversion) -> list[tuple[int, str]]:
    entries = conversion.ledger.entries
    return [(each.span.line, each.note) for each in entries if each.verdict is Verdict.MANUAL]


def test_methods_of_a_loaded_script_are_put_in_where_they_are_called() -> None:
    conversion = with_scripts(SOURCE, helpers=HELPERS)

    assert scripts_of(conversion) == ["echo hello you", "make all"]


def test_what_it_leaves_by_hand_is_told_where_it_is_used_by_its_path() -> None:
    conversion = with_scripts(SOURCE, helpers=HELPERS)

    assert manual(conversion) == [(4, "ci/helpers.groovy, line 4: convert the step frobnicate")]


def test_a_script_that_was_not_given_is_left_by_hand() -> None:
    conversion = with_scripts(SOURCE)

    assert [line for line, _ in manual(conversion)] == [3, 4, 5]
