"""A value is set where it belongs; comments, quotes and everything else stay."""

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.remediation.errors import Unreadable
from workers.remediation.yaml_edit import Path, insert_before, set_value

# How long an example takes says nothing here: the machine may be busy.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SCALARS = st.sampled_from(["1", "'a: b'", '"{}"', "|\n      x: {\n      # y\n", "", "~", "a#b"])
NESTED = st.sampled_from(
    [
        "{}",
        "{x: 1}",
        "\n      # about x\n      x: 1 # one",
        "\n      - 1\n      - {y: 2} # two",
        "\n    - name: deep\n      list:\n        - a",
        "[]",
    ]
)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    text = "# head\nspec:\n  pod: # the pod\n"
    for at, value in enumerate(draw(st.lists(st.one_of(SCALARS, NESTED), min_size=1, max_size=4))):
        text += f"    k{at}: {value}".rstrip(" ").rstrip("\n") + "\n"
    return text + draw(st.sampled_from(["", "# tail\n", "  other: 1\n", "---\nnext: 1\n"]))


@UNTIMED
@given(manifests(), st.sampled_from([("new",), ("new", "deep", "deeper")]))
def test_a_new_value_is_read_back_and_nothing_else_moves(text: str, keys: tuple[str, ...]) -> None:
    path: Path = (0, "spec", "pod", *keys)
    once = set_value(text, path, "true")
    before, after = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(once))
    found = after[0]["spec"]["pod"].pop("new")
    assert found == (True if len(keys) == 1 else {"deep": {"deeper": True}})
    assert after == before
    assert set_value(once, path, "true") == once
    assert [line for line in text.splitlines() if line not in once.splitlines()] == []


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a: 1 # one\n", ("a",), "a: 7 # one\n"),
        ("a: 'x'\n", ("a",), "a: 7\n"),
        ("a:\nb: 1\n", ("a",), "a: 7\nb: 1\n"),
        ("a:\nb: 1\n", ("a", "c"), "a:\n  c: 7\nb: 1\n"),
        ("a: ~ # none\n", ("a", "c"), "a:\n  c: 7 # none\n"),
        ("a: {}\n", ("a", "c", "d"), "a: {c: {d: 7}}\n"),
        ("a: {b: 1}\n", ("a", "c"), "a: {c: 7, b: 1}\n"),
        ("a:\n  b: 1 # one\n\n# end\n", ("a", "c"), "a:\n  b: 1 # one\n  c: 7\n\n# end\n"),
        ("a:\n- b: 1\n- b: 2\nz: 3\n", ("a", 0, "c"), "a:\n- b: 1\n  c: 7\n- b: 2\nz: 3\n"),
        ("a:\n  b: |\n    # x\n\nz: 3\n", ("a", "c"), "a:\n  b: |\n    # x\n  c: 7\n\nz: 3\n"),
        (
            "a:\n  b: &x\n    y: 1\n  c: *x\n",
            ("a", "d"),
            "a:\n  b: &x\n    y: 1\n  c: *x\n  d: 7\n",
        ),
        ("a: 1", ("b",), "a: 1\nb: 7"),
    ],
)
def test_a_value_goes_where_a_person_would_write_it(
    before: str, path: tuple[str | int, ...], after: str
) -> None:
    assert set_value(before, (0, *path), "7") == after


def test_a_list_that_ends_in_an_alias_keeps_it() -> None:
    text = "x: &x 1\na:\n  b:\n    - *x\n# end\nz: 2\n"
    changed = set_value(text, (0, "a", "c"), "7")
    assert yaml.safe_load(changed) == {"x": 1, "a": {"b": [1], "c": 7}, "z": 2}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("x: &x {y: 1}\na: *x\n", ("a", "z")),
        ("x: &x {y: 1}\na:\n  - *x\n", ("a", 0, "z")),
        ("a: [1]\n", ("a", "b")),
        ("a: {b: 1}\n", ("a",)),
        ("a: &x 1\nb: *x\n", ("a",)),
        ("a: [\n", ("a",)),
        ("[" * 1000, ("a",)),
    ],
)
def test_what_can_not_be_changed_alone_is_refused(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(Unreadable):
        set_value(text, (0, *path), "7")


def test_a_section_goes_before_another_and_its_comments() -> None:
    text = "on: push\n\n# The jobs.\n# All of them.\njobs:\n  a: 1\n"
    assert insert_before(text, "jobs", "permissions:\n  contents: read") == (
        "on: push\n\npermissions:\n  contents: read\n\n# The jobs.\n# All of them.\njobs:\n  a: 1\n"
    )
    with pytest.raises(Unreadable, match="no top-level key 'jobs'"):
        insert_before("{on: push, jobs: {}}", "jobs", "x: 1")
