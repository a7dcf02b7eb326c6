"""Segments as a daemon receives them, and deliveries that no daemon can break."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from workers.adapters.xray import XRayTracer
from workers.runtime.tracing import Trace, parse_trace

ROOT = "1-65f0c1a2-0123456789abcdef01234567"
PARENT = "53995c3f42cd8ad8"
UP = Trace(ROOT, PARENT)
SEGMENT = "policy-on-codegen-completed"


class Daemon:
    """A UDP socket where the X-Ray daemon would be."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def segment(self) -> dict[str, Any]:
        """The next one received."""
        header, body = self._socket.recv(65_536).decode().split("\n", 1)
        assert json.loads(header) == {"format": "json", "version": 1}
        found: dict[str, Any] = json.loads(body)
        return found

    def is_silent(self) -> bool:
        self._socket.setblocking(False)
        try:
            self._socket.recv(65_536)
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(5)
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    yield daemon
    daemon.close()


@pytest.fixture
def tracer(daemon: Daemon) -> XRayTracer:
    return XRayTracer(daemon.address, "flotilla-policy")


def test_a_delivery_is_one_segment_under_its_parent(daemon: Daemon, tracer: XRayTracer) -> None:
    with tracer.segment(
        SEGMENT, UP, {"event_id": "e1", "event_type": "codegen.completed"}
    ) as trace:
        assert daemon.is_silent()

    segment = daemon.segment()
    assert segment["name"] == SEGMENT
    assert (segment["trace_id"], segment["parent_id"], segment["id"]) == (
        ROOT,
        PARENT,
        trace.parent,
    )
    assert segment["annotations"] == {
        "service": "flotilla-policy",
        "event_id": "e1",
        "event_type": "codegen.completed",
    }
    assert segment["start_time"] <= segment["end_time"]
    assert not segment.get("in_progress", False)
    assert not segment.get("fault", False)


def test_what_follows_hangs_under_the_segment(daemon: Daemon, tracer: XRayTracer) -> None:
    with tracer.segment("first", None, {}) as first:
        pass
    with tracer.segment("second", parse_trace(first.header), {}):
        pass

    one, two = daemon.segment(), daemon.segment()
    assert "parent_id" not in one
    assert two["trace_id"] == one["trace_id"] == first.root
    assert two["parent_id"] == one["id"]


def test_a_header_without_parent_makes_no_parent_up(daemon: Daemon, tracer: XRayTracer) -> None:
    with tracer.segment(SEGMENT, parse_trace(f"Root={ROOT}"), {}):
        pass

    segment = daemon.segment()
    assert segment["trace_id"] == ROOT
    assert "parent_id" not in segment


@pytest.mark.parametrize("error", [KeyError("x"), asyncio.CancelledError(), SystemExit()])
def test_an_error_marks_the_segment_and_goes_on(
    daemon: Daemon, tracer: XRayTracer, error: BaseException
) -> None:
    with pytest.raises(type(error)), tracer.segment(SEGMENT, UP, {}):
        raise error

    segment = daemon.segment()
    assert segment["fault"] is True
    assert segment["annotations"]["error"] == type(error).__name__
    assert "end_time" in segment


def test_what_is_not_sampled_is_not_sent_but_handed_on(daemon: Daemon, tracer: XRayTracer) -> None:
    with tracer.segment(SEGMENT, Trace(ROOT, PARENT, sampled=False), {}) as trace:
        pass

    assert daemon.is_silent()
    assert trace.header.startswith(f"Root={ROOT};")
    assert trace.header.endswith(";Sampled=0")


async def test_deliveries_beside_each_other_keep_their_own_segments(
    daemon: Daemon, tracer: XRayTracer
) -> None:
    async def deliver(number: int) -> str:
        with tracer.segment(f"s{number}", UP, {"event_id": f"e{number}"}) as trace:
            await asyncio.sleep(0)
            return trace.parent

    ids = await asyncio.gather(*(deliver(number) for number in range(5)))

    segments = {segment["name"]: segment for segment in (daemon.segment() for _ in range(5))}
    assert [segments[f"s{number}"]["id"] for number in range(5)] == ids
    assert len(set(ids)) == 5


@pytest.mark.parametrize("address", ["127.0.0.1:9", "no-such-host.invalid:2000", "127.0.0.1:0"])
def test_a_daemon_that_is_not_there_breaks_no_delivery(address: str) -> None:
    tracer = XRayTracer(address, "flotilla-policy")

    for _ in range(3):
        with tracer.segment(SEGMENT, UP, {}) as trace:
            assert trace.root == ROOT


@pytest.mark.parametrize(
    "annotations",
    [
        {"event_id": "x" * 100_000},
        {"event_id": "ü🚢\u2028\0"},
        {"event_id": "\ud800"},
        {"not a key!": "x"},
        {"": ""},
    ],
)
def test_an_annotation_that_no_segment_can_hold_breaks_no_delivery(
    tracer: XRayTracer, annotations: dict[str, str]
) -> None:
    with tracer.segment(SEGMENT, UP, annotations) as trace:
        assert trace.root == ROOT


def test_a_dead_daemon_does_not_hide_a_handlers_error() -> None:
    tracer = XRayTracer("127.0.0.1:9", "flotilla-policy")

    with pytest.raises(ZeroDivisionError), tracer.segment(SEGMENT, UP, {}):
        raise ZeroDivisionError
