"""Expressions: what a stranger may choose never stands in a script."""

import pytest

from workers.migration.actions.catalogue import STEPS, catalogue
from workers.migration.actions.expressions import (
    bare,
    inlined,
    joined,
    negated,
    plain,
    quoted,
    told_once,
)
from workers.migration.actions.pins import pins, repository


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo ${{ github.head_ref }}", ("github.head_ref",)),
        ("echo ${{ github.event.pull_request.title }}", ("github.event.pull_request.title",)),
        ("echo ${{ inputs.X }} ${{ github.sha }}", ("inputs.X",)),
        ("echo ${{ github.run_number }}", ()),
        ("echo ${BRANCH}", ()),
    ],
)
def test_untrusted_expressions_in_scripts_are_found(script: str, found: tuple[str, ...]) -> None:
    assert inlined(script) == found


def test_text_that_looks_like_an_expression_is_escaped() -> None:
    assert plain("a ${{ b }}") == "a ${{ '${{' }} b }}"
    assert quoted("it's") == "'it''s'"


def test_conditions_keep_their_meaning_when_joined() -> None:
    assert joined(["a || b", "c"], "&&") == "(a || b) && c"
    assert joined(["(a || b)", "c"], "&&") == "(a || b) && c"
    assert joined(["(a || b) || (c)", "d"], "&&") == "((a || b) || (c)) && d"
    assert joined(["a && b", "c"], "||") == "(a && b) || c"
    assert negated("a == b") == "!(a == b)"
    assert negated("failure()") == "!failure()"
    assert negated("!x") == "x"
    assert negated("env.X == 'it''s'") == "env.X != 'it''s'"
    assert negated("env.X != ''") == "env.X == ''"
    assert negated("env.X == 'a' && b") == "!(env.X == 'a' && b)"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["a.b != 'x'", "a.b == 'y'"], ["a.b == 'y'"]),
        (["a.b != 'x'", "a.b == 'X'"], ["a.b != 'x'", "a.b == 'X'"]),
        (["a.b != 'x'", "a.c == 'y'"], ["a.b != 'x'", "a.c == 'y'"]),
        (["a.b != 'x'", "a.b == 'y' || c"], ["a.b != 'x'", "a.b == 'y' || c"]),
        (["a.b == 'x'", "a.b == 'y'"], ["a.b == 'x'", "a.b == 'y'"]),
        ([], []),
    ],
)
def test_a_condition_that_another_one_says_already_is_not_said(
    given: list[str], left: list[str]
) -> None:
    assert told_once(given) == left


def test_brackets_around_a_whole_expression_are_not_needed() -> None:
    assert bare("(a || 'b')") == "a || 'b'"
    assert bare("(a) || (b)") == "(a) || (b)"
    assert bare("a") == "a"


def test_the_catalogue_says_when_from_where_and_why() -> None:
    text = STEPS.read_text("utf-8")

    assert "# Date: " in text and "# Source: " in text
    for name, row in catalogue().items():
        assert row.how in ("rule", "action", "run", "dropped", "manual"), name
        assert row.reason or row.how in ("rule", "action", "run"), name
        assert row.how != "action" or repository(row.uses) in pins(), name
