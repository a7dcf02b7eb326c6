"""A few pages over HTTP/1.1, for probes and scrapes: GET, one request a connection."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

# A probe says everything at once. Whoever trickles holds a connection no longer than this.
_PATIENCE_SECONDS = 5.0
_HEAD_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    status: int
    content_type: str
    body: str


Pages = Mapping[str, Callable[[], Page]]


@asynccontextmanager
async def serving(host: str, port: int, pages: Pages) -> AsyncIterator[int]:
    """Serves the pages for the length of a block, on the port that is yielded; 0 takes a free one.

    Raises OSError where the port is taken.
    """
    answering: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        try:
            await _converse(reader, writer, pages)
        finally:
            answering.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, host, port, limit=_HEAD_LIMIT)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pages: Pages
) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            method, page = _asked(head, pages)
            writer.write(_answer(page, with_body=method != "HEAD"))
            await writer.drain()
    except asyncio.LimitOverrunError:
        writer.write(_answer(_plain(431), with_body=True))
    except (asyncio.IncompleteReadError, TimeoutError, OSError):
        # Gone before it was answered: nobody is left to tell.
        return


def _asked(head: bytes, pages: Pages) -> tuple[str, Page]:
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        return "", _plain(400)
    method, target, _ = parts
    page = pages.get(target.partition("?")[0])
    if page is None:
        return method, _plain(404)
    if method not in ("GET", "HEAD"):
        return method, _plain(405)
    return method, page()


def _plain(status: int) -> Page:
    return Page(status, "text/plain; charset=utf-8", f"{HTTPStatus(status).phrase}\n")


def _answer(page: Page, *, with_body: bool) -> bytes:
    body = page.body.encode()
    head = [
        f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    if page.status == 405:
        head.append("Allow: GET, HEAD")
    return "\r\n".join([*head, "", ""]).encode() + (body if with_body else b"")
