"""A local server that speaks as much of the Messages API as the adapter uses, Bedrock's path too.

A test gives it one step for each request that it expects; a request beyond them is an error of the
test, answered with 418. What arrived is kept, so that a test can say what was and was not sent.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class Says:
    """A message with this text."""

    text: str
    stop_reason: str = "end_turn"
    input_tokens: int = 100
    output_tokens: int = 20


@dataclass(frozen=True)
class Fails:
    """An error of the API."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "no"


@dataclass(frozen=True)
class Raw:
    """Status 200 with a body that is not a message."""

    body: str
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hangs:
    """No answer before the server stops; with `trickle`, a body that never ends."""

    trickle: bool = False


@dataclass(frozen=True)
class Cuts:
    """The connection drops: before the answer, or in the middle of its body."""

    mid_body: bool = False


Step = Says | Fails | Raw | Hangs | Cuts

UNEXPECTED = Fails(418, message="the test did not expect this request")


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def credential(self) -> str:
        """What the caller proves itself with: the SDK's versions differ in the header."""
        return self.headers.get("authorization") or self.headers.get("x-api-key") or ""

    def everything(self) -> str:
        """All that the caller said, but for its credential."""
        headers = {k: v for k, v in self.headers.items() if v != self.credential}
        return f"{self.path} {headers} {json.dumps(self.body)}"


class MessagesApi:
    """The server. Used through `running`."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.url = ""
        self.requests: list[Received] = []
        self._steps = list(steps)
        self._stopped = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.path_qs, headers, body)
        self.requests.append(received)
        if (refusal := _refused(received)) is not None:
            return refusal
        step = self._steps.pop(0) if self._steps else UNEXPECTED
        match step:
            case Says():
                return web.json_response(_message(step, body.get("model", "claude-on-bedrock")))
            case Fails():
                return _error(step.status, step.message, step.headers)
            case Raw():
                return web.Response(text=step.body, content_type=step.content_type)
            case Hangs():
                return await self._hang(request, step.trickle)
            case Cuts():
                return await _cut(request, step.mid_body)

    async def _hang(self, request: web.Request, trickle: bool) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        if trickle:
            await response.prepare(request)
        while not self._stopped.is_set():
            if trickle:
                await response.write(b" ")
            try:
                await asyncio.wait_for(self._stopped.wait(), timeout=0.01)
            except TimeoutError:
                continue
        return response

    def stop(self) -> None:
        self._stopped.set()


@asynccontextmanager
async def running(*steps: Step) -> AsyncIterator[MessagesApi]:
    """A server on a free port of this machine, until the block ends."""
    api = MessagesApi(steps)
    app = web.Application()
    app.router.add_post("/v1/messages", api.answer)
    app.router.add_post("/model/{model}/invoke", api.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        api.stop()
        await runner.cleanup()


def _refused(received: Received) -> web.Response | None:
    """What the real service checks before anything else."""
    if received.path.startswith("/model/"):
        if not received.credential.startswith("AWS4-HMAC-SHA256"):
            return _error(403, "no SigV4 signature")
    elif not received.credential or "bad-" in received.credential:
        return _error(401, "invalid x-api-key")
    elif "anthropic-version" not in received.headers:
        return _error(400, "anthropic-version: header is required")
    turns = received.body.get("messages") or []
    empty = any(not turn["content"] for turn in turns)
    if not turns or turns[0]["role"] != "user" or empty or not received.body.get("max_tokens"):
        return _error(400, "messages: the first is the user's, and none is empty")
    return None


async def _cut(request: web.Request, mid_body: bool) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"content-type": "application/json", "content-length": "5000"}
    )
    if mid_body:
        await response.prepare(request)
        await response.write(b'{"id": "msg_1", "type": "message", "content": [')
    assert request.transport is not None
    request.transport.close()
    return response


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    kind = ERRORS.get(status, "api_error")
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return web.json_response(body, status=status, headers=headers)


def _message(said: Says, model: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": said.text}] if said.text else [],
        "stop_reason": said.stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens},
    }
