"""The two ways to AWS under one name each, so that a fact can be asked of both."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from workers.adapters.lean.caller import Caller, Time
from workers.adapters.lean.client import LeanClient
from workers.adapters.lean.identity import Identity
from workers.adapters.lean.line import Line
from workers.adapters.lean.opening import Opening, Place
from workers.adapters.lean.pool import Address
from workers.adapters.lean.retries import Bounds
from workers.adapters.lean.services import SERVICES
from workers.adapters.lean.signature import Keys

BOTOCORE = "botocore"
LEAN = "lean"
REGION = "us-east-1"
KEYS = Keys("test", "test")

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def no_time(seconds: float) -> None:
    """A sleep that is over at once."""


async def no_reference() -> Any:
    raise AssertionError("this test has no other client to go to")


def lean(service: str, url: str, *, attempts: int = 3, read: float = 10) -> Any:
    bounds = Bounds(attempts=attempts, connect=5, read=read)
    opening = Opening(Place(REGION, url), bounds, KEYS, Time(sleep=no_time))
    return opening.client(service, no_reference)


def botocore(session: Any, service: str, url: str, *, attempts: int = 3, read: float = 10) -> Any:
    from aiobotocore.config import AioConfig

    retries = {"mode": "standard", "total_max_attempts": attempts}
    return session.create_client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        config=AioConfig(retries=retries, connect_timeout=5, read_timeout=read),
    )


@asynccontextmanager
async def identified(
    service: str, url: str, identity: Identity, time: Time, attempts: int = 3
) -> AsyncIterator[LeanClient]:
    """A lean client with an identity and a time of the test's own."""
    bounds = Bounds(attempts=attempts, connect=5, read=10)
    line = Line(SERVICES[service], Address.of(url), REGION, bounds)
    try:
        caller = Caller(line, identity, bounds, time)
        yield LeanClient(SERVICES[service], caller, no_reference)
    finally:
        await line.close()
