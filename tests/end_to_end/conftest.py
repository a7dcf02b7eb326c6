"""The real command line with real processes, in a home of its own that shares the environments."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".flotilla" / "environments"
# Long enough for the busiest machine; nothing takes that long unless it hangs.
AT_MOST = 240


@dataclass(frozen=True)
class Place:
    """Where commands run: a home with logs and status, and a folder for results."""

    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the person's own: no key, no account, no endpoint."""
        kept = ("PATH", "LANG", "TMPDIR", "CI", "PIP_INDEX_URL")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}
        return {
            **inherited,
            "HOME": str(self.folder),
            "FLOTILLA_HOME": str(self.home),
            "COLUMNS": "200",
            **self.extra,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command to its end; `more` is added to its environment."""
        return subprocess.run(
            command(arguments),
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=AT_MOST,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """What the fleet says of itself; empty when none runs."""
        try:
            found: dict[str, Any] = json.loads((self.home / "fleet.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    def left(self) -> list[int]:
        """The processes that do not end: one that is on its way out may take a moment."""
        deadline = time.monotonic() + 20
        while (found := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def processes(self) -> list[int]:
        """Every living process that was started with this home."""
        mark = f"FLOTILLA_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue
        return found


@dataclass(frozen=True)
class Up:
    """A fleet that is up."""

    place: Place
    endpoint_url: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.place.run(*arguments)

    def answer(self, *arguments: str) -> Any:
        """The JSON that a command says."""
        done = self.run(*arguments, "--json")
        return json.loads(done.stdout.splitlines()[-1])

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def report(self, workflow_id: str) -> dict[str, Any] | None:
        """The delivery report of a workflow, once it is there."""
        s3, bucket = self.client("s3"), "agent-artifacts-local"
        key = f"reports/{workflow_id}/delivery-report.json"
        if "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=key):
            return None
        found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return found

    def until(self, look: Callable[[], Any]) -> Any:
        """What `look` finds once it finds something."""
        deadline = time.monotonic() + AT_MOST / 2
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.2)
        pytest.fail("it never happened")

    def letters(self, queue: str, cause: str) -> list[dict[str, Any]]:
        """What was parked in a queue for that cause."""
        return [each for each in self.answer("dlq", "show", queue) if each["cause"] == cause]

    def records(self, route: str) -> list[dict[str, Any]]:
        """What the ledger holds of a route."""
        items = self.client("dynamodb").scan(TableName="flotilla-local-ledger")["Items"]
        return [item for item in items if item["delivery"]["S"].startswith(f"{route}#")]

    def record(self, route: str, event_id: str) -> dict[str, Any] | None:
        key = f"{route}#{event_id}"
        return next((i for i in self.records(route) if i["delivery"]["S"] == key), None)

    def done(self, route: str, event_id: str) -> dict[str, Any] | None:
        """The route's record of the event, once it is handled and its answers are out."""
        found = self.record(route, event_id)
        return found if found and found["state"]["S"] == "done" else None

    def put(self, source: str, detail_type: str, detail: object) -> str:
        """A plain PutEvents, with nothing of ours; the id that EventBridge gave the event."""
        text = detail if isinstance(detail, str) else json.dumps(detail)
        [entry] = self.client("events").put_events(
            Entries=[
                {
                    "EventBusName": "flotilla-local",
                    "Source": source,
                    "DetailType": detail_type,
                    "Detail": text,
                }
            ]
        )["Entries"]
        assert "ErrorCode" not in entry
        event_id: str = entry["EventId"]
        return event_id


@dataclass(frozen=True)
class Ear:
    """Hears every event on the bus from when it was made."""

    sqs: Any
    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    def answers(self, event_id: str) -> list[dict[str, Any]]:
        """What was published in answer to the event: details, with their types."""
        self._listen()
        return [each for each in self.heard if each["metadata"].get("caused_by") == event_id]

    def _listen(self) -> None:
        while messages := self._messages():
            for message in messages:
                event = json.loads(message["Body"])
                said = {"metadata": {}, **event["detail"], "type": event["detail-type"]}
                self.heard.append(said)
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def _messages(self) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "workers", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def port() -> int:
    """A port of 127.0.0.1 that is free."""
    return free_port()


@pytest.fixture(scope="session")
def new_place(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """Makes a place; keyword arguments become environment variables there."""
    if not (ENVIRONMENTS / "ministack" / ".complete").exists():
        reason = "the environments are missing: `make setup` makes them"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)

    def make(**extra: str) -> Place:
        place = Place(tmp_path_factory.mktemp("place"), extra)
        place.home.mkdir()
        (place.home / "environments").symlink_to(ENVIRONMENTS)
        return place

    return make


class _Babble(BaseHTTPRequestHandler):
    """Answers every question of the Messages API with a text that fits no schema."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-test",
            "content": [{"type": "text", "text": "I would rather talk about the weather."}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        body = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing: the test's output is for the test."""


@pytest.fixture(scope="module")
def babbling_model() -> Iterator[str]:
    """The URL of a model whose replies break every schema."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Babble) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def fleet(new_place: Callable[..., Place], babbling_model: str) -> Iterator[Up]:
    """One fleet for a module, ended by SIGTERM; nothing of it may be left.

    Its model is of no use, so that every plan takes the deterministic path.
    """
    place = new_place(ANTHROPIC_API_KEY="sk-ant-test-1234567890", ANTHROPIC_BASE_URL=babbling_model)
    port = free_port()
    process = place.start("up", "--port", str(port))
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith(f"ready AWS_ENDPOINT_URL=http://127.0.0.1:{port} "), line
        yield Up(place, f"http://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=AT_MOST)
    assert process.returncode == 0
    assert place.left() == []


@pytest.fixture(scope="module")
def ear(fleet: Up) -> Ear:
    """A rule and a queue of the test's own, on the fleet's bus."""
    sqs, events = fleet.client("sqs"), fleet.client("events")
    everything = '{"source": [{"prefix": ""}]}'
    events.put_rule(Name="ear", EventBusName="flotilla-local", EventPattern=everything)
    url = sqs.create_queue(QueueName="ear")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    target = {"Id": "ear", "Arn": told["Attributes"]["QueueArn"]}
    events.put_targets(Rule="ear", EventBusName="flotilla-local", Targets=[target])
    return Ear(sqs, url)
