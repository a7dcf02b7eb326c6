"""How a workflow lies in DynamoDB: items of a workflow and its tasks. Pure.

One item a task, and a head item for the workflow itself under a task id that no task can have. Each
item keeps its part of the state as JSON, so that what is read equals what was written; the other
attributes are there for keys, conditions, the index and people.

The head holds `tasks`, the order of the plan, and `written`, the version in which each task was
last written. A query is not isolated from a write transaction as a whole, only item by item (Amazon
DynamoDB Developer Guide, "Isolation levels for transactions"): it may see one item as it was before
and another as it is after. `written` tells.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from workers.workflow import TaskState, WorkflowState

HEAD = "#workflow"

Item = dict[str, Any]


def head(state: WorkflowState) -> Item:
    """The workflow's own item, as it is created."""
    tasks = [task.plan.task_id for task in state.tasks]
    return {
        **_key(state.workflow_id, HEAD),
        "status": {"S": state.status},
        "created_at": {"S": stamp(state.created_at)},
        "version": {"N": str(state.version)},
        "state": {"S": _json(state)},
        "tasks": {"L": [{"S": task_id} for task_id in tasks]},
        "written": {"M": {task_id: {"N": str(state.version)} for task_id in tasks}},
    }


def head_change(
    before: WorkflowState, after: WorkflowState, changed: Sequence[TaskState]
) -> dict[str, Any]:
    """An update of the head that holds only if the store is still where `before` was."""
    aliases = {f"#task{n}": task.plan.task_id for n, task in enumerate(changed)}
    moves = "".join(f", #written.{alias} = :version" for alias in aliases)
    return {
        "Key": _key(after.workflow_id, HEAD),
        "UpdateExpression": f"SET #status = :status, #version = :version, #state = :state{moves}",
        "ConditionExpression": "#version = :before",
        "ExpressionAttributeNames": {
            **{f"#{name}": name for name in ("status", "version", "state")},
            **({"#written": "written"} if aliases else {}),
            **aliases,
        },
        "ExpressionAttributeValues": {
            ":status": {"S": after.status},
            ":version": {"N": str(after.version)},
            ":state": {"S": _json(after)},
            ":before": {"N": str(before.version)},
        },
    }


def leaf(state: WorkflowState, task: TaskState) -> Item:
    """A task's item."""
    return {
        **_key(state.workflow_id, task.plan.task_id),
        "agent": {"S": task.plan.agent},
        "task_status": {"S": task.status},
        "version": {"N": str(state.version)},
        "state": {"S": task.model_dump_json()},
    }


def is_whole(items: Mapping[str, Item]) -> bool:
    """Whether the items, by task id, are all of one version of the workflow."""
    expected = {task_id: n["N"] for task_id, n in items[HEAD]["written"]["M"].items()}
    return expected == {
        task_id: item["version"]["N"] for task_id, item in items.items() if task_id != HEAD
    }


def state_of(items: Mapping[str, Item]) -> WorkflowState:
    """The workflow in its items, by task id."""
    order = [task_id["S"] for task_id in items[HEAD]["tasks"]["L"]]
    tasks = tuple(TaskState.model_validate_json(items[i]["state"]["S"]) for i in order)
    return headline(items[HEAD]).model_copy(update={"tasks": tasks})


def headline(item: Item) -> WorkflowState:
    """The workflow in its own item, without its tasks."""
    state = WorkflowState.model_validate_json(item["state"]["S"])
    return state.model_copy(update={"version": int(item["version"]["N"])})


def stamp(moment: datetime) -> str:
    """A time as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _key(workflow_id: str, task_id: str) -> Item:
    return {"workflow_id": {"S": workflow_id}, "task_id": {"S": task_id}}


def _json(state: WorkflowState) -> str:
    return state.model_dump_json(exclude={"tasks", "version"})
