"""Only what passed every gate for an environment is deployed there."""

from typing import get_args

from schemas.task import TaskCreated
from workers.bundle import Bundle
from workers.ports import Artifacts, Gate, ReleaseFailed

GATES: tuple[Gate, ...] = get_args(Gate)


async def passed(event: TaskCreated, artifacts: Artifacts) -> list[Bundle]:
    """The bundles of a deployment task. Raises ReleaseFailed for one that no gate let through."""
    if not event.artifacts:
        raise ReleaseFailed("the task brings no artifact, so there is nothing to deploy")
    for key in event.artifacts:
        through = await artifacts.attested(key, event.environment)
        if missing := [gate for gate in GATES if gate not in through]:
            raise ReleaseFailed(
                f"{key} has not passed {' and '.join(missing)} for {event.environment}"
            )
    return [await artifacts.read(key) for key in event.artifacts]
