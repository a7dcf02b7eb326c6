"""One scalar: what is written is what every reader reads."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from workers.migration.actions.scalars import block, is_plain, scalar, string

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDS = st.text(alphabet="abn: #-'\"\\|>\n\t {}[]&*!%@`~=,?.0123e+_yY", max_size=20)


@given(TEXTS | WORDS)
@example("\x7f")
@example("\U0001f680\x00")
@example("... \u2028")
def test_a_string_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"key: {string(text)}\n") == {"key": text}


@given(TEXTS | WORDS)
@example("\n\n")
@example("  first\n second\n")
@example("a\n\n\n")
@example("\n  a\nb")
def test_a_block_is_read_back(text: str) -> None:
    literal = block(text, 2)
    if literal is not None:
        assert yaml.safe_load(f"key: {literal}\nnext: 1\n") == {"key": text, "next": 1}


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "yes",
        "No",
        "y",
        "~",
        "null",
        "1",
        "1e3",
        "0o7",
        "0x1F",
        "012",
        "1_000",
        "12:30:45",
        "2026-11-27",
        ".5",
        ".inf",
        "=",
        "<<",
        "true",
        "*",
        "a:",
        "!x",
        "&x",
        "@x",
        "`x`",
        "%x",
        "3.10",
        "+1",
        "1.",
        "0b1",
        "190:20:30",
        "-.5e3",
        "- a",
        "a: b",
        "a #b",
        "",
        " a",
        "--- a",
    ],
)
def test_what_readers_differ_on_is_quoted(text: str) -> None:
    assert not is_plain(text)
    assert yaml.safe_load(string(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "main",
        "a#b",
        "3.9.1",
        "v1",
        "a:b",
        "once",
        "nobody",
        "ubuntu-latest",
        "échange",
        "1.2.3-4",
        "./mvnw -B verify",
        "${{ github.ref }}",
        "github.ref == 'refs/heads/main'",
    ],
)
def test_what_all_read_alike_is_bare(text: str) -> None:
    assert scalar(text) == text
    assert yaml.safe_load(text) == text


def test_numbers_and_booleans_are_not_strings() -> None:
    assert [scalar(each) for each in (True, False, 3, 1.5)] == ["true", "false", "3", "1.5"]
