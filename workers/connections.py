"""Open clients to AWS, or to an emulator, made when first asked for and closed together."""

import ipaddress
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from workers.settings import Settings, Transport

_CONNECT_SECONDS = 3
_ATTEMPTS = 3


class Connections:
    """One client a service. Used as an async context manager.

    SQS, EventBridge and DynamoDB are served by the lean transport, all else by aiobotocore, which
    is also the way back for those three: FLOTILLA_TRANSPORT=botocore. To whoever calls there is no
    difference but speed.
    """

    def __init__(
        self,
        settings: Settings,
        session: Any = None,
        transport: Transport | None = None,
    ) -> None:
        """With a session that has read the services' descriptions already, opening is quick."""
        self._settings = settings
        self._session = session
        self._transport: Transport = transport or settings.transport
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._references: dict[str, Any] = {}
        self._lean: Any = None

    async def __aenter__(self) -> "Connections":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def again(self) -> "Connections":
        """The same, to be opened in another event loop."""
        return Connections(self._settings, self._session, self._transport)

    async def client(self, service: str) -> Any:
        """The client of that service, opened on the first call."""
        if service not in self._clients:
            self._clients[service] = await self._opened(service)
        return self._clients[service]

    async def _opened(self, service: str) -> Any:
        if self._transport == "lean":
            lean = self._lean = self._lean or self._opening()
            if lean.knows(service):
                reference = partial(self._reference, service)
                return await self._stack.enter_async_context(lean.client(service, reference))
        return await self._reference(service)

    async def _reference(self, service: str) -> Any:
        """An aiobotocore client of that service, opened on the first call."""
        if service not in self._references:
            # Half a second of imports, which a command that needs no AWS should not pay.
            from aiobotocore.config import AioConfig  # noqa: PLC0415
            from aiobotocore.session import get_session  # noqa: PLC0415

            session = self._session or get_session()
            client = session.create_client(
                service,
                region_name=self._settings.region,
                endpoint_url=self._settings.endpoint_url,
                config=AioConfig(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=self._silence,
                    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                    s3={"addressing_style": "path"} if self._settings.embedded else {},
                ),
                **credentials(self._settings.endpoint_url),
            )
            self._references[service] = await self._stack.enter_async_context(client)
        return self._references[service]

    def _opening(self) -> Any:
        from workers.adapters.lean.opening import Opening, Place  # noqa: PLC0415 as above
        from workers.adapters.lean.retries import Bounds  # noqa: PLC0415
        from workers.adapters.lean.signature import Keys  # noqa: PLC0415

        url = self._settings.endpoint_url
        own = credentials(url)
        return Opening(
            Place(self._settings.region, url),
            Bounds(attempts=_ATTEMPTS, connect=_CONNECT_SECONDS, read=self._silence),
            Keys(own["aws_access_key_id"], own["aws_secret_access_key"]) if own else None,
        )

    @property
    def _silence(self) -> int:
        """A long poll answers after its wait at the latest; more silence is a dead peer."""
        return int(self._settings.receive_wait.total_seconds()) + 10


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
