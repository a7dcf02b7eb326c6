"""Bytes into text, offsets into lines and columns."""

import pytest

from workers.migration.jenkinsfile.read import read
from workers.migration.jenkinsfile.source import Source, Span
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Literal

TEXT = "echo 'grün'\nsh 'x'\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("latin-1"),
    ],
)
def test_every_encoding_gives_the_same_pipeline(content: bytes | str) -> None:
    step = read(content, "Jenkinsfile").before[0]
    assert isinstance(step, Step)
    (argument,) = step.positional
    assert isinstance(argument, Literal)
    assert argument.value == "grün"
    assert (step.span.start, step.span.line, step.span.column) == (0, 1, 1)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\xef\xbb\xbf", b"  \n\n"])
def test_a_file_with_nothing_in_it_is_an_empty_pipeline(content: bytes) -> None:
    assert not read(content, "Jenkinsfile").declarative


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_for_every_kind_of_line_end(end: str) -> None:
    pipeline = read(end.join(("sh 'a'", "sh '''b", "c'''", "sh 'd'")), "Jenkinsfile")
    assert [each.span.line for each in pipeline.before] == [1, 2, 4]
    assert [each.span.end_line for each in pipeline.before] == [1, 3, 4]
    second = pipeline.before[1]
    assert isinstance(second, Step)
    (text,) = second.positional
    assert isinstance(text, Literal)
    assert (text.value, text.lines) == ("b\nc", True)


def test_a_span_knows_both_its_ends() -> None:
    source = Source("ab\ncd")
    span = Span(source, 1, 4)
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 2, 2, 2)
    assert span.text == "b\nc"
    assert source.position(5) == (2, 3)
