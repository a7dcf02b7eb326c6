"""One suite for payloads: in memory, and S3 as the emulator has it; then what S3 may answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from events.claim_check import PAYLOAD_LIMIT, payload_key
from events.errors import Oversized
from workers.adapters.s3_payloads import S3Payloads
from workers.runtime.claim_check import PayloadLost, Payloads, PayloadsUnavailable
from workers.runtime.testing_payloads import FakePayloads

Clients = Callable[[str, str], AbstractAsyncContextManager[Any]]

CONTENT = '{"title":"ünï"}'.encode() + bytes(range(256))
PIECE = 64 * 1024
KEY = payload_key(CONTENT)

# Which store, and a way to put bytes there behind its back.
Store = tuple[Payloads, Callable[[str, bytes], Awaitable[None]]]


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.embedded)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        fake = FakePayloads()

        async def tamper(key: str, content: bytes) -> None:
            fake.kept[key] = content

        yield fake, tamper
        return
    async with request.getfixturevalue("clients")("s3") as client:
        name = f"payloads-{uuid4().hex[:8]}"
        await client.create_bucket(Bucket=name)

        async def put(key: str, content: bytes) -> None:
            await client.put_object(Bucket=name, Key=key, Body=content)

        yield S3Payloads(client, name), put


@pytest.mark.parametrize("content", [CONTENT, b"", b"x" * (2 * 1024 * 1024)], ids=len)
async def test_a_payload_is_loaded_as_it_was_stored(store: Store, content: bytes) -> None:
    payloads, _ = store
    key = await payloads.store(content)
    assert key == payload_key(content)
    assert await payloads.load(key) == content


async def test_a_missing_payload_is_lost(store: Store) -> None:
    payloads, _ = store
    with pytest.raises(PayloadLost, match=KEY):
        await payloads.load(KEY)


async def test_bytes_that_do_not_match_their_hash_are_lost(store: Store) -> None:
    payloads, tamper = store
    await tamper(KEY, CONTENT + b" ")
    with pytest.raises(PayloadLost, match="don't match"):
        await payloads.load(KEY)


async def test_what_is_not_a_payload_is_never_given_out(store: Store) -> None:
    payloads, put = store
    await put("reports/secret", b"secret")
    with pytest.raises(PayloadLost):
        await payloads.load("reports/secret")


async def test_more_than_consumers_read_is_not_stored(store: Store) -> None:
    payloads, _ = store
    with pytest.raises(Oversized):
        await payloads.store(bytes(PAYLOAD_LIMIT + 1))


@pytest.mark.embedded
async def test_a_payload_stored_again_is_written_again(clients: Any) -> None:
    async with clients("s3") as client:
        await client.create_bucket(Bucket="kept-anew")
        await client.put_bucket_versioning(
            Bucket="kept-anew", VersioningConfiguration={"Status": "Enabled"}
        )
        for _ in range(2):
            await S3Payloads(client, "kept-anew").store(CONTENT)
        assert len((await client.list_object_versions(Bucket="kept-anew"))["Versions"]) == 2


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, "SlowDown", PayloadsUnavailable),
        (500, "InternalError", PayloadsUnavailable),
        (403, "AccessDenied", PayloadsUnavailable),
        (404, "NoSuchBucket", PayloadsUnavailable),
        (404, "NoSuchKey", PayloadLost),
        (418, "SomethingNobodyHasHeardOf", PayloadsUnavailable),
    ],
)
async def test_answers_of_s3_say_whether_a_payload_is_lost_or_away(
    client_at: Clients, status: int, code: str, expected: type[Exception]
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        said = f"<Error><Code>{code}</Code><Message>because</Message></Error>"
        return web.Response(status=status, text=said, content_type="application/xml")

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(expected, match=code):
            await S3Payloads(client, "bucket").load(KEY)


async def test_nothing_is_asked_for_but_payloads(client_at: Clients) -> None:
    async with serving(_never) as endpoint, client_at("s3", endpoint) as client:
        for key in ("reports/secret", "payloads/../secret", ""):
            with pytest.raises(PayloadLost, match="is no payload's key"):
                await S3Payloads(client, "bucket").load(key)


async def test_a_bomb_is_not_read(client_at: Clients) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": str(PAYLOAD_LIMIT + 1)})
        await response.prepare(request)
        with suppress(ConnectionError):
            while sent <= PAYLOAD_LIMIT:
                await response.write(bytes(PIECE))
                sent += PIECE
        return response

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(PayloadLost, match=str(PAYLOAD_LIMIT + 1)):
            await S3Payloads(client, "bucket").load(KEY)
    assert sent < PAYLOAD_LIMIT


async def test_a_server_that_is_not_there_is_away(client_at: Clients) -> None:
    async with serving(_never) as endpoint:
        pass
    async with client_at("s3", endpoint) as client:
        for call in (S3Payloads(client, "b").load(KEY), S3Payloads(client, "b").store(b"")):
            with pytest.raises(PayloadsUnavailable):
                await call


async def test_an_answer_that_breaks_off_is_away(client_at: Clients) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"only this")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(PayloadsUnavailable):
            await S3Payloads(client, "bucket").load(KEY)


async def _never(_request: web.Request) -> web.Response:
    raise AssertionError("nobody asks")


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")
