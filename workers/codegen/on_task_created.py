"""task.created (agent codegen) -> codegen.completed | task.failed"""

from schemas.codegen import CodegenCompleted
from schemas.task import TaskCreated, TaskFailed
from workers.codegen.decisions import completed, refusal
from workers.codegen.rendering import render
from workers.ports import Artifacts, Context


async def handle(
    event: TaskCreated, artifacts: Artifacts, context: Context
) -> CodegenCompleted | TaskFailed:
    """Stores one bundle for the task's part; the same event stores the same bytes again.

    Anyone may create a task. What a stranger's task leads to says so, and moves no workflow.
    """
    refused = refusal(event, context.origin)
    if refused is not None:
        return refused
    bundle = render(event)
    key = await artifacts.write(bundle)
    return completed(event, context.origin, artifact=key, files=len(bundle.files))
