"""Clients put together from what botocore is configured with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from workers.adapters.lean.caller import Caller, Time
from workers.adapters.lean.client import LeanClient, Reference
from workers.adapters.lean.endpoint import Endpoint, endpoint, is_behind_a_proxy, trust
from workers.adapters.lean.identity import Chain, Fixed, Identity
from workers.adapters.lean.line import Line
from workers.adapters.lean.pool import Address
from workers.adapters.lean.retries import Bounds
from workers.adapters.lean.services import SERVICES, Service
from workers.adapters.lean.signature import Keys

REAL_TIME = Time()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the services are: in a region of AWS, unless there is a URL for all of them."""

    region: str
    endpoint_url: str | None = None


class Opening:
    """Opens clients of one place that share what they prove themselves with."""

    def __init__(
        self,
        place: Place,
        bounds: Bounds,
        keys: Keys | None = None,
        time: Time = REAL_TIME,
        ca_bundle: str | None = None,
    ) -> None:
        """Without keys botocore's chain has them; without a bundle, its configuration may."""
        self._place = place
        self._bounds = bounds
        self._identity: Identity = Fixed(keys) if keys else Chain(_credentials)
        self._time = time
        self._ca_bundle = ca_bundle

    @staticmethod
    def knows(name: str) -> bool:
        """Whether there is a lean client of that service."""
        return name in SERVICES

    @asynccontextmanager
    async def client(self, name: str, reference: Reference) -> AsyncIterator[Any]:
        """The client; the reference itself where requests must go through a proxy."""
        service = SERVICES[name]
        found, bundle = await self._find(service)
        if is_behind_a_proxy(found.url):
            yield await reference()
            return
        address = Address.of(found.url)
        verified = await asyncio.to_thread(trust, bundle) if address.tls else None
        line = Line(service, address, found.region, self._bounds, verified)
        try:
            caller = Caller(line, self._identity, self._bounds, self._time)
            yield LeanClient(service, caller, reference)
        finally:
            await line.close()

    async def _find(self, service: Service) -> tuple[Endpoint, str | None]:
        """The endpoint, and the bundle of certificates for it."""
        region, url = self._place.region, self._place.endpoint_url
        if url is not None and not url.startswith("https:"):
            # An emulator. Nothing more is read, which would take longer than all the rest.
            return Endpoint(url, region), None
        account = await self._account() if service.by_account else None
        return await asyncio.to_thread(self._look_up, service, account)

    async def _account(self) -> str | None:
        try:
            return (await self._identity.keys()).account
        except BotoCoreError:
            # Whoever makes a call is told, as by aiobotocore; opening a client is none.
            return None

    def _look_up(self, service: Service, account: str | None) -> tuple[Endpoint, str | None]:
        session = _session()
        bundle = self._ca_bundle or session.get_config_variable("ca_bundle")
        if self._place.endpoint_url is not None:
            return Endpoint(self._place.endpoint_url, self._place.region), bundle
        return endpoint(service, self._place.region, session, account), bundle


def _session() -> Any:
    # A fifth of a second of imports, for AWS itself alone.
    from botocore.session import get_session  # noqa: PLC0415

    return get_session()


def _credentials() -> Any:
    return _session().get_credentials()
