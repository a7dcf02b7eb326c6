"""Requests to releases with aiohttp, only to where releases may be."""

import time
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from workers.ports import Answer, Reject

LOOPBACK = frozenset({"127.0.0.1"})

# One look at a release is some ten requests that may each take this long, within a route's 60 s.
_TIME = timedelta(seconds=4)
_BODY_LIMIT = 1024 * 1024
_CHUNK = 64 * 1024


class AiohttpProbe:
    """Asks the hosts that it was made for, and no others.

    An endpoint comes in an event. Without a list of hosts, whoever can forge one would have this
    process call what only this process can reach, such as a cloud's metadata service.
    """

    def __init__(
        self,
        hosts: Collection[str] = LOOPBACK,
        *,
        time_limit: timedelta = _TIME,
        body_limit: int = _BODY_LIMIT,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._time_limit = time_limit
        self._body_limit = body_limit

    async def request(self, method: str, url: str, json: object | None = None) -> Answer:
        """Raises Reject for a URL that is not HTTP to one of the hosts."""
        from aiohttp import ClientError  # noqa: PLC0415  a third of a second

        self._check(url)
        started = time.perf_counter()
        try:
            status, body = await self._exchange(method, url, json)
        except (ClientError, OSError, TimeoutError) as error:
            return Answer(None, b"", _since(started), error=_said(error))
        if body is None:
            error_text = f"the answer is over {self._body_limit} bytes"
            return Answer(None, b"", _since(started), error=error_text)
        return Answer(status, body, _since(started))

    async def _exchange(
        self, method: str, url: str, json: object | None
    ) -> tuple[int, bytes | None]:
        from aiohttp import ClientSession, ClientTimeout  # noqa: PLC0415

        # A connection of its own for each request: none outlives a restart of the release.
        async with (
            ClientSession(
                timeout=ClientTimeout(total=self._time_limit.total_seconds()),
                # Compressed, a small answer could be a large one.
                auto_decompress=False,
                headers={"Accept-Encoding": "identity", "User-Agent": "flotilla-observability"},
            ) as session,
            session.request(method, url, json=json, allow_redirects=False) as response,
        ):
            body = b""
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > self._body_limit:
                    return response.status, None
            return response.status, body

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError as error:
            raise Reject(f"{url[:200]!r} is no URL: {error}") from error
        if parts.scheme not in ("http", "https") or host not in self._hosts:
            allowed = ", ".join(sorted(self._hosts))
            raise Reject(f"{url[:200]!r} is not HTTP to a host of releases ({allowed})")


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.perf_counter() - started)


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return f"{type(error).__name__}: {error}"[:300]
