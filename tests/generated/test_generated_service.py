"""A generated service as a process: it migrates, starts, answers, and stops."""

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

pytestmark = pytest.mark.process

Tree = Callable[..., Path]
Run = Callable[..., CompletedProcess[str]]


class Client:
    """Requests to one port, with JSON both ways."""

    def __init__(self, port: int) -> None:
        self._port = port

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with closing(connection):
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content else None


@contextmanager
def started(root: Path, python: Path, log: Path, **environment: str) -> Iterator[Client]:
    """The service on a port that listens already: the first request waits until it is up."""
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [python, "-m", "uvicorn", "app.main:app", "--fd", str(descriptor)],
            cwd=root,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            pass_fds=[descriptor],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Client(listener.getsockname()[1])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) in (0, -signal.SIGTERM), log.read_text()


@pytest.mark.parametrize(
    "fields",
    [{}, {"template": "rest-api", "database": "none", "resource": "class"}],
    ids=["user", "class"],
)
def test_a_release_manages_the_round_trip_of_its_smoke_plan(
    tree: Tree, run: Run, python: Path, tmp_path: Path, fields: dict[str, str]
) -> None:
    root = tree("service", **fields)
    environment = {"SQLITE_PATH": str(tmp_path / "records.db")}
    migrated = run(python, "-m", "alembic", "upgrade", "head", folder=root, **environment)
    assert migrated.returncode == 0, migrated.stderr
    plan = json.loads((root / "deploy" / "smoke.json").read_text())
    with started(root, python, tmp_path / "log", **environment) as client:
        assert client.send("GET", "/health")[0] == 200
        status, record = client.send("POST", plan["collection"], plan["create"])
        assert status == 201
        place = f"{plan['collection']}/{record['id']}"
        assert client.send("GET", place) == (200, record)
        status, changed = client.send(plan["update_method"], place, plan["update"])
        assert (status, changed) == (200, {**record, **plan["update"]})
        assert client.send("DELETE", place)[0] == 204
        assert client.send("GET", place)[0] == 404
        assert client.send("GET", "/openapi.json") == (
            200,
            json.loads((root / "docs" / "openapi.json").read_text()),
        )
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    requests = [json.loads(line) for line in lines if '"path"' in line]
    assert [line["status"] for line in requests] == [200, 201, 200, 200, 204, 404, 200]


def test_a_service_without_its_tables_says_so(tree: Tree, python: Path, tmp_path: Path) -> None:
    with started(
        tree("service"), python, tmp_path / "log", SQLITE_PATH=str(tmp_path / "empty.db")
    ) as client:
        assert client.send("GET", "/users") == (500, {"detail": "internal error"})
    assert "no such table" in (tmp_path / "log").read_text()
