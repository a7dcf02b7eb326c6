"""A task of the codegen worker, and what it renders to."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.task import TaskCreated

TaskOf = Callable[..., TaskCreated]


@pytest.fixture
def task() -> TaskOf:
    """Makes a task of the user-service, with some of its fields given."""

    def made(**fields: Any) -> TaskCreated:
        return TaskCreated.model_validate(
            {
                "workflow_id": "wf-1",
                "task_id": "t1",
                "agent": "codegen",
                "service_name": "user-service",
                "resource": "user",
                "buckets": [{"name": "avatars", "public": True}],
                **fields,
            }
        )

    return made
