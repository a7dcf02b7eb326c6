"""What is asked of the ECS agent, against a server that stands for it."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from workers.adapters.ecs_protection import EcsProtection
from workers.runtime.protection import ProtectionUnavailable


class Agent(ThreadingHTTPServer):
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[tuple[str, Any]] = []
        self.status = 200
        self.answer: str = json.dumps({"protection": {"ProtectionEnabled": True}})

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/task-1"


class _Answers(BaseHTTPRequestHandler):
    server: Agent

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer.encode())

    def log_message(self, *arguments: object) -> None:
        """Says nothing: the test's output is for the test."""


@pytest.fixture
def agent() -> Iterator[Agent]:
    with Agent() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


PATH = "/api/task-1/task-protection/v1/state"


@pytest.mark.parametrize(
    ("lasting", "minutes"),
    [
        (timedelta(minutes=10), 10),
        (timedelta(seconds=601), 11),
        (timedelta(seconds=1), 1),
        (timedelta(days=10_000), 2880),
    ],
)
async def test_protection_is_for_whole_minutes_within_bounds(
    agent: Agent, lasting: timedelta, minutes: int
) -> None:
    await EcsProtection(agent.uri + "/").protect(lasting)

    assert agent.asked == [(PATH, {"ProtectionEnabled": True, "ExpiresInMinutes": minutes})]


async def test_release_names_no_time(agent: Agent) -> None:
    await EcsProtection(agent.uri).release()

    assert agent.asked == [(PATH, {"ProtectionEnabled": False})]


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, '{"failure": {"Reason": "DEPLOYMENT_BLOCKED"}}', "DEPLOYMENT_BLOCKED"),
        (400, '{"error": {"Code": "AccessDeniedException"}}', "AccessDeniedException"),
        (500, "{}", "500"),
        (200, "<html>", "without JSON"),
        (404, "[]", "404"),
    ],
)
async def test_a_refusal_is_said(agent: Agent, status: int, answer: str, said: str) -> None:
    agent.status, agent.answer = status, answer

    with pytest.raises(ProtectionUnavailable, match=said):
        await EcsProtection(agent.uri).protect(timedelta(minutes=1))


async def test_an_agent_that_is_not_there_is_unavailable(agent: Agent) -> None:
    uri = agent.uri
    agent.shutdown()
    agent.server_close()

    with pytest.raises(ProtectionUnavailable):
        await EcsProtection(uri).release()
