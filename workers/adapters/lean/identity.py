"""Who calls: credentials from botocore's own chain, looked up off the event loop, kept fresh."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from workers.adapters.lean.signature import Keys

# botocore renews what ends within a quarter of an hour, when it is asked: often enough.
_LOOK_AGAIN_SECONDS = 60.0


class Identity(Protocol):
    """Answers with what a request is signed with."""

    async def keys(self) -> Keys: ...

    async def renewed(self, refused: Keys) -> Keys:
        """Other ones than those, which a service no longer takes, if there are any."""
        ...


class Fixed:
    """The same keys always."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def keys(self) -> Keys:
        return self._keys

    async def renewed(self, refused: Keys) -> Keys:
        return self._keys


class Chain:
    """`load` walks botocore's chain from its start and answers with its Credentials, or None."""

    def __init__(
        self, load: Callable[[], Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._source: Any = None
        self._keys: Keys | None = None
        self._look_at = 0.0
        self._lock = asyncio.Lock()

    async def keys(self) -> Keys:
        """Raises NoCredentialsError, CredentialRetrievalError and what else the chain does."""
        known = self._keys
        if known is not None and (self._clock() < self._look_at or self._lock.locked()):
            # While one looks again, what is known still holds.
            return known
        async with self._lock:
            if self._keys is None or self._clock() >= self._look_at:
                await self._look()
            assert self._keys is not None
            return self._keys

    async def renewed(self, refused: Keys) -> Keys:
        """From the chain's start, unless another call has done that already."""
        async with self._lock:
            if self._keys in {None, refused}:
                self._source = None
                await self._look()
            assert self._keys is not None
            return self._keys

    async def _look(self) -> None:
        self._source, self._keys = await asyncio.to_thread(self._looked_up, self._source)
        self._look_at = self._clock() + _LOOK_AGAIN_SECONDS

    def _looked_up(self, source: Any) -> tuple[Any, Keys]:
        source = source or self._load()
        if source is None:
            raise NoCredentialsError
        frozen = source.get_frozen_credentials()
        for text in (frozen.access_key, frozen.token or ""):
            # They go into headers: a line break from a file would end one.
            if not (text.isascii() and text.isprintable()):
                raise CredentialRetrievalError(
                    provider=source.method, error_msg="it holds a character that no header may"
                )
        return source, Keys(frozen.access_key, frozen.secret_key, frozen.token, frozen.account_id)
