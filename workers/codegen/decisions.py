"""What codegen answers to a task: which combinations it has templates for, and the events. Pure."""

from collections import Counter

from schemas.codegen import CodegenCompleted
from schemas.identifiers import Origin
from schemas.service import Database, Language, Template
from schemas.task import TaskCreated, TaskFailed

# A template says which database its service has; another one is a contradiction, not a wish.
SUPPORTED: tuple[tuple[Language, Template, Database], ...] = (
    ("python", "rest-api-postgres", "postgresql"),
    ("python", "rest-api", "none"),
)


def refusal(event: TaskCreated, origin: Origin) -> TaskFailed | None:
    """The failure of a task that there are no templates for; None for one that can be done."""
    if (event.language, event.template, event.database) not in SUPPORTED:
        return _failed(event, origin, _unsupported(event))
    counts = Counter(bucket.name for bucket in event.buckets)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        return _failed(event, origin, f"a bucket can be asked for once; more than once: {twice}")
    return None


def completed(event: TaskCreated, origin: Origin, *, artifact: str, files: int) -> CodegenCompleted:
    """The success of a task whose bundle is stored as `artifact`."""
    return CodegenCompleted(
        workflow_id=event.workflow_id,
        task_id=event.task_id,
        service_name=event.service_name,
        environment=event.environment,
        part=event.part,
        artifact=artifact,
        iteration=event.iteration,
        origin=origin,
        files=files,
        made_by="templates",
    )


def _failed(event: TaskCreated, origin: Origin, reason: str) -> TaskFailed:
    return TaskFailed(
        workflow_id=event.workflow_id,
        task_id=event.task_id,
        agent=event.agent,
        reason=reason,
        service_name=event.service_name,
        iteration=event.iteration,
        origin=origin,
    )


def _unsupported(event: TaskCreated) -> str:
    known = "; ".join(
        f"language={language} template={template} database={database}"
        for language, template, database in SUPPORTED
    )
    return (
        f"no templates for language={event.language} template={event.template} "
        f"database={event.database}; supported: {known}"
    )
