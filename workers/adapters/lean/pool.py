"""Connections to one endpoint that are kept for the next call, and what goes wrong with them."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

from workers.adapters.lean.connection import Connection, Disconnected, Silent
from workers.adapters.lean.response import BadResponse, Response
from workers.adapters.lean.retries import Bounds


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go. `path` is percent-encoded; `host` has the port that a request names."""

    url: str
    host: str
    path: str
    name: str
    port: int
    tls: bool

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises ValueError for what is no HTTP URL."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"Invalid endpoint: {url}")
        tls = parts.scheme == "https"
        usual = 443 if tls else 80
        port = parts.port or usual
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        host = name if port == usual else f"{name}:{port}"
        return cls(url, host, parts.path or "/", parts.hostname, port, tls)


class Pool:
    """Belongs to one event loop. `trust` verifies the endpoint's name and certificate."""

    def __init__(self, address: Address, bounds: Bounds, trust: ssl.SSLContext | None) -> None:
        self._address = address
        self._bounds = bounds
        self._trust = trust
        self._room = asyncio.Semaphore(bounds.connections)
        self._idle: list[tuple[Connection, float]] = []
        self._all: set[Connection] = set()
        self._is_closed = False
        self._loop = asyncio.get_running_loop()

    async def exchange(self, request: bytes) -> Response:
        """Raises botocore's ConnectionErrors and HTTPClientErrors, as aiobotocore does."""
        async with self._room:
            connection = self._kept() or await self._opened()
            keep = False
            try:
                response = await connection.exchange(request, self._bounds.read)
                keep = response.reusable and connection.is_open
            except Silent as error:
                raise ReadTimeoutError(endpoint_url=self._address.url, error=error) from error
            except Disconnected as error:
                raise ConnectionClosedError(
                    endpoint_url=self._address.url, error=error, request=None
                ) from error
            except BadResponse as error:
                raise HTTPClientError(error=error) from error
            finally:
                # A call that was cancelled may still be answered: nobody else must read that.
                if keep:
                    self._idle.append((connection, self._loop.time()))
                else:
                    self._drop(connection)
            return response

    async def close(self) -> None:
        """Closes all of them, and waits until they are. There is no call afterwards."""
        self._is_closed = True
        self._idle.clear()
        closing = list(self._all)
        for connection in closing:
            self._drop(connection)
        for connection in closing:
            await connection.closed

    def _kept(self) -> Connection | None:
        """The one that was used last; those that were idle too long are closed."""
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_open and self._loop.time() - since < self._bounds.idle:
                return connection
            self._drop(connection)
        return None

    def _drop(self, connection: Connection) -> None:
        connection.abort()
        self._all.discard(connection)

    async def _opened(self) -> Connection:
        if self._is_closed:
            # A call that was under way would leave its next connection open for good.
            raise RuntimeError("the client is closed")
        url, address = self._address.url, self._address
        tls: dict[str, Any] = {"ssl": self._trust, "server_hostname": address.name}
        try:
            async with asyncio.timeout(self._bounds.connect):
                _, connection = await self._loop.create_connection(
                    Connection, address.name, address.port, **(tls if address.tls else {})
                )
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        self._all.add(connection)
        return connection
