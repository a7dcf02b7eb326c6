"""task.created (agent codegen) -> codegen.completed | task.failed"""

from schemas.codegen import CodegenCompleted
from schemas.task import TaskCreated, TaskFailed
from workers.codegen.decisions import completed, refusal
from workers.codegen.rendering import render
from workers.ports import Artifacts


async def handle(event: TaskCreated, artifacts: Artifacts) -> CodegenCompleted | TaskFailed:
    """Stores one bundle for the task's part; the same event stores the same bytes again."""
    refused = refusal(event)
    if refused is not None:
        return refused
    bundle = render(event)
    return completed(event, await artifacts.write(bundle), len(bundle.files))
