"""Open clients to AWS, or to an emulator, made when first asked for and closed together."""

import ipaddress
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from workers.settings import Settings


class Connections:
    """One aiobotocore client a service. Used as an async context manager."""

    def __init__(self, settings: Settings, session: Any = None) -> None:
        """With a session that has read the services' descriptions already, opening is quick."""
        self._settings = settings
        self._session = session
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}

    async def __aenter__(self) -> "Connections":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def again(self) -> "Connections":
        """The same, to be opened in another event loop."""
        return Connections(self._settings, self._session)

    async def client(self, service: str) -> Any:
        """The client of that service, opened on the first call."""
        if service not in self._clients:
            # Half a second of imports, which a command that needs no AWS should not pay.
            from aiobotocore.config import AioConfig  # noqa: PLC0415
            from aiobotocore.session import get_session  # noqa: PLC0415

            wait = int(self._settings.receive_wait.total_seconds())
            session = self._session or get_session()
            client = session.create_client(
                service,
                region_name=self._settings.region,
                endpoint_url=self._settings.endpoint_url,
                config=AioConfig(
                    connect_timeout=3,
                    # A long poll answers after its wait at the latest; more silence is a dead peer.
                    read_timeout=wait + 10,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    s3={"addressing_style": "path"} if self._settings.embedded else {},
                ),
                **credentials(self._settings.endpoint_url),
            )
            self._clients[service] = await self._stack.enter_async_context(client)
        return self._clients[service]


def credentials(endpoint_url: str | None) -> dict[str, str]:
    """Stand-in credentials for an emulator on this machine; for all else botocore's own chain."""
    if endpoint_url is None or not _is_local(endpoint_url):
        return {}
    return {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
