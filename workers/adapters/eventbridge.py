"""The bus on EventBridge."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.codec import Entry
from events.publisher import Refusal


class EventBridgeBus:
    """One bus, through an open aiobotocore client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        """A request that fails as a whole refuses every entry; a redelivery sends them again."""
        named = [{"EventBusName": self._name, **entry} for entry in entries]
        try:
            answer = await self._client.put_events(Entries=named)
        except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
            return [Refusal(type(error).__name__, str(error))] * len(entries)
        return [
            Refusal(result["ErrorCode"], result.get("ErrorMessage", ""))
            if "ErrorCode" in result
            else None
            for result in answer["Entries"]
        ]
