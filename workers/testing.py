"""The ports in memory, for tests: they keep what the real ones keep, and pass the same suite.

What goes in comes out as it would from a wire: packed, or as JSON.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import TypeAdapter

from schemas.identifiers import Environment
from workers.bundle import Bundle, artifact_key, pack, unpack
from workers.ports import AuditedViolation, DeploymentRecord, Gate, Notification, Reject
from workers.workflow import WorkflowState

ResultT = TypeVar("ResultT")

EPOCH = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Moves time on."""
        self._now += by


class FakeSteps:
    """Keeps the results of steps as JSON, for as many runs of a handler as share it."""

    def __init__(self) -> None:
        self.results: dict[str, bytes] = {}

    async def __call__(
        self, name: str, effect: Callable[[], Awaitable[ResultT]], kind: type[ResultT]
    ) -> ResultT:
        results: TypeAdapter[ResultT] = TypeAdapter(kind)
        if name not in self.results:
            self.results[name] = results.dump_json(await effect())
        return results.validate_json(self.results[name])


class FakeArtifacts:
    """Bundles by content address; `packed` is open so that a test can damage one."""

    def __init__(self) -> None:
        self.packed: dict[str, bytes] = {}
        self._attested: dict[tuple[str, str], set[Gate]] = {}

    async def read(self, key: str) -> Bundle:
        packed = self.packed.get(key)
        if packed is None:
            raise Reject(f"there is no {key}")
        if artifact_key(packed) != key:
            raise Reject(f"the bytes of {key} don't match its address")
        return unpack(packed)

    async def write(self, bundle: Bundle) -> str:
        packed = pack(bundle)
        key = artifact_key(packed)
        self.packed.setdefault(key, packed)
        return key

    async def attest(self, key: str, gate: Gate, environment: Environment) -> None:
        self._attested.setdefault((key, environment), set()).add(gate)

    async def attested(self, key: str, environment: Environment) -> frozenset[Gate]:
        return frozenset(self._attested.get((key, environment), ()))


class FakeReports:
    """Report files by workflow and name."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, bytes]] = {}

    async def write(self, workflow_id: str, files: Mapping[str, bytes]) -> None:
        self._files.setdefault(workflow_id, {}).update(files)

    async def read(self, workflow_id: str) -> Mapping[str, bytes]:
        return dict(self._files.get(workflow_id, {}))


class FakeWorkflows:
    """Workflow states as JSON; `saves` counts the writes that took effect."""

    def __init__(self) -> None:
        self._stored: dict[str, str] = {}
        self.saves = 0

    async def create(self, state: WorkflowState) -> WorkflowState:
        first = state.model_copy(update={"version": 0})
        self._stored.setdefault(state.workflow_id, first.model_dump_json())
        return WorkflowState.model_validate_json(self._stored[state.workflow_id])

    async def load(self, workflow_id: str) -> WorkflowState | None:
        stored = self._stored.get(workflow_id)
        return WorkflowState.model_validate_json(stored) if stored else None

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        there = await self.load(after.workflow_id)
        if there is None or there.version != before.version:
            return False
        next_state = after.model_copy(update={"version": before.version + 1})
        self._stored[after.workflow_id] = next_state.model_dump_json()
        self.saves += 1
        return True

    async def recent(self, limit: int = 20) -> Sequence[WorkflowState]:
        states = [WorkflowState.model_validate_json(stored) for stored in self._stored.values()]
        newest = sorted(states, key=lambda state: state.created_at, reverse=True)[:limit]
        return [state.model_copy(update={"tasks": ()}) for state in newest]


class FakeDeployments:
    """Deployment records, the last for each id and time."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, datetime], DeploymentRecord] = {}

    async def record(self, record: DeploymentRecord) -> None:
        self.records[record.deployment_id, record.timestamp] = record


class FakePolicyAudit:
    """Audited violations, the last for each id and time."""

    def __init__(self) -> None:
        self.violations: dict[tuple[str, datetime], AuditedViolation] = {}

    async def record(self, violations: Sequence[AuditedViolation]) -> None:
        for violation in violations:
            self.violations[violation.violation_id, violation.timestamp] = violation


class FakeNotifications:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[Notification] = []

    async def send(self, notification: Notification) -> None:
        self.sent.append(notification)
