"""One suite for artifacts and reports: in memory, and S3 as the emulator has it."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from workers.adapters.s3 import S3Artifacts, S3Reports
from workers.bundle import SIZE_LIMIT, Bundle, Manifest, artifact_key, pack
from workers.ports import Artifacts, Reject, Reports, Retry
from workers.testing import FakeArtifacts, FakeReports

Clients = Callable[[str, str], AbstractAsyncContextManager[Any]]

BUNDLE = Bundle(
    {"app/main.py": b"print()\n", "empty": b"", "binary": bytes(range(256))},
    Manifest(service_name="user-service", part="service", notes=("ünï",)),
)
NOWHERE = f"artifacts/{'0' * 64}.tar.gz"

# Which store, and a way to put bytes there behind its back.
Store = tuple[Artifacts, Callable[[str, bytes], Awaitable[None]]]


@pytest.fixture
async def bucket(clients: Any) -> AsyncIterator[tuple[Any, str]]:
    async with clients("s3") as client:
        name = f"artifacts-{uuid4().hex[:8]}"
        await client.create_bucket(Bucket=name)
        await client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
        yield client, name


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.embedded)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        fake = FakeArtifacts()

        async def tamper(key: str, content: bytes) -> None:
            fake.packed[key] = content

        yield fake, tamper
        return
    async with request.getfixturevalue("clients")("s3") as client:
        name = f"artifacts-{uuid4().hex[:8]}"
        await client.create_bucket(Bucket=name)

        async def put(key: str, content: bytes) -> None:
            await client.put_object(Bucket=name, Key=key, Body=content)

        yield S3Artifacts(client, name), put


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.embedded)])
async def reports(request: pytest.FixtureRequest) -> AsyncIterator[Reports]:
    if request.param == "memory":
        yield FakeReports()
        return
    async with request.getfixturevalue("clients")("s3") as client:
        name = f"reports-{uuid4().hex[:8]}"
        await client.create_bucket(Bucket=name)
        yield S3Reports(client, name)


async def test_a_bundle_is_read_as_it_was_written_under_its_content_address(store: Store) -> None:
    artifacts, _ = store
    key = await artifacts.write(BUNDLE)
    assert key == artifact_key(pack(BUNDLE))
    assert await artifacts.read(key) == BUNDLE


async def test_writing_the_same_bundle_again_gives_the_same_key(store: Store) -> None:
    artifacts, _ = store
    assert await artifacts.write(BUNDLE) == await artifacts.write(BUNDLE)


async def test_a_gate_is_passed_for_one_environment(store: Store) -> None:
    artifacts, _ = store
    key = f"artifacts/{'e' * 64}.tar.gz"
    assert await artifacts.attested(key, "staging") == frozenset()
    await artifacts.attest(key, "policy", "staging")
    await artifacts.attest(key, "policy", "staging")
    await artifacts.attest(key, "tests", "production")
    assert await artifacts.attested(key, "staging") == {"policy"}
    assert await artifacts.attested(key, "production") == {"tests"}
    assert await artifacts.attested(f"artifacts/{'f' * 64}.tar.gz", "staging") == frozenset()


async def test_a_missing_artifact_is_rejected(store: Store) -> None:
    artifacts, _ = store
    with pytest.raises(Reject, match=NOWHERE):
        await artifacts.read(NOWHERE)


async def test_bytes_that_do_not_match_their_address_are_rejected(store: Store) -> None:
    artifacts, tamper = store
    key = await artifacts.write(BUNDLE)
    await tamper(key, pack(Bundle({"evil.py": b"1"}, BUNDLE.manifest)))
    with pytest.raises(Reject, match="don't match"):
        await artifacts.read(key)


@pytest.mark.embedded
@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no tar"), pack(BUNDLE)[:120]],
    ids=["empty", "text", "gzip", "cut"],
)
async def test_rightly_addressed_bytes_that_are_no_bundle_are_rejected(
    bucket: tuple[Any, str], content: bytes
) -> None:
    client, name = bucket
    key = artifact_key(content)
    await client.put_object(Bucket=name, Key=key, Body=content)
    with pytest.raises(Reject, match="is no bundle"):
        await S3Artifacts(client, name).read(key)


@pytest.mark.embedded
async def test_an_artifact_is_stored_once_however_often_it_is_written(
    bucket: tuple[Any, str],
) -> None:
    client, name = bucket
    for _ in range(3):
        await S3Artifacts(client, name).write(BUNDLE)
    assert len((await client.list_object_versions(Bucket=name))["Versions"]) == 1


async def test_reports_are_kept_by_workflow_and_replaced_when_written_again(
    reports: Reports,
) -> None:
    await reports.write("wf-1", {"delivery-report.md": b"# one", "delivery-report.json": b"{}"})
    await reports.write("wf-10", {"delivery-report.md": b"# another workflow"})
    await reports.write("wf-1", {"delivery-report.md": b"# two"})
    assert await reports.read("wf-1") == {
        "delivery-report.md": b"# two",
        "delivery-report.json": b"{}",
    }


async def test_a_workflow_without_a_report_has_no_files(reports: Reports) -> None:
    assert await reports.read("wf-of-nobody") == {}


@pytest.mark.embedded
async def test_a_report_lies_under_its_workflow(bucket: tuple[Any, str]) -> None:
    client, name = bucket
    await S3Reports(client, name).write("wf-1", {"delivery-report.json": b"{}"})
    found = await client.get_object(Bucket=name, Key="reports/wf-1/delivery-report.json")
    assert found["ContentType"] == "application/json"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, "SlowDown", Retry),
        (500, "InternalError", Retry),
        (409, "ConditionalRequestConflict", Retry),
        (403, "AccessDenied", Retry),
        (404, "NoSuchBucket", Retry),
        (404, "NoSuchKey", Reject),
        (400, "EntityTooLarge", Reject),
        (418, "SomethingNobodyHasHeardOf", Retry),
    ],
)
async def test_answers_of_s3_become_retry_or_reject(
    client_at: Clients, status: int, code: str, expected: type[Exception]
) -> None:
    body = f"<Error><Code>{code}</Code><Message>because</Message></Error>"

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/xml")

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(expected, match=f"{code}: because"):
            await S3Artifacts(client, "artifacts").read(NOWHERE)


async def test_a_server_that_is_not_there_is_retried(client_at: Clients) -> None:
    async with serving(_never) as endpoint:
        pass
    async with client_at("s3", endpoint) as client:
        with pytest.raises(Retry):
            await S3Artifacts(client, "artifacts").write(BUNDLE)


async def test_an_answer_that_breaks_off_is_retried(client_at: Clients) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"only this")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(Retry):
            await S3Artifacts(client, "artifacts").read(NOWHERE)


async def test_an_artifact_that_claims_to_be_huge_is_not_downloaded(client_at: Clients) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(SIZE_LIMIT + 1)})
        await response.prepare(request)
        return response

    async with serving(answer) as endpoint, client_at("s3", endpoint) as client:
        with pytest.raises(Reject, match="over"):
            await S3Artifacts(client, "artifacts").read(NOWHERE)


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    """A local HTTP server with one answer to everything."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def _never(_request: web.Request) -> web.Response:
    raise AssertionError("nobody asks")
