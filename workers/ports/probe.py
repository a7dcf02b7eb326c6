"""Requests to a release from outside."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `status` is None when there was none, and `error` says why."""

    status: int | None
    body: bytes
    elapsed: timedelta
    error: str | None = None


class HttpProbe(Protocol):
    """Requests to a release, bounded in time and size; never follows a redirect."""

    async def request(self, method: str, url: str, json: object | None = None) -> Answer: ...
