"""The lean client as part of the rest: what it leaves to aiobotocore, TLS, connections, start."""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError, SSLError

from tests.adapters.lean.aws_server import Answers, running
from tests.adapters.lean.transports import KEYS, REGION, botocore, lean, no_reference, no_time
from workers.adapters.lean.caller import Time
from workers.adapters.lean.client import LeanClient
from workers.adapters.lean.opening import Opening, Place
from workers.adapters.lean.pool import Address, Pool
from workers.adapters.lean.retries import Bounds
from workers.connections import Connections
from workers.settings import Settings, Transport

QUEUE = "http://sqs/000000000000/q"


async def test_what_it_does_not_know_goes_to_the_reference(aws: Any) -> None:
    asked = []
    async with (
        running(Answers({"QueueUrls": ["u"]}), Answers({"Items": []})) as server,
        botocore(aws, "sqs", server.url) as sqs,
        botocore(aws, "dynamodb", server.url) as dynamodb,
    ):
        references = {"sqs": sqs, "dynamodb": dynamodb}

        async def reference(service: str) -> Any:
            asked.append(service)
            return references[service]

        opening = Opening(Place(REGION, server.url), Bounds(), KEYS)
        async with (
            opening.client("sqs", lambda: reference("sqs")) as queues,
            opening.client("dynamodb", lambda: reference("dynamodb")) as tables,
        ):
            assert asked == []
            assert (await queues.list_queues())["QueueUrls"] == ["u"]
            pages = tables.get_paginator("scan").paginate(TableName="table")
            assert [page["Items"] async for page in pages] == [[]]
    assert asked == ["sqs", "dynamodb"]


async def test_what_is_no_operation_is_no_attribute() -> None:
    async with lean("sqs", "http://127.0.0.1:1") as client:
        for name in ("meta", "get_waiter", "__wrapped__"):
            assert not hasattr(client, name)
        assert not hasattr(client.exceptions, "NoSuchError")


@pytest.mark.parametrize("transport", ["lean", "botocore"])
async def test_connections_open_the_transport_that_is_asked_for(transport: Transport) -> None:
    async with running(Answers({"QueueUrl": QUEUE})) as server:
        settings = Settings(endpoint_url=server.url)
        async with Connections(settings, transport=transport).again() as connections:
            client = await connections.client("sqs")
            assert client is await connections.client("sqs")
            assert isinstance(client, LeanClient) == (transport == "lean")
            assert (await client.get_queue_url(QueueName="q"))["QueueUrl"] == QUEUE
    assert "Credential=test/" in server.requests[0].headers["authorization"]


async def test_credentials_and_endpoint_come_from_botocores_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    async with running(Answers({"QueueUrl": QUEUE}), Answers({"Item": {}})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", server.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        async with Connections(Settings(region="eu-west-1"), transport="lean") as connections:
            await (await connections.client("sqs")).get_queue_url(QueueName="q")
            await (await connections.client("dynamodb")).get_item(TableName="table", Key={})
    for request, service in zip(server.requests, ("sqs", "dynamodb"), strict=True):
        assert f"/eu-west-1/{service}/aws4_request" in request.headers["authorization"]
        assert "Credential=AKIAENV/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "session-token"


async def test_a_caller_without_credentials_is_told_when_it_calls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    async with Connections(Settings(), transport="lean") as connections:
        client = await connections.client("dynamodb")
        with pytest.raises(NoCredentialsError):
            await client.get_item(TableName="table", Key={})


async def test_other_services_are_aiobotocores() -> None:
    async with Connections(Settings(endpoint_url="http://127.0.0.1:1")) as connections:
        client = await connections.client("s3")
        assert client.meta.service_model.service_name == "s3"


async def test_a_client_behind_a_proxy_is_aiobotocores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:2")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    opening = Opening(Place(REGION, "http://sqs.example"), Bounds(), KEYS)

    async def reference() -> Any:
        return "the reference"

    async with opening.client("sqs", reference) as client:
        assert client == "the reference"


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with running(*[Answers()] * 3) as server:
        pool = Pool(Address.of(server.url), Bounds(), None)
        yield pool
        await pool.close()


async def test_a_pool_that_is_closed_opens_nothing(pool: Pool) -> None:
    await pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        await pool.exchange(b"")


REQUEST = b"POST / HTTP/1.1\r\nx-amz-target: A.B\r\ncontent-length: 0\r\n\r\n"


async def test_a_pool_opens_no_more_connections_than_it_may() -> None:
    async with running(*[Answers()] * 12) as server:
        pool = Pool(Address.of(server.url), Bounds(connections=3), None)
        await asyncio.gather(*[pool.exchange(REQUEST) for _ in range(12)])
        await pool.close()
    assert {each.connection for each in server.requests} == {1, 2, 3}


async def test_a_connection_that_was_idle_too_long_is_not_used_again() -> None:
    async with running(*[Answers()] * 2) as server:
        pool = Pool(Address.of(server.url), Bounds(idle=0), None)
        await pool.exchange(REQUEST)
        await pool.exchange(REQUEST)
        await pool.close()
    assert [each.connection for each in server.requests] == [1, 2]


async def test_bytes_that_nobody_asked_for_end_a_connection() -> None:
    """The next call must not take them for its answer."""
    said = asyncio.Event()

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await said.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n" + b'{"Messages":1}')
        assert await reader.read() == b""
        writer.close()

    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    pool = Pool(
        Address.of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), Bounds(), None
    )
    assert (await pool.exchange(REQUEST)).body == b"{}"
    [connection] = pool._all
    said.set()
    await connection.closed
    await pool.close()
    server.close()


