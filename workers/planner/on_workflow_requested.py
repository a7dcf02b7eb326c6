"""workflow.requested -> workflow.created and the first task.created | workflow.failed"""

from functools import cache
from pathlib import Path

from schemas.task import TaskCreated
from schemas.workflow import WorkflowCreated, WorkflowFailed, WorkflowRequested
from workers.planner.belief import believed, question
from workers.planner.decisions import answer, opened, workflow_id
from workers.planner.draft import Draft
from workers.planner.reply import PlanReply
from workers.planner.rules import understood
from workers.planner.specification import checked
from workers.ports import (
    Clock,
    Context,
    Model,
    NoReply,
    NotConfigured,
    Prompt,
    Step,
    Workflows,
)
from workers.redaction import redacted


async def handle(
    event: WorkflowRequested,
    model: Model,
    workflows: Workflows,
    clock: Clock,
    context: Context,
    step: Step,
) -> tuple[WorkflowCreated | TaskCreated | WorkflowFailed, ...]:
    """Understands a request once, stores the workflow, and answers from what is stored.

    A model is asked once, whatever becomes of this process: an answer costs money.
    """
    event = event.model_copy(update={"request": redacted(event.request)})
    stored = await workflows.load(workflow_id(event, context.event_id))
    if stored is None:
        draft, planned_by = await step(
            "understand the request", lambda: _understood(event, model), tuple[Draft, str]
        )
        outcome = checked(event, draft)
        stored = await workflows.create(
            opened(event, outcome, planned_by=planned_by, by=context.event_id, now=clock.now())
        )
    return answer(stored, context.event_id)


async def _understood(event: WorkflowRequested, model: Model) -> tuple[Draft, str]:
    """What the sentence says, and who read it. Parameters alone need no reader."""
    if not event.request:
        return Draft(), "rules"
    rules = understood(event.request)
    try:
        reply = await model.reply(Prompt(_system(), question(event.request)), PlanReply)
    except NotConfigured as reason:
        return rules.noted(f"planned by rules: {reason}"), "rules"
    except NoReply as reason:
        note = f"planned by rules: the model gave no usable reply: {reason}"
        return rules.noted(note), "rules"
    return believed(reply.value, rules, event.request), "model"


@cache
def _system() -> str:
    return Path(__file__).with_name("prompt.md").read_text(encoding="utf-8")
