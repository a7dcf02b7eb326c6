"""The small server that probes and scrapes ask."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from workers.adapters.metrics_server import Page, serving

PAGES = {
    "/health": lambda: Page(503, "application/json", '{"healthy": false}\n'),
    "/metrics": lambda: Page(200, "text/plain; version=0.0.4", "é 1\n"),
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving("127.0.0.1", 0, PAGES) as found:
        yield found


async def said(port: int, request: bytes) -> tuple[str, dict[str, str], bytes]:
    """The status line, the headers and the body; the server must close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return status, headers, body


async def test_a_page_comes_with_its_status_type_and_length(port: int) -> None:
    status, headers, body = await said(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")

    assert status == "HTTP/1.1 200 OK"
    assert headers["content-type"] == "text/plain; version=0.0.4"
    assert (headers["content-length"], body) == ("5", "é 1\n".encode())


async def test_ill_health_is_a_503(port: int) -> None:
    status, _, body = await said(port, b"GET /health?x=1 HTTP/1.0\r\n\r\n")

    assert status == "HTTP/1.1 503 Service Unavailable"
    assert body == b'{"healthy": false}\n'


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", 404),
        (b"POST /health HTTP/1.1\r\n\r\n", 405),
        (b"nonsense\r\n\r\n", 400),
        (b"\xff\xfe \x00 \x01\r\n\r\n", 400),
        (b"GET /health SPDY/3\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
    ],
)
async def test_anything_else_is_refused(port: int, request_: bytes, status: int) -> None:
    line, _, _ = await said(port, request_)

    assert line.startswith(f"HTTP/1.1 {status} ")


async def test_head_has_no_body(port: int) -> None:
    status, headers, body = await said(port, b"HEAD /metrics HTTP/1.1\r\n\r\n")

    assert (status, headers["content-length"], body) == ("HTTP/1.1 200 OK", "5", b"")


async def test_who_leaves_in_the_middle_leaves_the_others_alone(port: int) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /hea")
        writer.close()

    status, _, _ = await said(port, b"GET /metrics HTTP/1.1\r\n\r\n")
    assert status == "HTTP/1.1 200 OK"


async def test_the_end_does_not_wait_for_who_says_nothing() -> None:
    async with serving("127.0.0.1", 0, PAGES) as found:
        reader, writer = await asyncio.open_connection("127.0.0.1", found)
        await said(found, b"GET /metrics HTTP/1.1\r\n\r\n")

    assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", found)


async def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder, pytest.raises(OSError, match="in use"):
        async with serving("127.0.0.1", holder.getsockname()[1], PAGES):
            pass
