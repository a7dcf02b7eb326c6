"""The scanner finds the same structure whatever strings, heredocs and comments look like."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.remediation.errors import Unreadable
from workers.remediation.hcl import Block, object_at, objects, parse

# How long an example takes says nothing here: the machine may be busy.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

PIECES = ["a", "é", " ", "{", "}", "[", ")", r"\"", r"\\", "#", "//", "/*", "*/", "=", "<<EOT"]
TEMPLATES = ["$${", "%%{", '${f("}")}', '${a["${b}"]}', "%{ if x }y%{ endif }", "${{ a = 1 }.a}"]
STRINGS = st.lists(st.sampled_from([*PIECES, *TEMPLATES]), max_size=8).map(
    lambda pieces: f'"{"".join(pieces)}"'
)
HEREDOCS = st.sampled_from(
    [
        '<<EOT\n{ "a": "}" # no comment\n  EOT no end\nEOT',
        '<<-POLICY\n  resource "x" "y" {\n  ${jsonencode({})}\n  POLICY',
        "<<E\nE",
    ]
)
SIMPLE = st.one_of(
    st.sampled_from(["1", "true", "var.a", "a.b[0].c", "-1.5", "a ? b : c"]), STRINGS
)
ON_ONE_LINE = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda xs: f"[{', '.join(xs)}]"),
        st.lists(inner, max_size=3).map(lambda xs: f"f({', '.join(xs)})"),
        st.lists(inner, max_size=3).map(
            lambda xs: "{ " + ", ".join(f"k{n} = {x}" for n, x in enumerate(xs)) + " }"
        ),
    ),
    max_leaves=6,
)
OVER_LINES = st.lists(ON_ONE_LINE, min_size=1, max_size=3).map(
    lambda xs: "{\n" + "".join(f"    k{n} = {x} # {{\n" for n, x in enumerate(xs)) + "  }"
)
VALUES = st.one_of(ON_ONE_LINE, OVER_LINES, HEREDOCS)
AFTER = st.sampled_from(["", " ", " # a } comment", ' // "quote', " /* over\n lines } */"])
BETWEEN = st.sampled_from(["", "\n", "# }\n", "  /* { */\n", "// <<EOT\n", "\n\n"])
ARGUMENTS = st.lists(st.tuples(VALUES, AFTER, BETWEEN), max_size=4)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """A file of blocks, and the text of each argument's value, block by block."""
    text, expected = draw(BETWEEN), []
    for number in range(draw(st.integers(1, 3))):
        text += f'resource "kind" "n{number}" {{\n'
        arguments = draw(ARGUMENTS)
        for at, (value, after, between) in enumerate(arguments):
            # Nothing but a line break may follow the end of a heredoc.
            rest = "" if value.startswith("<<") else after
            text += f"  name_{at} = {value}{rest}\n{between}"
        text += "}\n" + draw(BETWEEN)
        expected.append([value for value, _, _ in arguments])
    return text, expected


@UNTIMED
@given(files())
def test_every_argument_is_found_with_exactly_its_value(made: tuple[str, list[list[str]]]) -> None:
    text, expected = made
    found = [
        [text[a.value_start : a.value_end] for a in block.arguments] for block in parse(text).blocks
    ]
    assert found == expected


@UNTIMED
@given(files())
def test_a_block_lies_between_its_own_braces(made: tuple[str, list[list[str]]]) -> None:
    text, _ = made
    end = 0
    for block in parse(text).blocks:
        assert end <= block.start < block.opened <= block.closed
        assert (text[block.opened - 1], text[block.closed]) == ("{", "}")
        assert text[block.start :].startswith("resource")
        end = block.closed


@UNTIMED
@given(st.text(st.sampled_from('ab={}[]()"\\$%<#/*\n ,:E-'), max_size=60))
def test_any_text_is_scanned_or_refused(text: str) -> None:
    try:
        whole = parse(text)
    except Unreadable:
        return
    for block in whole.walk():
        for argument in block.arguments:
            assert 0 <= argument.start < argument.sign < argument.value_start < argument.value_end
            assert argument.value_end <= block.closed
            assert text[argument.sign] == "="


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('a = "', "a string is not closed on line 1"),
        ("b {\n", "a block is not closed on line 2"),
        ("\n}", "'}' where a name was expected on line 2"),
        ("a = [1, 2", "a bracket is not closed"),
        ("a = <<EOT\nno end", "heredoc EOT is not closed"),
        ("a = 1 /* b", "a comment is not closed"),
        ("a = (]", "']' closes nothing"),
        ("a =\n", "'a' has no value"),
        ("just words here", "'just' is neither an argument nor a block"),
        ("b {" * 5000, "nested too deeply"),
        ("a = " + "[" * 5000, "too many are nested"),
        ("a = " + '"${' * 5000, "too many are nested"),
    ],
)
def test_what_is_not_hcl_is_refused_with_the_line(text: str, problem: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert problem in str(refused.value)


def test_an_object_has_its_entries_whatever_separates_them() -> None:
    text = 'tags = {\n  A = 1, "B" : "}"\n  (var.c) = [for x in y : x]\n  # D = 4\n}\n'
    entries = _object(text).arguments
    assert [(e.name, text[e.value_start : e.value_end]) for e in entries] == [
        ("A", "1"),
        ("B", '"}"'),
        ("(var.c)", "[for x in y : x]"),
    ]


@pytest.mark.parametrize("value", ["{ for k in x : k => 1 }", "merge({}, {})", "{}.a", "var.tags"])
def test_what_is_not_a_plain_object_is_none(value: str) -> None:
    text = f"tags = {value}\n"
    assert object_at(text, parse(text).arguments[0]) is None


def test_objects_are_found_at_any_depth_of_an_expression() -> None:
    text = 'policy = jsonencode({ Statement = [{ Action = "*" }, { Not = "{ Action = 1 }" }] })\n'
    argument = parse(text).arguments[0]
    found = [[e.name for e in o.arguments] for o in objects(text, 0, argument.value_end)]
    assert found == [["Statement"], ["Action"], ["Not"]]


def _object(text: str) -> Block:
    found = object_at(text, parse(text).arguments[0])
    assert found is not None
    return found
