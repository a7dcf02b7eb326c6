"""How much could not be handled, and a look at it. Looking does not take anything away."""

from itertools import islice
from typing import Any

from events.topology import Names
from workers.cli.dlq.letters import DeadLetter
from workers.cli.dlq.queue import DeadQueue, queues


def depths(sqs: Any, names: Names) -> dict[str, int]:
    """Messages in each queue of dead letters by its short name, those in flight included."""
    return {short: DeadQueue(sqs, names, short).depth() for short in queues(names)}


def peek(sqs: Any, names: Names, short: str, limit: int = 1000) -> list[DeadLetter]:
    """The messages in one of the queues, oldest first as far as SQS tells; all are given back."""
    with DeadQueue(sqs, names, short) as queue:
        return list(islice(queue.walk(), limit))
