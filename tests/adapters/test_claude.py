"""The adapter drives the real SDK against a local server that speaks the Messages API."""

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict

from tests.servers.messages_api import Cuts, Fails, Hangs, MessagesApi, Raw, Says, Step, running
from workers.adapters.claude import AnthropicApi, Bedrock, ClaudeModel
from workers.adapters.patience import DEFAULT_BOUNDS, Bounds, Waiting
from workers.ports import NoReply, Prompt, Reply, Retry
from workers.testing import FakeClock

KEY = "sk-ant-api03-0123456789abcdefghij"
PROMPT = Prompt(system="You name fruit.", question="Which fruit?", max_tokens=500)
GOOD = '{"name": "apple", "weight": 3}'


class Fruit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    weight: int


@dataclass
class Bench:
    """A server with a script, and a model whose waiting only moves a clock."""

    api: MessagesApi
    clock: FakeClock = field(default_factory=FakeClock)
    slept: list[float] = field(default_factory=list)

    async def ask(
        self, prompt: Prompt = PROMPT, key: str = KEY, bounds: Bounds = DEFAULT_BOUNDS
    ) -> Reply[Fruit]:
        model = ClaudeModel(
            AnthropicApi(key, self.api.url),
            self.clock,
            bounds=bounds,
            waiting=Waiting(sleep=self._sleep, chance=lambda: 0.5),
        )
        try:
            return await model.reply(prompt, Fruit)
        finally:
            await model.aclose()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))


@asynccontextmanager
async def bench(*steps: Step) -> AsyncIterator[Bench]:
    async with running(*steps) as api:
        yield Bench(api)


