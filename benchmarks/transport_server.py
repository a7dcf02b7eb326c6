"""A server that has an answer ready for each hot call, and does nothing else."""

import asyncio
import json
from typing import Any

QUEUE = "http://127.0.0.1/000000000000/queue"
_DETAIL = json.dumps({"artifact": "a" * 420, "metadata": {"trace": "t" * 60}})
EVENT: dict[str, Any] = {
    "EventBusName": "bus",
    "Source": "flotilla.bench",
    "DetailType": "codegen.completed",
    "Time": "2026-11-27T10:00:00.123456+00:00",
    "Detail": _DETAIL,
}
STATEMENT: dict[str, Any] = {
    "Statement": 'UPDATE "ledger" SET "state"=? WHERE "delivery"=? AND "token"=?',
    "Parameters": [{"S": "done"}, {"S": "bench/" + "d" * 36}, {"N": "1"}],
}
_BODY = json.dumps({"id": "e" * 36, "detail-type": "codegen.completed", "detail": _DETAIL})
_MESSAGE = {
    "MessageId": "m" * 36,
    "ReceiptHandle": "r" * 180,
    "Body": _BODY,
    "MD5OfBody": "0" * 32,
    "Attributes": {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1795773600000",
        "ApproximateFirstReceiveTimestamp": "1795773600001",
        "MessageGroupId": "group",
        "SequenceNumber": "1" * 20,
    },
}
_PLACES = [str(place) for place in range(10)]
_ANSWERS: dict[bytes, dict[str, Any]] = {
    b"ReceiveMessage": {"Messages": [_MESSAGE] * 10},
    b"DeleteMessageBatch": {"Successful": [{"Id": place} for place in _PLACES], "Failed": []},
    b"PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "e" * 36}] * 10},
    b"BatchExecuteStatement": {"Responses": [{"TableName": "ledger"}] * 10},
}


class _Connection(asyncio.Protocol):
    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        if len(self._received) < end + 4 + int(_value(head, b"content-length:")):
            return
        self._received = b""
        self._transport.write(self._answers[_value(head, b"x-amz-target:").rpartition(b".")[2]])


def _value(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name)[2].partition(b"\r\n")[0].strip()


def _written(answer: dict[str, Any]) -> bytes:
    text = json.dumps(answer).encode()
    return (
        b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n"
        b"Date: Fri, 27 Nov 2026 10:00:00 GMT\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
    )


async def _serve() -> None:
    answers = {name.lower(): _written(answer) for name, answer in _ANSWERS.items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
