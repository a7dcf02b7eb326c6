"""Calls to AWS that only look: what is missing and what is not allowed are answers, too."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from workers.cli.doctor.facts import Denied
from workers.connections import Connections

_MISSING = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "AuthorizationError"})


class Missing(Exception):
    """Raised when what was asked for is not there."""


@dataclass(slots=True)
class Asker:
    """Remembers what was not allowed, and how far the local clock is ahead."""

    connections: Connections
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    denied: list[Denied] = field(default_factory=list)
    skew: timedelta | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(
        self, service: str, operation: str, permission: str, resource: str, **arguments: Any
    ) -> dict[str, Any] | None:
        """The answer; None when it is not allowed. Raises Missing, and what else AWS refuses."""
        # One client a service, however many ask for it at once.
        async with self._opening:
            client = await self.connections.client(service)
        try:
            answer: dict[str, Any] = await getattr(client, operation)(**arguments)
        except ClientError as error:
            self._notice(error.response)
            code = error.response.get("Error", {}).get("Code", "")
            if code in _MISSING:
                raise Missing(resource) from error
            if code in _DENIED:
                self.denied.append(Denied(permission, resource))
                return None
            raise
        self._notice(answer)
        return answer

    def _notice(self, answer: Any) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date is not None and self.skew is None:
            self.skew = self.now() - parsedate_to_datetime(date)
