"""A store of payloads in memory. For tests."""

import asyncio

from events.claim_check import claim_check, payload_key
from workers.runtime.claim_check import PayloadLost, PayloadsUnavailable


class FakePayloads:
    """Keeps what is stored under its hash; `stores` and `loads` list the keys in order."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.stores: list[str] = []
        self.loads: list[str] = []
        self.down = False

    async def store(self, content: bytes) -> str:
        await self._reach()
        key = claim_check(content).key
        self.stores.append(key)
        self.kept[key] = content
        return key

    async def load(self, key: str) -> bytes:
        await self._reach()
        self.loads.append(key)
        content = self.kept.get(key)
        if content is None:
            raise PayloadLost(f"load {key}: nothing there")
        if payload_key(content) != key:
            raise PayloadLost(f"the bytes of {key} don't match its hash")
        return content

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise PayloadsUnavailable("the store is away")
