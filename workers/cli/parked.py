"""Whether a workflow is stuck: a message of it was parked, and nothing moves that on by itself."""

import asyncio
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workers.cli import dead_letters
from workers.cli.account import client
from workers.settings import Settings

_BETWEEN_LOOKS = 3.0


async def until_parked(settings: Settings, workflow_id: str) -> str:
    """Waits until a message of the workflow is parked, and says which and why."""
    sqs = client("sqs", settings)
    while True:
        await asyncio.sleep(_BETWEEN_LOOKS)
        try:
            found = await asyncio.to_thread(_look, sqs, settings, workflow_id)
        except (BotoCoreError, ClientError):
            # Away for a moment, or for good: that is for whoever runs the fleet to say.
            continue
        if found is not None:
            return found


def _look(sqs: Any, settings: Settings, workflow_id: str) -> str | None:
    depths = dead_letters.depths(sqs, settings.names)
    for queue in (queue for queue, depth in depths.items() if depth):
        for letter in dead_letters.peek(sqs, settings.names, queue):
            if letter.group == workflow_id or workflow_id in letter.body:
                return f"{letter.event_type} was parked in {queue}: {letter.reason}"
    return None
