"""An edit changes what it is asked to, lays it out as `terraform fmt` does, and no more."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.remediation.hcl import Block, parse
from workers.remediation.hcl_edit import insert_after, merge_entries, removed, set_argument

# How long an example takes says nothing here: the machine may be busy.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HEAD, TAIL = "# before\n\n", '\n\nlocals {\n  odd   =   "kept" # {\n}\n'
VALUES = st.sampled_from(
    ["1", '"}"', '"${f("}")}"', "[\n    1, # {\n  ]", '{ A = 1, B = "{" }', "{}"]
)
NOTED = st.tuples(VALUES, st.sampled_from(["", " # note", " // }"]))
HEREDOC = st.just(("<<E\n } \nE", ""))
LINES = st.lists(st.one_of(NOTED, HEREDOC), max_size=4)
NESTED = st.sampled_from(["", "\n  lifecycle {\n    prevent_destroy = true\n  }\n"])


@st.composite
def resources(draw: st.DrawFn) -> str:
    lines = [f"  n{at} = {value}{note}\n" for at, (value, note) in enumerate(draw(LINES))]
    inner = "".join(lines) + draw(NESTED)
    return f'{HEAD}resource "kind" "name" {{\n{inner}}}{TAIL}'


@UNTIMED
@given(resources(), st.sampled_from(["n0", "n1", "n9"]), VALUES)
def test_an_argument_that_was_set_is_read_back_and_set_again_changes_nothing(
    text: str, name: str, value: str
) -> None:
    once = set_argument(text, _resource(text), name, value)
    assert _value(once, _resource(once), name) == value
    assert set_argument(once, _resource(once), name, value) == once


@UNTIMED
@given(resources(), st.sampled_from(["n0", "n1", "n9"]), VALUES)
def test_setting_one_argument_leaves_all_else_alone(text: str, name: str, value: str) -> None:
    before, after = _resource(text), set_argument(text, _resource(text), name, value)
    assert after.startswith(text[: before.opened])
    assert after.endswith(text[before.closed :])
    block = _resource(after)
    assert [b.type for b in block.blocks] == [b.type for b in before.blocks]
    for argument in before.arguments:
        if argument.name != name:
            assert _value(after, block, argument.name) == _value(text, before, argument.name)
    for mark in ("# note", "// }", "# {"):
        assert after.count(mark) >= text.count(mark) - value_marks(text, before, name, mark)


@UNTIMED
@given(resources(), st.dictionaries(st.sampled_from(["A", "B", "Long_one"]), VALUES, min_size=1))
def test_merged_entries_are_there_and_merged_again_change_nothing(
    text: str, entries: dict[str, str]
) -> None:
    entries = {name: value for name, value in entries.items() if "\n" not in value}
    if not entries:
        return
    once = merge_entries(text, _resource(text), "tags", entries)
    assert merge_entries(once, _resource(once), "tags", entries) == once
    for name, value in entries.items():
        assert f"{name} " in once
        assert f"= {value}" in once


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("{}", '{\n  acl = "private"\n}'),
        ("{\n}", '{\n  acl = "private"\n}'),
        ("{ bucket = 1 }", '{\n  bucket = 1\n  acl    = "private"\n}'),
        (
            "{\n  bucket = 1 # one\n  acl    = 2 # two\n}",
            '{\n  bucket = 1         # one\n  acl    = "private" # two\n}',
        ),
        (
            "{\n  a = {\n    b = 1\n  }\n\n  # about c\n  c {\n  }\n}",
            '{\n  a = {\n    b = 1\n  }\n  acl = "private"\n\n  # about c\n  c {\n  }\n}',
        ),
        ("{\n  c {\n  }\n}", '{\n  acl = "private"\n\n  c {\n  }\n}'),
        (
            "{\n  a = 1 /* over\n  lines */\n}",
            '{\n  a = 1 /* over\n  lines */\n  acl = "private"\n}',
        ),
        (
            "{\n  acl     = {\n    a = 1\n  }\n  bucket = 1\n}",
            '{\n  acl    = "private"\n  bucket = 1\n}',
        ),
    ],
)
def test_a_set_argument_is_laid_out_as_a_person_would(inside: str, expected: str) -> None:
    text = f'resource "a" "b" {inside}\n'
    changed = set_argument(text, _resource(text), "acl", '"private"')
    assert changed == f'resource "a" "b" {expected}\n'


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("{}", "{\n    Owner = 1\n  }"),
        ("{ A = 1, Bee = 2, }", "{\n    A     = 1\n    Bee   = 2\n    Owner = 1\n  }"),
        ("{\n    A = 1 }", "{\n    A     = 1\n    Owner = 1\n  }"),
        ("{\n    Owner = 2 # x\n  }", "{\n    Owner = 1 # x\n  }"),
        ("{\n    A : 1,\n  }", "{\n    A : 1,\n    Owner : 1\n  }"),
        ("var.tags", "merge(var.tags, {\n    Owner = 1\n  })"),
        ("merge(var.tags, { A = 1 })", "merge(var.tags, {\n    A     = 1\n    Owner = 1\n  })"),
    ],
)
def test_entries_are_merged_into_whatever_the_map_is(tags: str, expected: str) -> None:
    text = f'resource "a" "b" {{\n  tags = {tags}\n}}\n'
    changed = merge_entries(text, _resource(text), "tags", {"Owner": "1"})
    assert changed == f'resource "a" "b" {{\n  tags = {expected}\n}}\n'


def test_an_argument_that_grows_over_lines_leaves_its_neighbours_in_line() -> None:
    text = 'r "a" "b" {\n  bucket_name = 1\n  tags        = { A = 1 }\n  x           = 2\n}\n'
    changed = merge_entries(text, _resource(text), "tags", {"B": "2"})
    assert changed == (
        'r "a" "b" {\n  bucket_name = 1\n  tags = {\n    A = 1\n    B = 2\n  }\n  x = 2\n}\n'
    )


def test_a_block_comes_after_another_and_goes_again_without_a_trace() -> None:
    text = 'a "x" {\n} # end\n\nb "y" {\n}\n'
    longer = insert_after(text, parse(text).blocks[0], 'c "z" {\n}\n')
    assert longer == 'a "x" {\n} # end\n\nc "z" {\n}\n\nb "y" {\n}\n'
    assert removed(longer, parse(longer).blocks[1]) == text


def test_the_last_block_of_a_file_without_a_line_break_gets_one() -> None:
    text = 'a "x" {\n}'
    assert insert_after(text, parse(text).blocks[0], "b {\n}") == 'a "x" {\n}\n\nb {\n}\n'


def _resource(text: str) -> Block:
    return parse(text).blocks[0]


def _value(text: str, block: Block, name: str) -> str:
    found = block.argument(name)
    assert found is not None
    return text[found.value_start : found.value_end]


def value_marks(text: str, block: Block, name: str, mark: str) -> int:
    """How often the mark stands in the value that is replaced."""
    found = block.argument(name)
    return text[found.value_start : found.value_end].count(mark) if found else 0
