"""What the lean client mends where aiobotocore gives up, and what it refuses to hand on."""

import zlib

import pytest
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
)

from tests.adapters.lean.aws_server import Answers, Cuts, running
from tests.adapters.lean.transports import KEYS, identified, lean, no_time
from workers.adapters.lean.caller import Time
from workers.adapters.lean.identity import Fixed
from workers.adapters.lean.signature import Keys

QUEUE = "http://sqs/000000000000/q"
NOON = 1795780800.0
DATE = {"Date": "Fri, 27 Nov 2026 12:00:00 GMT"}
EXPIRED = Answers({"__type": "ExpiredTokenException", "message": "ended"}, 400)


def at(now: float) -> Time:
    return Time(now=lambda: now, sleep=no_time)


def refused(code: str, headers: dict[str, str]) -> Answers:
    return Answers({"__type": code, "message": "no"}, 403, headers)


class Renewable:
    """New keys for each that was refused, as long as there are any."""

    def __init__(self, *keys: Keys) -> None:
        self._keys = list(keys)

    async def keys(self) -> Keys:
        return self._keys[0]

    async def renewed(self, refused: Keys) -> Keys:
        if self._keys[0] == refused and len(self._keys) > 1:
            self._keys.pop(0)
        return self._keys[0]


OLD, NEW = Keys("OLD", "s", "token-1"), Keys("NEW", "s", "token-2")


async def test_a_call_whose_credentials_ended_is_made_with_new_ones() -> None:
    identity = Renewable(OLD, NEW)
    async with (
        running(EXPIRED, Answers(), Answers()) as server,
        identified("events", server.url, identity, at(NOON), attempts=1) as client,
    ):
        await client.put_events(Entries=[])
        await client.put_events(Entries=[])
    assert [each.headers["x-amz-security-token"] for each in server.requests] == [
        "token-1",
        "token-2",
        "token-2",
    ]
    assert (
        "Credential=NEW/20261127/us-east-1/events/" in server.requests[1].headers["authorization"]
    )


@pytest.mark.parametrize("identity", [Fixed(OLD), Renewable(OLD, NEW, OLD)])
async def test_credentials_are_renewed_once_a_call(identity: Fixed | Renewable) -> None:
    async with (
        running(EXPIRED, EXPIRED) as server,
        identified("events", server.url, identity, at(NOON)) as client,
    ):
        with pytest.raises(ClientError, match="ExpiredTokenException"):
            await client.put_events(Entries=[])
    # Without other keys there is nothing to try again with.
    assert len(server.requests) == (1 if isinstance(identity, Fixed) else 2)


@pytest.mark.parametrize(
    "code", ["RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"]
)
@pytest.mark.parametrize("off", [-7200, 7200])
async def test_a_clock_that_is_off_is_set_by_the_services(code: str, off: float) -> None:
    async with (
        running(refused(code, DATE), Answers(), Answers()) as server,
        identified("sqs", server.url, Fixed(KEYS), at(NOON + off), attempts=1) as client,
    ):
        await client.delete_message(QueueUrl=QUEUE, ReceiptHandle="r")
        await client.delete_message(QueueUrl=QUEUE, ReceiptHandle="r")
    dates = [each.headers["x-amz-date"] for each in server.requests]
    assert dates[0] != "20261127T120000Z"
    assert dates[1:] == ["20261127T120000Z"] * 2


@pytest.mark.parametrize("headers", [DATE, {}, {"Date": "yesterday"}])
async def test_a_wrong_signature_is_none_of_the_clocks(headers: dict[str, str]) -> None:
    now = NOON + 100 if headers == DATE else NOON + 7200
    async with (
        running(refused("SignatureDoesNotMatch", headers)) as server,
        identified("sqs", server.url, Fixed(KEYS), at(now)) as client,
    ):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            await client.delete_message(QueueUrl=QUEUE, ReceiptHandle="r")
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"text"', b'{"Messages": [', b"\xff"])
async def test_a_success_that_cannot_be_read_is_an_error_and_not_repeated(body: bytes) -> None:
    async with running(Answers(body)) as server, lean("sqs", server.url) as client:
        with pytest.raises(HTTPClientError, match="no JSON object"):
            await client.receive_message(QueueUrl=QUEUE)
    assert len(server.requests) == 1


async def test_a_body_that_fails_its_checksum_is_never_handed_on() -> None:
    broken = Answers({"Item": {}}, headers={"x-amz-crc32": str(zlib.crc32(b"else"))})
    async with running(*[broken] * 3) as server, lean("dynamodb", server.url) as client:
        with pytest.raises(ChecksumError):
            await client.get_item(TableName="table", Key={})
    assert len(server.requests) == 3


async def test_a_body_that_passes_its_checksum_is_the_answer() -> None:
    good = Answers(b'{"Item": {}}', headers={"x-amz-crc32": str(zlib.crc32(b'{"Item": {}}'))})
    async with running(good) as server, lean("dynamodb", server.url) as client:
        assert (await client.get_item(TableName="table", Key={}))["Item"] == {}


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
async def test_pauses_double_and_are_spread(chance: float) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    time = Time(now=lambda: NOON, sleep=sleep, chance=lambda: chance)
    async with (
        running(*[Cuts()] * 8) as server,
        identified("sqs", server.url, Fixed(KEYS), time, attempts=8) as client,
    ):
        with pytest.raises(ConnectionClosedError):
            await client.delete_message(QueueUrl=QUEUE, ReceiptHandle="r")
    assert slept == [chance * seconds for seconds in (1, 2, 4, 8, 16, 20, 20)]


async def test_a_service_that_is_down_is_not_asked_thrice_for_ever() -> None:
    down = Answers({"__type": "InternalException"}, 500)
    async with running(*[down] * 500) as server, lean("events", server.url) as client:
        counts: list[int] = []
        for _ in range(60):
            before = len(server.requests)
            with pytest.raises(ClientError) as raised:
                await client.put_events(Entries=[])
            counts.append(len(server.requests) - before)
    # 500 of capacity, at 5 a retry.
    assert counts == [3] * 50 + [1] * 10
    assert raised.value.response["ResponseMetadata"]["RetryQuotaReached"] is True
