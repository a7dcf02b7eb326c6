"""What the workers of a run talk to: the stand-in, or MiniStack. One server a run."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import affinity
from benchmarks.peers.job import BUS, DEAD_LETTERS, IDEMPOTENCY_TABLE, REGION, TABLE
from benchmarks.processes import ROOT, cpu_seconds
from localstack.endpoint import client
from localstack.lifeline import tied
from localstack.ports import free_port

_START_SECONDS = 30.0


class ServerFailed(Exception):
    """Raised when a server can't be started; says why, and the mend."""


class Server:
    """A running server, and what a run asks of any."""

    name = ""
    # Whether it counts requests and times messages.
    counts = False

    def __init__(self, process: "subprocess.Popen[str]", endpoint_url: str) -> None:
        self._process = process
        self.endpoint_url = endpoint_url
        self._sqs = client("sqs", endpoint_url, REGION)

    def prepare(self, queue: str) -> None:
        """Makes the queue, the bus and the tables that the peers use."""
        fifo = {"FifoQueue": "true"}
        self._sqs.create_queue(QueueName=queue, Attributes=fifo if queue.endswith(".fifo") else {})
        self._sqs.create_queue(QueueName=DEAD_LETTERS, Attributes=fifo)
        client("events", self.endpoint_url, REGION).create_event_bus(Name=BUS)
        dynamodb = client("dynamodb", self.endpoint_url, REGION)
        for table, key in ((TABLE, "delivery"), (IDEMPOTENCY_TABLE, "id")):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )

    def preload(self, queue: str, path: Path) -> None:
        """Puts a file's messages into the queue."""
        url = self._url(queue)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for start in range(0, len(lines), 10):
            entries = [
                _entry(start + place, *line) for place, line in enumerate(lines[start : start + 10])
            ]
            self._sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def watch(self, deletions: Sequence[int]) -> None:
        """Begins to count, and takes a snapshot at each of these deletions, where it can."""

    def left(self, queue: str) -> int:
        """How many messages are not deleted yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def report(self) -> dict[str, Any]:
        """What it has counted; nothing where it does not count."""
        return {}

    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        return cpu_seconds(self._process.pid)

    def _url(self, queue: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        return url


class StandIn(Server):
    """The stand-in, which counts."""

    name = "standin"
    counts = True

    def preload(self, queue: str, path: Path) -> None:
        self._control("preload", {"queue": queue, "path": str(path)})

    def watch(self, deletions: Sequence[int]) -> None:
        self._control("watch", {"deletions": list(deletions)})

    def left(self, queue: str) -> int:
        left: int = self._control("left", {"queue": queue})["left"]
        return left

    def report(self) -> dict[str, Any]:
        return self._control("report", {})

    def _control(self, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(
            _asked(self.endpoint_url, "POST", f"/control/{what}", json.dumps(asked))
        )
        return said


class MiniStack(Server):
    """The embedded AWS of the project."""

    name = "ministack"


@contextmanager
def standin(
    core: int | None, fifo_receive: str = "grouped", count_units: bool = False
) -> Iterator[Server]:
    """A stand-in for the length of a block, pinned to a core. Raises ServerFailed."""
    command = [sys.executable, "-m", "benchmarks.standin", "--fifo-receive", fifo_receive]
    command += ["--count-units"] if count_units else []
    with _process(command, core, ROOT, None) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise ServerFailed("the stand-in did not start")
        yield StandIn(process, said[1])


@contextmanager
def ministack(core: int | None, python: Path) -> Iterator[Server]:
    """MiniStack for the length of a block. Raises ServerFailed."""
    if not python.exists():
        raise ServerFailed(f"no MiniStack at {python}: `make setup` installs it")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        environment = {
            "PATH": os.defpath,
            "TMPDIR": folder,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }
        command = tied(str(python), [str(python), "-m", "ministack"])
        with _process(command, core, Path(folder), environment) as process:
            endpoint_url = f"http://127.0.0.1:{port}"
            _wait(lambda: _answers(endpoint_url), process)
            yield MiniStack(process, endpoint_url)


@contextmanager
def _process(
    command: list[str], core: int | None, folder: Path, environment: dict[str, str] | None
) -> Iterator["subprocess.Popen[str]"]:
    with affinity.pinned(core):
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if environment else None,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _wait(ready: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed("MiniStack did not start")
        time.sleep(0.05)


def _answers(endpoint_url: str) -> bool:
    try:
        return bool(_asked(endpoint_url, "GET", "/_localstack/health"))
    except (OSError, http.client.HTTPException, ServerFailed):
        return False


def _asked(endpoint_url: str, method: str, path: str, body: str | None = None) -> bytes:
    """The body of a good answer. Raises ServerFailed for any other."""
    connection = http.client.HTTPConnection(endpoint_url.removeprefix("http://"), timeout=120)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.client.OK:
            raise ServerFailed(f"{path}: {answer.status} {text.decode(errors='replace')}")
        return text
    finally:
        connection.close()


def _entry(number: int, body: str, group: str | None) -> dict[str, str]:
    entry = {"Id": str(number), "MessageBody": body}
    if group is not None:
        entry |= {"MessageGroupId": group, "MessageDeduplicationId": str(number)}
    return entry
