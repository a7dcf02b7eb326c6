"""Where the state of workflows is kept."""

from collections.abc import Sequence
from typing import Protocol

from workers.workflow import WorkflowState


class Workflows(Protocol):
    """Workflow states, each write conditional on the version it was based on."""

    async def create(self, state: WorkflowState) -> WorkflowState:
        """Stores a new workflow, or returns the one that is already there under its id."""

    async def load(self, workflow_id: str) -> WorkflowState | None: ...

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        """Writes `after` if the store still holds `before.version`; False when it does not."""

    async def recent(self, limit: int = 20) -> Sequence[WorkflowState]:
        """The newest workflows first, without their tasks."""
