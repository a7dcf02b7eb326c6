"""A service in memory, behind the port that looks at it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemas.deployment import DeploymentCompleted, SmokePlan
from workers.ports import Answer

OPENAPI = {"openapi": "3.1.0", "info": {"title": "user-service", "version": "0.1.0"}}


class FakeService:
    """Users with unique addresses. `faults` answers instead, by method and last path segment.

    An item's last segment is written as `{id}`; a list of faults is used up one by one.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.faults: dict[tuple[str, str], list[Answer]] = {}
        self.latency = timedelta(milliseconds=3)
        self.crash_at: tuple[str, str] | None = None
        self._next = 1

    async def request(self, method: str, url: str, json: object | None = None) -> Answer:
        path = urlsplit(url).path
        segment = path.rsplit("/", 1)[-1]
        segment = "{id}" if path.startswith("/users/") else segment
        self.requests.append((method, segment))
        if self.crash_at == (method, segment):
            raise KeyboardInterrupt
        if faults := self.faults.get((method, segment)):
            return faults.pop(0) if len(faults) > 1 else faults[0]
        return self._answer(method, path, json if isinstance(json, dict) else {})

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        match method, path.strip("/").split("/"):
            case "GET", ["health"]:
                return self._json(200, {"status": "ok"})
            case "GET", ["openapi.json"]:
                return self._json(200, OPENAPI)
            case "GET", ["users"]:
                return self._json(200, {"items": list(self.users.values())})
            case "POST", ["users"]:
                return self._create(body)
            case _, ["users", name] if name in self.users:
                return self._touch(method, name, body)
        return self._json(404, {"detail": "nothing here"})

    def _create(self, body: dict[str, Any]) -> Answer:
        if any(user["email"] == body["email"] for user in self.users.values()):
            return self._json(409, {"detail": "taken"})
        name, self._next = str(self._next), self._next + 1
        self.users[name] = {"id": name, **body}
        return self._json(201, self.users[name])

    def _touch(self, method: str, name: str, body: dict[str, Any]) -> Answer:
        if method == "DELETE":
            del self.users[name]
            return Answer(204, b"", self.latency)
        if method == "PUT":
            self.users[name] = {"id": name, **body}
        elif method == "PATCH":
            self.users[name] |= body
        return self._json(200, self.users[name])

    def _json(self, status: int, body: object) -> Answer:
        return Answer(status, json.dumps(body).encode(), self.latency)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def deployed() -> Callable[..., DeploymentCompleted]:
    """Makes a deployment.completed of the user-service."""

    def made(**fields: Any) -> DeploymentCompleted:
        return DeploymentCompleted.model_validate(
            {
                "deployment_id": "dep-1",
                "workflow_id": "wf-1",
                "task_id": "t4",
                "service_name": "user-service",
                "environment": "staging",
                "version": "v1",
                "duration_seconds": 2.0,
                "endpoint": "http://127.0.0.1:8000/",
                "previous_version": "v0",
                "smoke": SmokePlan(
                    collection="/users",
                    create={"name": "Ada", "email": "ada@example.com"},
                    update={"name": "Ada L.", "email": "ada.l@example.com"},
                    update_method="PUT",
                ),
                **fields,
            }
        )

    return made
