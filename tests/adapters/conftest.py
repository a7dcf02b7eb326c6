"""aiobotocore clients for the adapters' tests."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest


@pytest.fixture(scope="session")
def aws() -> Any:
    """One session: it reads the services' descriptions, which takes most of a client's start."""
    from aiobotocore.session import get_session

    return get_session()


@pytest.fixture
def client_at(aws: Any) -> Callable[[str, str], AbstractAsyncContextManager[Any]]:
    """Opens a client of a service at any endpoint. It tries once: errors are what is tested."""
    from aiobotocore.config import AioConfig

    def opened(service: str, endpoint: str) -> AbstractAsyncContextManager[Any]:
        client: AbstractAsyncContextManager[Any] = aws.create_client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=AioConfig(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10),
        )
        return client

    return opened


@pytest.fixture
def clients(
    request: pytest.FixtureRequest, client_at: Callable[[str, str], Any]
) -> Callable[[str], AbstractAsyncContextManager[Any]]:
    """Opens a client of a service on the emulator, which starts with the first one."""

    def opened(service: str) -> AbstractAsyncContextManager[Any]:
        client: AbstractAsyncContextManager[Any] = client_at(
            service, request.getfixturevalue("ministack")
        )
        return client

    return opened
