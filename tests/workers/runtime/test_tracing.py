"""The trace header is read as AWS writes it, and a broken one never fails a delivery."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.runtime.tracing import SilentTracer, Trace, new_trace, parse_trace

ROOT = "1-65f0c1a2-0123456789abcdef01234567"
PARENT = "53995c3f42cd8ad8"
TRACE = Trace(ROOT, PARENT)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Root={ROOT};Parent={PARENT};Sampled=1", TRACE),
        (f"Root={ROOT};Parent={PARENT};Sampled=0", Trace(ROOT, PARENT, sampled=False)),
        (f"Root={ROOT};Parent={PARENT}", TRACE),
        (f"Root={ROOT}", Trace(ROOT, "0" * 16)),
        (f"Root={ROOT};Sampled=0", Trace(ROOT, "0" * 16, sampled=False)),
        (f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:0", TRACE),
    ],
)
def test_a_header_is_read(header: str, expected: Trace) -> None:
    assert parse_trace(header) == expected


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "Root=",
        f"Root={ROOT[:-1]}",
        f"Root={ROOT.upper()}",
        f"Parent={PARENT}",
        f"Root={ROOT} ;Parent={PARENT}",
        f"Root={ROOT};Parent={PARENT};Sampled=1\r\nX-Injected: 1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "x" * 10_000,
    ],
)
def test_a_broken_header_is_no_header(broken: str | None) -> None:
    assert parse_trace(broken) is None


@given(st.text())
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    parse_trace(text)


def test_what_is_written_is_read_again() -> None:
    for trace in (TRACE, Trace(ROOT, PARENT, sampled=False), new_trace()):
        assert parse_trace(trace.header) == trace


def test_a_new_trace_has_the_form_that_x_ray_takes() -> None:
    assert re.fullmatch(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1", new_trace().header
    )
    assert new_trace() != new_trace()


def test_the_silent_tracer_goes_on_with_the_trace_under_a_parent_of_its_own() -> None:
    with SilentTracer().segment("x", Trace(ROOT, PARENT, sampled=False), {}) as trace:
        assert (trace.root, trace.sampled) == (ROOT, False)
        assert trace.parent != PARENT


def test_the_silent_tracer_begins_a_trace_where_there_is_none() -> None:
    with SilentTracer().segment("x", None, {}) as trace:
        assert parse_trace(trace.header) == trace


def test_the_silent_tracer_lets_an_error_through() -> None:
    with pytest.raises(KeyError), SilentTracer().segment("x", None, {}):
        raise KeyError
