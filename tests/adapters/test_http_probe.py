"""The probe against a real server on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from workers.adapters.http_probe import AiohttpProbe
from workers.ports import Reject

LIMIT = 1000
BOMB = b"\x1f\x8b" + bytes(100)


class Service:
    """A release with every bad habit."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        self.released = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path_qs, await request.read()))
        match request.path:
            case "/elsewhere":
                raise web.HTTPFound("/landed")
            case "/never":
                await self.released.wait()
            case "/cut":
                response = web.StreamResponse(headers={"Content-Length": "100"})
                await response.prepare(request)
                await response.write(b"half")
                assert request.transport is not None
                request.transport.abort()
                return response
            case "/large":
                return await self._endless(request)
            case "/compressed":
                return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})
        return web.json_response({"path": request.path}, status=201)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 10_000)
        return response


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, str]]:
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield made, str(server.make_url("")).rstrip("/")
        made.released.set()


def probe(seconds: float = 30) -> AiohttpProbe:
    return AiohttpProbe(time_limit=timedelta(seconds=seconds), body_limit=LIMIT)


async def test_an_answer_has_its_status_body_and_time(service: tuple[Service, str]) -> None:
    release, url = service
    answer = await probe().request("POST", f"{url}/users?a=1", {"name": "Ada"})
    assert (answer.status, json.loads(answer.body)) == (201, {"path": "/users"})
    assert answer.error is None
    assert timedelta() < answer.elapsed
    assert release.seen == [("POST", "/users?a=1", b'{"name": "Ada"}')]


async def test_a_redirect_is_an_answer_and_is_not_followed(service: tuple[Service, str]) -> None:
    release, url = service
    answer = await probe().request("GET", f"{url}/elsewhere")
    assert answer.status == 302
    assert [path for _, path, _ in release.seen] == ["/elsewhere"]


async def test_an_endless_answer_is_given_up(service: tuple[Service, str]) -> None:
    answer = await probe().request("GET", f"{service[1]}/large")
    assert (answer.status, answer.body) == (None, b"")
    assert answer.error == f"the answer is over {LIMIT} bytes"


async def test_compression_that_nobody_asked_for_is_not_undone(
    service: tuple[Service, str],
) -> None:
    assert (await probe().request("GET", f"{service[1]}/compressed")).body == BOMB


async def test_silence_is_given_up(service: tuple[Service, str]) -> None:
    answer = await probe(seconds=0.05).request("GET", f"{service[1]}/never")
    assert (answer.status, answer.error) == (None, "timed out")


async def test_an_answer_that_breaks_off_is_none(service: tuple[Service, str]) -> None:
    answer = await probe().request("GET", f"{service[1]}/cut")
    assert answer.status is None
    assert answer.error is not None and "ClientPayloadError" in answer.error


async def test_nobody_listening_is_no_answer(service: tuple[Service, str]) -> None:
    async with TestServer(web.Application(), host="127.0.0.1") as server:
        url = str(server.make_url("/"))
    answer = await probe().request("GET", url)
    assert answer.status is None
    assert answer.error is not None and "ClientConnectorError" in answer.error


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:8000/",
        "http://127.0.0.1@example.com/",
        "http://127.0.0.1.example.com/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/",
        "http://[bad/",
        "",
        "x" * 100_000,
    ],
)
async def test_only_http_to_the_given_hosts_is_sent(url: str) -> None:
    with pytest.raises(Reject) as refusal:
        await probe().request("GET", url)
    assert len(str(refusal.value)) < 400


async def test_other_hosts_are_asked_when_the_probe_was_made_for_them() -> None:
    answer = await AiohttpProbe({"release.invalid"}).request("GET", "http://release.invalid/")
    assert answer.status is None
