"""The channels against local servers that speak Slack's webhook and SES."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from workers.adapters.channels import Channels
from workers.adapters.console import Console
from workers.adapters.ses import Ses
from workers.adapters.slack import Slack
from workers.ports import Notification, Reject, Retry
from workers.testing import FakeNotifications

NOTE = Notification(
    workflow_id="wf-1",
    recipient="ada@example.com",
    subject="user-service is delivered",
    text="Every task is done.",
    outcome="completed",
)


class Server:
    """Answers everything with `status` and `headers`, and keeps what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: Any = {}
        self.seen: list[Any] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(await request.json())
        return web.json_response(self.body, status=self.status, headers=self.headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application()
    app.router.add_post("/{path:.*}", made.answer)
    async with TestServer(app, host="127.0.0.1") as running:
        made.url = str(running.make_url("")).rstrip("/")
        yield made


async def test_the_console_prints_one_line_whatever_the_subject_holds() -> None:
    stream = io.StringIO()
    await Console(stream).send(replace(NOTE, subject="a\nb\x1b[2J\r\u202ec\u2028d"))
    assert stream.getvalue() == "[completed] wf-1: a b [2J c d\n"


async def test_the_console_is_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    await Console().send(NOTE)
    assert capsys.readouterr().out == "[completed] wf-1: user-service is delivered\n"


async def test_slack_gets_the_message_without_mentions(server: Server) -> None:
    await Slack(f"{server.url}/services/T/B/secret").send(
        replace(NOTE, subject="<!channel> & *all*", text="<https://evil.example|click>")
    )
    assert server.seen == [
        {
            "text": ":white_check_mark: *&lt;!channel&gt; &amp; *all**\n"
            "&lt;https://evil.example|click&gt;",
            "unfurl_links": False,
            "unfurl_media": False,
        }
    ]


async def test_a_long_message_is_cut_for_slack(server: Server) -> None:
    await Slack(server.url).send(replace(NOTE, subject="s" * 10_000, text="t" * 1_000_000))
    assert len(server.seen[0]["text"]) < 3500


@pytest.mark.parametrize(
    ("status", "retry_after", "wait"),
    [
        (429, "30", timedelta(seconds=30)),
        (429, "9" * 10_000, timedelta(minutes=5)),
        (429, "soon", None),
        (503, "", None),
    ],
)
async def test_slack_asks_for_patience(
    server: Server, status: int, retry_after: str, wait: timedelta | None
) -> None:
    server.status, server.headers = status, {"Retry-After": retry_after[:7000]}
    with pytest.raises(Retry, match=str(status)) as again:
        await Slack(server.url).send(NOTE)
    assert again.value.after == wait


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
async def test_a_webhook_that_slack_refuses_is_for_a_person_to_mend(
    server: Server, status: int
) -> None:
    server.status, server.headers = status, {"Location": "/elsewhere"}
    with pytest.raises(Reject, match=str(status)):
        await Slack(server.url).send(NOTE)
    assert len(server.seen) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/services/secret", "no url but secret"])
async def test_the_webhook_is_in_no_error(url: str) -> None:
    with pytest.raises(Retry) as failure:
        await Slack(url).send(NOTE)
    assert "secret" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


Clients = Callable[[str, str], AbstractAsyncContextManager[Any]]


async def test_ses_mails_the_person_who_asked(server: Server, client_at: Clients) -> None:
    server.body = {"MessageId": "1"}
    async with client_at("sesv2", server.url) as client:
        await Ses(client, "Flotilla <fleet@example.com>").send(
            replace(NOTE, subject="two\nlines\r\nBcc: eve@example.com")
        )
    [sent] = server.seen
    assert sent["FromEmailAddress"] == "Flotilla <fleet@example.com>"
    assert sent["Destination"] == {"ToAddresses": ["ada@example.com"]}
    assert sent["Content"]["Simple"]["Subject"]["Data"] == "two lines Bcc: eve@example.com"
    assert sent["Content"]["Simple"]["Body"]["Text"]["Data"] == "Every task is done."


@pytest.mark.parametrize(
    "recipient",
    ["unknown", "", "ada@elsewhere.example", "a@b@example.com", "x, eve@example.com", "a@" * 9999],
)
async def test_ses_mails_nobody_outside_its_domains(
    server: Server, client_at: Clients, recipient: str
) -> None:
    async with client_at("sesv2", server.url) as client:
        await Ses(client, "fleet@example.com").send(replace(NOTE, recipient=recipient))
    assert server.seen == []


async def test_ses_mails_the_domains_that_it_was_made_for(
    server: Server, client_at: Clients
) -> None:
    async with client_at("sesv2", server.url) as client:
        ses = Ses(client, "fleet@mail.example.com", domains=["example.com"])
        await ses.send(replace(NOTE, recipient="Ada@EXAMPLE.com"))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "MessageRejected", Reject),
        (400, "BadRequestException", Reject),
        (429, "TooManyRequestsException", Retry),
        (500, "InternalFailure", Retry),
    ],
)
async def test_answers_of_ses_become_retry_or_reject(
    server: Server, client_at: Clients, status: int, code: str, expected: type[Exception]
) -> None:
    server.status, server.headers = status, {"x-amzn-ErrorType": code}
    async with client_at("sesv2", server.url) as client:
        with pytest.raises(expected, match=code):
            await Ses(client, "fleet@example.com").send(NOTE)


class Broken:
    """A channel that always fails in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def send(self, notification: Notification) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("errors", "raised"),
    [
        ([], None),
        ([Retry("later")], "later"),
        ([Reject("never")], "never"),
        ([Reject("never"), Retry("later")], "later"),
        ([Reject("never"), Reject("nor that")], "never"),
    ],
)
async def test_every_channel_is_tried_and_the_failure_told_that_time_may_mend(
    errors: list[Exception], raised: str | None
) -> None:
    first, last = FakeNotifications(), FakeNotifications()
    channels = Channels([first, *map(Broken, errors), last])
    if raised is None:
        await channels.send(NOTE)
    else:
        with pytest.raises((Retry, Reject), match=raised):
            await channels.send(NOTE)
    assert first.sent == last.sent == [NOTE]


async def test_no_channel_is_no_failure() -> None:
    await Channels(()).send(NOTE)
