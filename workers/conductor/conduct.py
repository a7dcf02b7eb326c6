"""Loads a workflow, advances it and saves it, in rivalry with the other conductors."""

from datetime import timedelta

from workers.conductor.decisions import Conducted, advance
from workers.ports import Clock, Context, Retry, Workflows
from workers.workflow import WorkflowState

# Ten conductor routes may write to one workflow at once, each once; who loses that often met
# something else than its neighbours.
_TRIES = 10
_PAUSE = timedelta(seconds=1)


async def conduct(
    event: Conducted, workflows: Workflows, clock: Clock, context: Context
) -> WorkflowState | None:
    """The workflow as it is stored after the event; None when nobody planned it here.

    Anyone may publish a `task.created` of a workflow of their own: its events come by and mean
    nothing to us.
    """
    for _ in range(_TRIES):
        before = await workflows.load(event.workflow_id)
        if before is None:
            return None
        after = advance(before, event, context.event_id, clock.now())
        if after == before or await workflows.save(before, after):
            return after
    raise Retry(f"workflow {event.workflow_id} is being changed by others", after=_PAUSE)
