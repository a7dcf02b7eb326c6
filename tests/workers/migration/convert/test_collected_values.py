"""Values that a script puts together before it uses them."""

from collections.abc import Callable

import pytest

from workers.migration.convert.converter import Conversion

Convert = Callable[..., Conversion]


def last(conversion: Conversion) -> tuple[str | None, str | None]:
    step = [each for job in conversion.workflow.jobs for each in job.steps if each.run][-1]
    return step.condition, step.run


@pytest.mark.parametrize(
    ("before", "script"),
    [
        ("def l = ['a']\nl << 'b'\nl.add('c')", "run a,b,c"),
        ("def l = []\nfor (x in ['p', 'q']) { l << x }", "run p,q"),
    ],
)
def test_a_list_is_known_when_all_that_is_added_is(
    before: str, script: str, convert: Convert
) -> None:
    source = f"node {{\n{before}\nsh \"run ${{l.join(',')}}\"\n}}"

    assert last(convert(source)) == (None, script)


def test_what_only_some_runs_add_is_left_by_hand(convert: Convert) -> None:
    conversion = convert("node {\ndef l = ['a']\nif (env.X) { l << 'b' }\nsh 'x'\n}")

    comments = [line for step in conversion.workflow.jobs[0].steps for line in step.comments]
    assert any("add this to l by hand" in line for line in comments)


def test_entries_of_a_map_are_known(convert: Convert) -> None:
    source = "node {\ndef m = [:]\nm['a'] = 1\nm.b = 'x'\nsh \"run ${m.a} ${m['b']}\"\n}"

    # An empty map may be one of branches too, so only one with an entry is folded.
    full = source.replace("[:]", "[c: 0]")
    assert last(convert(full)) == (None, "run 1 x")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("params.A ?: 'b'", "${{ inputs.A || 'b' }}"),
        ("params.A ? params.A : 'b'", "${{ inputs.A || 'b' }}"),
        (
            "env.BRANCH_NAME == 'main' ? 'x' : 'y'",
            "${{ github.ref_name == 'main' && 'x' || 'y' }}",
        ),
        ("env.CHANGE_ID ? '' : 'y'", "${{ github.event.number == '' && 'y' || '' }}"),
    ],
)
def test_a_choice_is_an_expression(value: str, said: str, convert: Convert) -> None:
    conversion = convert(f'node {{\ndef v = {value}\nsh "run ${{v}}"\n}}')

    step = conversion.workflow.jobs[0].steps[-1]
    assert (step.run, step.env["v"]) == ("run ${v}", said)


@pytest.mark.parametrize(
    ("before", "condition", "expected"),
    [
        ("def f = true\nf = false", "f", "env.f == 'true'"),
        ("def f = true\nf = false", "!f", "env.f != 'true'"),
        ("def f = true\nf = false", "f == false", "env.f != 'true'"),
        (
            "def s = sh(script: 'a', returnStatus: true)",
            "s",
            "env.s != '' && env.s != '0'",
        ),
        ("def s = sh(script: 'a', returnStatus: true)", "s == 0", "env.s == '0'"),
    ],
)
def test_a_variable_of_the_run_counts_as_true_as_in_groovy(
    before: str, condition: str, expected: str, convert: Convert
) -> None:
    source = f"node {{\n{before}\nif ({condition}) {{ sh 'b' }}\n}}"

    assert last(convert(source)) == (expected, "b")


def test_text_and_numbers_are_added_to_what_a_step_has_set(convert: Convert) -> None:
    source = "node {\ndef a = 'x'\na += ' y'\ndef n = 1\nn += 2\nsh \"run ${a} ${n}\"\n}"

    scripts = [step.run for step in convert(source).workflow.jobs[0].steps if step.run]
    assert scripts == [
        'echo "a=x" >> "$GITHUB_ENV"',
        'echo "a=${a} y" >> "$GITHUB_ENV"',
        'echo "n=1" >> "$GITHUB_ENV"',
        'echo "n=$((n + 2))" >> "$GITHUB_ENV"',
        "run ${a} ${n}",
    ]
