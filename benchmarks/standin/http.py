"""HTTP/1.1 with keep-alive on a bare asyncio protocol: as little as clients of AWS need."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from benchmarks.standin.errors import EVENTS, Refusal
from benchmarks.standin.sqs import Caller
from benchmarks.standin.tally import Tally

Operation = Callable[[dict[str, Any], Caller], bytes | None]
Control = Callable[[str, str, bytes], bytes]

_LENGTH = b"\r\ncontent-length:"
_TARGET = b"\r\nx-amz-target:"
_REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found"}


class Connection(asyncio.Protocol):
    """One client's connection, which answers its requests one after another."""

    def __init__(self, operations: Mapping[str, Operation], control: Control, tally: Tally) -> None:
        self._operations = operations
        self._control = control
        self._tally = tally
        self._received = b""
        self._waits = False
        self.closed = False
        self.host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host, port = transport.get_extra_info("sockname")[:2]
        self.host = f"{host}:{port}"

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._serve()

    def reply(self, payload: bytes) -> None:
        self._waits = False
        self._transport.write(_answer(200, payload))
        self._serve()

    def _serve(self) -> None:
        while not self._waits:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[:end]
            lowered = head.lower()
            size = int(_header(head, lowered, _LENGTH) or 0)
            if len(self._received) < end + 4 + size:
                return
            body = self._received[end + 4 : end + 4 + size]
            self._received = self._received[end + 4 + size :]
            self._handle(head, _header(head, lowered, _TARGET), body)

    def _handle(self, head: bytes, target: bytes, body: bytes) -> None:
        if not target:
            method, path = head.split(b" ", 2)[:2]
            self._transport.write(self._controlled(method.decode(), path.decode(), body))
            return
        operation = target.rpartition(b".")[2].decode()
        # Counted first: an answer may wait for a long time.
        self._tally.requests[operation] += 1
        try:
            payload = self._call(operation, body)
        except Refusal as refusal:
            self._transport.write(_answer(400, to_json(refusal.document), refusal.query_code))
            return
        if payload is None:
            self._waits = True
        else:
            self._transport.write(_answer(200, payload))

    def _call(self, operation: str, body: bytes) -> bytes | None:
        try:
            called = self._operations[operation]
        except KeyError:
            raise Refusal(
                EVENTS, "UnknownOperationException", f"the stand-in has no {operation}"
            ) from None
        try:
            return called(from_json(body), self)
        except (KeyError, ValueError) as error:
            # The request lacks what the operation cannot do without, or says it in another form.
            raise Refusal(EVENTS, "ValidationException", f"{operation}: {error!r}") from error

    def _controlled(self, method: str, path: str, body: bytes) -> bytes:
        try:
            return _answer(200, self._control(method, path, body))
        except (LookupError, OSError, ValueError) as error:
            return _answer(404, to_json({"message": str(error)}))


def _header(head: bytes, lowered: bytes, name: bytes) -> bytes:
    place = lowered.find(name)
    if place < 0:
        return b""
    end = head.find(b"\r\n", place + 2)
    return head[place + len(name) : end if end >= 0 else None].strip()


def _answer(status: int, payload: bytes, code: str | None = None) -> bytes:
    date = _date(int(time.time()))
    error = b"x-amzn-query-error: %b;Sender\r\n" % code.encode() if code else b""
    return (
        b"HTTP/1.1 %d %b\r\nx-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n"
        b"Date: %b\r\n%bContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n"
        % (status, _REASONS[status], date, error, len(payload))
    ) + payload


@lru_cache(maxsize=1)
def _date(seconds: int) -> bytes:
    """Clients read it to learn how far their clock is off."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds)).encode()
