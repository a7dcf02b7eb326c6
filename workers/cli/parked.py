"""Whether a workflow is stuck: a message of it was parked, and nothing moves that on by itself."""

import asyncio
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.topology import UNDELIVERED, UNROUTED, producers
from schemas.workflow import WorkflowRequested
from workers.cli import dead_letters
from workers.cli.account import client
from workers.cli.dlq.letters import DeadLetter, event
from workers.cli.publish import SOURCE
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
            if holds_up(letter, workflow_id):
                return f"{letter.event_type} was parked in {queue}: {letter.reason}"
    return None


def holds_up(letter: DeadLetter, workflow_id: str) -> bool:
    """Whether the workflow waits for what was parked.

    Anybody may send rubbish that names the workflow, and moves nothing with it: only the request
    itself counts, and what our own workers published for tasks of the fleet's own.
    """
    detail = event(letter.body).get("detail")
    return (
        isinstance(detail, dict)
        and detail.get("workflow_id") == workflow_id
        and detail.get("origin") != "outside"
        and letter.queue not in (UNROUTED, UNDELIVERED)
        and _ours(letter)
    )


def _ours(letter: DeadLetter) -> bool:
    if letter.event_type == WorkflowRequested.type:
        return letter.source == SOURCE
    return letter.source in producers(letter.event_type or "")
