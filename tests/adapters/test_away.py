"""Which foreign failures mean that the service is away, and which are only worth another try."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from botocore import exceptions as botocore

from schemas.policy import Violation
from workers.adapters.aws_errors import translated
from workers.adapters.dynamodb_audit import DynamoPolicyAudit
from workers.adapters.environments import Environment, Environments
from workers.adapters.opa import OpaEngine
from workers.adapters.patience import Bounds, Patience, Transient, Waiting
from workers.adapters.pip import DiskFull, IndexUnreachable, Progress
from workers.adapters.slack import Slack
from workers.ports import AuditedViolation, Away, Notification, Reject, Retry
from workers.testing import FakeClock


def client_error(status: int, code: str) -> botocore.ClientError:
    answer = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return botocore.ClientError(answer, "GetObject")


AWS: list[tuple[Exception, type[Exception]]] = [
    (client_error(503, "SlowDown"), Away),
    (client_error(500, "InternalError"), Away),
    (client_error(599, "SomethingNobodyHasHeardOf"), Away),
    (client_error(429, "SomethingNobodyHasHeardOf"), Away),
    (client_error(400, "ThrottlingException"), Away),
    (client_error(400, "ProvisionedThroughputExceededException"), Away),
    (client_error(400, "ExpiredTokenException"), Away),
    (client_error(409, "ConditionalRequestConflict"), Retry),
    (client_error(400, "TransactionConflictException"), Retry),
    (client_error(400, "TransactionCanceledException"), Retry),
    (client_error(403, "AccessDenied"), Retry),
    (client_error(404, "NoSuchBucket"), Retry),
    (client_error(400, "ResourceNotFoundException"), Retry),
    (client_error(418, "SomethingNobodyHasHeardOf"), Retry),
    (botocore.ClientError({}, "GetObject"), Retry),
    (client_error(404, "NoSuchKey"), Reject),
    (client_error(400, "ValidationException"), Reject),
    (botocore.EndpointConnectionError(endpoint_url="http://x"), Away),
    (botocore.ConnectTimeoutError(endpoint_url="http://x"), Away),
    (botocore.ReadTimeoutError(endpoint_url="http://x"), Away),
    (botocore.ConnectionClosedError(endpoint_url="http://x"), Away),
    (botocore.SSLError(endpoint_url="http://x", error="no"), Away),
    (botocore.IncompleteReadError(actual_bytes=1, expected_bytes=2), Away),
    (botocore.NoCredentialsError(), Away),
    (botocore.CredentialRetrievalError(provider="x", error_msg="no"), Away),
    (aiohttp.ClientPayloadError("cut"), Away),
    (TimeoutError(), Away),
    (botocore.UnknownServiceError(service_name="x", known_service_names="y"), Retry),
    (botocore.ParamValidationError(report="ours"), botocore.ParamValidationError),
]


@pytest.mark.parametrize(("error", "expected"), AWS, ids=repr)
def test_what_aws_answers(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(Exception) as raised, translated("read it"):
        raise error

    assert type(raised.value) is expected


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Answers every request alike."""

    def __init__(self) -> None:
        self.status, self.body = 200, "{}"
        self.headers: Mapping[str, str] = {}
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        kind = "application/json" if self.body.startswith("{") else "text/html"
        return web.Response(
            status=self.status, text=self.body, content_type=kind, headers=self.headers
        )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served, application = Server(), web.Application()
    application.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


def nobodys_url() -> str:
    """Port 1 needs privileges to listen at."""
    return "http://127.0.0.1:1"


OPA = [
    (502, "<html>", Away),
    (503, "{}", Away),
    (504, "{}", Away),
    (429, "{}", Away),
    (408, "{}", Away),
    (200, "<html>", Away),
    # Two rules that disagree about one document answer with 500, and would again.
    (500, json.dumps({"code": "internal_error"}), Retry),
    (200, "{", Retry),
    (400, "{}", Reject),
]


@pytest.mark.parametrize(("status", "body", "expected"), OPA)
async def test_what_an_opa_server_answers(
    server: Server, status: int, body: str, expected: type[Exception]
) -> None:
    server.status, server.body = status, body
    with pytest.raises(expected) as raised:
        await OpaEngine(server.url).evaluate([], "staging")

    assert type(raised.value) is expected


async def test_an_opa_server_that_nobody_runs_is_away() -> None:
    with pytest.raises(Away, match="can't be reached"):
        await OpaEngine(nobodys_url()).evaluate([], "staging")


NOTE = Notification("wf-1", "me@example.com", "done", "all of it", "completed")


@pytest.mark.parametrize(("status", "expected"), [(429, Away), (500, Away), (404, Reject)])
async def test_what_slack_answers(server: Server, status: int, expected: type[Exception]) -> None:
    server.status, server.headers = status, {"Retry-After": "7"}
    with pytest.raises(expected) as raised:
        await Slack(server.url).send(NOTE)

    assert type(raised.value) is expected
    assert getattr(raised.value, "after", timedelta(seconds=7)) == timedelta(seconds=7)


async def test_a_slack_that_does_not_answer_is_away() -> None:
    with pytest.raises(Away):
        await Slack(nobodys_url()).send(NOTE)


async def test_a_model_that_asks_for_more_time_than_there_is_is_away() -> None:
    async def sleep(seconds: float) -> None:
        raise AssertionError("it should not wait")

    patience = Patience(Bounds(), FakeClock(), Waiting(sleep=sleep))
    with pytest.raises(Away) as raised:
        await patience.wait(Transient("busy", timedelta(hours=1)))

    assert raised.value.after == timedelta(hours=1)


class ShortOfRoom:
    """DynamoDB that takes no item."""

    async def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803
        return {"UnprocessedItems": RequestItems}


async def test_a_table_that_is_asked_too_much_is_away() -> None:
    violation = Violation(rule="no_root", severity="high", message="root", path="Dockerfile")
    audited = AuditedViolation(
        "v-1", datetime(2026, 11, 2, tzinfo=UTC), "wf-1", "task-1", "artifacts/a", violation
    )
    with pytest.raises(Away, match="1 policy violations"):
        await DynamoPolicyAudit(ShortOfRoom(), "policy-violations").record([audited])


class Unmakeable(Environments):
    """Fails to make any environment."""

    def __init__(self, folder: Path, failure: Exception) -> None:
        super().__init__(folder)
        self._failure = failure

    async def named(
        self, name: str, requirements: bytes, on_progress: Progress = print
    ) -> Environment:
        raise self._failure


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(IndexUnreachable("no route"), Away), (DiskFull("no room"), Retry)],
)
async def test_a_package_index_is_away_and_a_full_disk_is_not(
    tmp_path: Path, failure: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(Retry) as raised:
        await Unmakeable(tmp_path, failure).python_for(b"")

    assert type(raised.value) is expected
