"""Task scale-in protection through the ECS agent.

ECS developer guide, "Amazon ECS task scale-in protection endpoint": PUT
`$ECS_AGENT_URI/task-protection/v1/state`; a refusal comes as 4xx, or as 200 with a `failure`.
"""

import json
import math
from datetime import timedelta
from typing import Any

from workers.runtime.protection import ProtectionUnavailable

# The endpoint's own bounds.
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=2880)
_PATIENCE_SECONDS = 5.0


class EcsProtection:
    """Protects the task that this process runs in."""

    def __init__(self, agent_uri: str) -> None:
        self._url = f"{agent_uri.rstrip('/')}/task-protection/v1/state"

    async def protect(self, lasting: timedelta) -> None:
        minutes = min(max(lasting, _SHORTEST), _LONGEST) / timedelta(minutes=1)
        await self._put({"ProtectionEnabled": True, "ExpiresInMinutes": math.ceil(minutes)})

    async def release(self) -> None:
        await self._put({"ProtectionEnabled": False})

    async def _put(self, state: dict[str, Any]) -> None:
        from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415 a third of a second

        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=_PATIENCE_SECONDS)) as session,
                session.put(self._url, json=state) as response,
            ):
                answer = await response.text()
                status = response.status
        except (ClientError, OSError, TimeoutError) as error:
            raise ProtectionUnavailable(f"{type(error).__name__}: {error}") from error
        if refusal := _refusal(status, answer):
            raise ProtectionUnavailable(refusal)


def _refusal(status: int, answer: str) -> str | None:
    try:
        said = json.loads(answer)
    except ValueError:
        return f"the agent answered {status} without JSON"
    for kind in ("failure", "error"):
        if isinstance(said, dict) and said.get(kind):
            return f"{kind}: {json.dumps(said[kind])[:300]}"
    return None if status < 300 else f"the agent answered {status}"