async def test_a_reply_is_asked_for_by_schema_and_comes_back_checked_and_counted() -> None:
    async with bench(Says(GOOD, input_tokens=70, output_tokens=9)) as at:
        reply = await at.ask()

    assert reply == Reply(Fruit(name="apple", weight=3), "claude-sonnet-5-5", 70, 9)
    (request,) = at.api.requests
    form = request.body["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert set(form["schema"]["required"]) == {"name", "weight"}
    assert request.body["model"] == "claude-sonnet-5-5"
    assert request.body["max_tokens"] == 500
    assert request.body["system"] == PROMPT.system
    assert request.body["messages"] == [{"role": "user", "content": PROMPT.question}]
    assert KEY in request.credential


SOON = {"retry-after": "2"}
TRANSIENT: list[tuple[str, Step, list[float]]] = [
    ("a rate limit that names its time", Fails(429, SOON), [2.0]),
    ("a rate limit that does not", Fails(429), [0.375]),
    ("a rate limit with nonsense for a time", Fails(429, {"retry-after": "soon"}), [0.375]),
    ("a rate limit with a time that is no number", Fails(429, {"retry-after": "nan"}), [0.375]),
    ("a rate limit with a time gone by", Fails(429, {"retry-after": "-5"}), [0.0]),
    (
        "a rate limit with a date",
        Fails(429, {"retry-after": "Mon, 02 Nov 2026 09:00:07 GMT"}),
        [7.0],
    ),
    ("overload", Fails(529), [0.375]),
    ("overload that names its time", Fails(529, SOON), [2.0]),
    ("a server error", Fails(500), [0.375]),
    ("a gateway's error page", Raw("<html>busy</html>", "text/html"), [0.375]),
    ("a body that is not JSON", Raw("%%% garbage"), [0.375]),
    ("JSON that is not a message", Raw('{"ok": true}'), [0.375]),
    ("a list for a message", Raw("[1, 2]"), [0.375]),
    ("a dropped connection", Cuts(), [0.375]),
    ("a connection that drops in the middle of the body", Cuts(mid_body=True), [0.375]),
]


@pytest.mark.parametrize(
    ("step", "pauses"), [row[1:] for row in TRANSIENT], ids=[r[0] for r in TRANSIENT]
)
async def test_what_passes_is_tried_again(step: Step, pauses: list[float]) -> None:
    async with bench(step, Says(GOOD)) as at:
        assert (await at.ask()).value.name == "apple"

    assert at.slept == pauses
    assert len(at.api.requests) == 2


@pytest.mark.parametrize("hangs", [Hangs(), Hangs(trickle=True)], ids=["silence", "a trickle"])
async def test_a_request_without_end_is_given_up_and_tried_again(hangs: Hangs) -> None:
    # Answers to spare: on a busy machine a good one may come too late as well.
    bounds = Bounds(tries=8, request=timedelta(milliseconds=300))
    async with bench(hangs, *[Says(GOOD)] * 7) as at:
        assert (await at.ask(bounds=bounds)).value.name == "apple"

    assert len(at.api.requests) >= 2
    assert at.slept


async def test_a_wait_beyond_the_budget_gives_the_message_back() -> None:
    async with bench(Fails(429, {"retry-after": "3600"})) as at:
        with pytest.raises(Retry, match="HTTP 429 rate_limit_error") as raised:
            await at.ask()

    assert raised.value.after == timedelta(hours=1)
    assert at.slept == []
    assert len(at.api.requests) == 1


async def test_a_wait_that_the_used_up_budget_no_longer_has_gives_the_message_back() -> None:
    bounds = Bounds(budget=timedelta(seconds=10))
    async with bench(Fails(429, {"retry-after": "6"}), Fails(429, {"retry-after": "6"})) as at:
        with pytest.raises(Retry) as raised:
            await at.ask(bounds=bounds)

    assert raised.value.after == timedelta(seconds=6)
    assert at.slept == [6.0]


async def test_tries_come_to_an_end() -> None:
    async with bench(*[Fails(529)] * 9) as at:
        with pytest.raises(NoReply, match="HTTP 529 overloaded_error, the last of 4 tries"):
            await at.ask()

    assert len(at.api.requests) == 4
    assert at.slept == [0.375, 0.75, 1.5]


async def test_time_comes_to_an_end_before_the_tries_do() -> None:
    bounds = Bounds(tries=10_000, budget=timedelta(seconds=20))
    async with bench(*[Fails(500)] * 20) as at:
        with pytest.raises(NoReply, match="time for a reply is used up"):
            await at.ask(bounds=bounds)

    assert sum(at.slept) < 20
    assert len(at.api.requests) == len(at.slept) + 1


async def test_a_reply_that_breaks_its_schema_is_asked_for_once_more_with_the_error() -> None:
    async with bench(Says('{"name": "apple", "weight": "heavy"}'), Says(GOOD)) as at:
        reply = await at.ask()

    assert reply.value.weight == 3
    assert (reply.input_tokens, reply.output_tokens) == (200, 40)
    question, answer, correction = at.api.requests[1].body["messages"]
    assert question["content"] == PROMPT.question
    assert answer == {"role": "assistant", "content": '{"name": "apple", "weight": "heavy"}'}
    assert "weight: Input should be a valid integer" in correction["content"]
    assert at.slept == []


BROKEN = [
    "",
    "not JSON at all",
    '```json\n{"name": "apple", "weight": 3}\n```',
    '{"name": 1}',
    "[]",
]


@pytest.mark.parametrize("text", BROKEN)
async def test_a_schema_broken_twice_is_no_reply(text: str) -> None:
    async with bench(Says(text), Says(text), Says(GOOD)) as at:
        with pytest.raises(NoReply, match="broke its schema, again"):
            await at.ask()

    assert len(at.api.requests) == 2


FINAL: list[tuple[str, Step, str, str]] = [
    ("a refusal", Says("", stop_reason="refusal"), "refused to answer", KEY),
    ("a cut at the limit", Says('{"name": "ap', stop_reason="max_tokens"), "cut off", KEY),
    ("a stop nobody asked for", Says("", stop_reason="tool_use"), "stopped for another", KEY),
    ("a bad request", Fails(400, message="no such model"), "HTTP 400 .*no such model", KEY),
    ("a key that is not accepted", Says(GOOD), "does not accept the credentials", "bad-" + KEY),
    ("a key without the right", Fails(403), "does not accept the credentials", KEY),
    ("no credit", Fails(402, message="credit balance"), "refused the request", KEY),
]


@pytest.mark.parametrize(
    ("step", "reason", "key"), [row[1:] for row in FINAL], ids=[row[0] for row in FINAL]
)
async def test_what_does_not_pass_is_no_reply_at_once(step: Step, reason: str, key: str) -> None:
    async with bench(step, Says(GOOD)) as at:
        with pytest.raises(NoReply, match=reason) as raised:
            await at.ask(key=key)

    assert len(at.api.requests) == 1
    assert at.slept == []
    assert key not in str(raised.value)


async def test_nobody_listening_is_no_reply() -> None:
    async with bench() as at:
        pass
    with pytest.raises(NoReply, match="connection to the provider broke"):
        await at.ask()


async def test_no_secret_reaches_the_server() -> None:
    secret = "ghp_" + "a1B2" * 9
    prompt = Prompt("Be kind. password=hunter22", f"My token is {secret}, which fruit?")
    async with bench(Says("{}"), Says(GOOD)) as at:
        await at.ask(prompt)

    assert len(at.api.requests) == 2
    for request in at.api.requests:
        assert secret not in request.everything()
        assert "hunter22" not in request.everything()
        assert KEY not in request.everything()
        assert "which fruit?" in request.everything()


def test_a_key_is_not_in_any_representation() -> None:
    access = AnthropicApi(KEY)
    bedrock = Bedrock("us-east-1", access_key="AKIAI44QH8DHBEXAMPLE", secret_key="wJalr")

    assert KEY not in repr(access)
    assert "AKIA" not in repr(bedrock) and "wJalr" not in repr(bedrock)


async def test_bedrock_is_asked_under_a_signature() -> None:
    async with running(Fails(529), Says("{}"), Says(GOOD)) as api:
        slept: list[float] = []
        model = ClaudeModel(
            Bedrock("eu-west-1", api.url, access_key="AKIAI44QH8DHBEXAMPLE", secret_key="wJalr"),
            FakeClock(),
            model="anthropic.claude-sonnet-5-5",
            waiting=Waiting(sleep=_noted(slept), chance=lambda: 0.0),
        )
        reply = await model.reply(PROMPT, Fruit)
        await model.aclose()

    assert reply.value.name == "apple"
    assert slept == [0.25]
    assert {request.path for request in api.requests} == {
        "/model/anthropic.claude-sonnet-5-5/invoke"
    }
    assert all("/eu-west-1/bedrock/" in request.credential for request in api.requests)
    assert all("wJalr" not in f"{r.credential} {r.everything()}" for r in api.requests)


def test_the_sdk_is_not_loaded_before_it_is_used() -> None:
    program = (
        "import sys, workers.adapters.claude, workers.adapters.offline as _;"
        "from workers.testing import FakeClock;"
        "from workers.adapters.claude import *;"
        "ClaudeModel(AnthropicApi('k'), FakeClock());"
        "sys.exit(sum(m.split('.')[0] in {'anthropic', 'httpx2', 'boto3'} for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def _noted(slept: list[float]) -> Callable[[float], Awaitable[None]]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    return sleep
