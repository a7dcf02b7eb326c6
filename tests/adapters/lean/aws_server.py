"""A local server that answers AWS JSON calls by a script, and misbehaves on demand.

A test gives it one step for each request that it expects; a request beyond them is an error of the
test, answered with 418. What arrived is kept, with the number of the connection it came by.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answers:
    """A whole answer. `hangs_up` closes the connection behind it, without saying so."""

    body: bytes | Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    hangs_up: bool = False

    def text(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Cuts:
    """The connection is reset: before the answer, or in the middle of its body."""

    mid_body: bool = False


@dataclass(frozen=True)
class Hangs:
    """No answer before the server stops."""


Step = Answers | Cuts | Hangs

UNEXPECTED = Answers({"message": "the test did not expect this request"}, 418)


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    connection: int
    line: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].rpartition(".")[2]

    def document(self) -> Any:
        return json.loads(self.body)


class AwsServer:
    """The server. Used through `running`."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.url = ""
        self.requests: list[Received] = []
        # Set when a request has come that is not going to be answered.
        self.hanging = asyncio.Event()
        self._steps = list(steps)
        self._connections = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        self._writers.add(writer)
        try:
            while (received := await _request(reader, number)) is not None:
                self.requests.append(received)
                step = self._steps.pop(0) if self._steps else UNEXPECTED
                if not await self._played(step, reader, writer):
                    return
        except OSError:
            # The client has hung up, which it may.
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _played(
        self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection goes on."""
        match step:
            case Answers():
                writer.write(_response(step))
                await writer.drain()
                return not step.hangs_up
            case Cuts():
                if step.mid_body:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it")
                    await writer.drain()
                writer.transport.abort()
                return False
            case Hangs():
                self.hanging.set()
                await reader.read()
                return False

    def stop(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def running(*steps: Step, tls: ssl.SSLContext | None = None) -> AsyncIterator[AwsServer]:
    """A server on a free port of this machine, until the block ends."""
    aws = AwsServer(steps)
    server = await asyncio.start_server(aws.serve, "127.0.0.1", 0, ssl=tls, limit=1 << 22)
    port = server.sockets[0].getsockname()[1]
    aws.url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield aws
    finally:
        server.close()
        aws.stop()
        await server.wait_closed()


async def _request(reader: asyncio.StreamReader, connection: int) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
    }
    body = await reader.readexactly(int(headers["content-length"]))
    return Received(connection, line, headers, body)


def _response(step: Answers) -> bytes:
    text = step.text()
    headers = {"x-amzn-RequestId": "request-1", **step.headers}
    headers |= (
        {"Transfer-Encoding": "chunked"} if step.chunked else {"Content-Length": str(len(text))}
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {step.status} Said\r\n{lines}\r\n".encode()
    return head + (_chunks(text) if step.chunked else text)


def _chunks(text: bytes) -> bytes:
    cut = [text[start : start + 7] for start in range(0, len(text), 7)]
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in [*cut, b""])