@pytest.mark.parametrize(
    ("url", "host", "path", "name", "port", "tls"),
    [
        ("http://127.0.0.1:4566", "127.0.0.1:4566", "/", "127.0.0.1", 4566, False),
        (
            "https://sqs.eu-west-1.amazonaws.com",
            "sqs.eu-west-1.amazonaws.com",
            "/",
            None,
            443,
            True,
        ),
        ("https://h:443/a/", "h", "/a/", "h", 443, True),
        ("http://h:443", "h:443", "/", "h", 443, False),
        ("http://[::1]:80", "[::1]", "/", "::1", 80, False),
    ],
)
def test_an_address_is_read_from_a_url(
    url: str, host: str, path: str, name: str | None, port: int, tls: bool
) -> None:
    assert Address.of(url) == Address(url, host, path, name or host, port, tls)


@pytest.mark.parametrize("url", ["", "sqs", "ftp://h", "http://", "http://h:x"])
def test_an_address_is_an_http_url(url: str) -> None:
    with pytest.raises(ValueError):
        Address.of(url)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that signs itself, with its key in one file."""
    if shutil.which("openssl") is None:
        if os.environ.get("CI"):
            pytest.fail("no openssl here: `apt-get install openssl`")
        pytest.skip("no openssl here: `apt-get install openssl`")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    curve = ["-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(path.with_name("key")), "-out", str(path.with_name("certificate"))]
    subprocess.run([*command, *curve, *names, *files], check=True, capture_output=True)
    path.write_text("".join(path.with_name(each).read_text() for each in ("key", "certificate")))
    return path


async def over_tls(certificate: Path, bundle: Path | None, host: str) -> Any:
    """A call to that host, answered by the holder of the certificate."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with running(Answers({"QueueUrl": QUEUE}), tls=tls) as server:
        url = server.url.replace("localhost", host)
        opening = Opening(
            Place(REGION, url),
            Bounds(attempts=1),
            KEYS,
            Time(sleep=no_time),
            None if bundle is None else str(bundle),
        )
        async with opening.client("sqs", no_reference) as client:
            return await client.get_queue_url(QueueName="q")


async def test_a_certificate_that_is_trusted_is_enough(certificate: Path) -> None:
    bundle = certificate.with_name("certificate")
    assert (await over_tls(certificate, bundle, "localhost"))["QueueUrl"] == QUEUE


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with pytest.raises(SSLError, match="self-signed certificate"):
        await over_tls(certificate, None, "localhost")


async def test_a_certificate_for_another_name_is_refused(certificate: Path) -> None:
    bundle = certificate.with_name("certificate")
    with pytest.raises(SSLError, match=r"not valid for '127\.0\.0\.1'"):
        await over_tls(certificate, bundle, "127.0.0.1")


@pytest.mark.process
async def test_a_call_to_an_emulator_loads_nothing_of_botocore_but_its_exceptions() -> None:
    program = """
import asyncio, sys
from workers.connections import Connections
from workers.settings import Settings

async def main():
    async with Connections(Settings(endpoint_url=sys.argv[1])) as connections:
        await (await connections.client("sqs")).get_queue_url(QueueName="q")

asyncio.run(main())
print(*sys.modules)
"""
    async with running(Answers({"QueueUrl": QUEUE})) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, server.url, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
    loaded = set(out.decode().split())
    assert process.returncode == 0
    assert "botocore.exceptions" in loaded
    heavy = {"aiobotocore", "aiohttp", "boto3", "botocore.session", "botocore.loaders"}
    assert not loaded & heavy
