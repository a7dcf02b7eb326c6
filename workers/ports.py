"""What handlers need from outside, as protocols. A handler names the ports it uses by type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from schemas.deployment import ProvisionedResource
from schemas.policy import Violation
from workers.bundle import Bundle
from workers.workflow import WorkflowState

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class Retry(Exception):
    """Raised by a handler or an adapter when time may help; `after` overrides the backoff."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Reject(Exception):
    """Raised by a handler or an adapter when trying again can't help; the message is parked."""


@dataclass(frozen=True, slots=True)
class Context:
    """The delivery that a handler runs in. `event_id` is the same on every delivery of an event."""

    event_id: str
    time: datetime
    deadline: datetime


class Clock(Protocol):
    """Aware UTC time."""

    def now(self) -> datetime: ...


class Artifacts(Protocol):
    """Bundles by content address."""

    async def read(self, key: str) -> Bundle:
        """Raises Reject when there is no such artifact or its bytes don't match its key."""

    async def write(self, bundle: Bundle) -> str:
        """Stores the bundle under its content address and returns the key; again is the same."""


class Reports(Protocol):
    """Files about a workflow for people and programs."""

    async def write(self, workflow_id: str, files: Mapping[str, bytes]) -> None: ...

    async def read(self, workflow_id: str) -> Mapping[str, bytes]: ...


class Workflows(Protocol):
    """Workflow states, each write conditional on the version it was based on."""

    async def create(self, state: WorkflowState) -> WorkflowState:
        """Stores a new workflow, or returns the one that is already there under its id."""

    async def load(self, workflow_id: str) -> WorkflowState | None: ...

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        """Writes `after` if the store still holds `before.version`; False when it does not."""

    async def recent(self, limit: int = 20) -> Sequence[WorkflowState]:
        """The newest workflows first, without their tasks."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file as the policy engine sees it: `kind` picks the rules, `content` is parsed."""

    kind: Literal["terraform", "kubernetes", "dockerfile", "github_workflow", "gitlab_ci"]
    path: str
    content: object


class PolicyEngine(Protocol):
    """Rego over documents."""

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        """Every violation, ordered by path, rule and message. A missing result is a violation."""


class SecretScanner(Protocol):
    """Looks for credentials in files."""

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]: ...


@dataclass(frozen=True, slots=True)
class AuditedViolation:
    """A violation as the audit table keeps it."""

    violation_id: str
    timestamp: datetime
    workflow_id: str
    task_id: str
    artifact: str
    violation: Violation


class PolicyAudit(Protocol):
    """The log of all violations; a record written again replaces itself."""

    async def record(self, violations: Sequence[AuditedViolation]) -> None: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked: who it is, and the question. Never holds a secret."""

    system: str
    question: str
    max_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Reply(Generic[ReplyT]):
    """A model's answer, checked against its schema, with what it cost."""

    value: ReplyT
    model: str
    input_tokens: int = 0
    output_tokens: int = 0


class NoReply(Exception):
    """Raised by a model that gave no usable reply within its bounds. Fall back, and say so."""


class Model(Protocol):
    """Answers prompts in the form of a pydantic model."""

    async def reply(self, prompt: Prompt, form: type[ReplyT]) -> Reply[ReplyT]:
        """Raises NoReply, or Retry when the provider asks for more time than a delivery has."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child process may use."""

    seconds: float = 120.0
    memory_bytes: int = 1024 * 1024 * 1024
    processes: int = 64
    file_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TestRun:
    """What the artifact's own test runner did. `exit_code` is None when it was ended by a limit."""

    __test__: ClassVar[bool] = False

    exit_code: int | None
    ended_by: Literal["itself", "time", "memory", "crash"]
    output: str
    junit_xml: bytes | None
    duration: timedelta


class TestRunner(Protocol):
    """Runs an artifact's own tests, apart from everything that is ours."""

    async def run(self, bundle: Bundle, limits: Limits) -> TestRun:
        """Raises Reject when no environment can be made for what the bundle requires."""


# pytest would otherwise try to collect it where a test imports it.
TestRunner.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Release:
    """A deployable version of a service."""

    deployment_id: str
    service_name: str
    environment: str
    version: str


@dataclass(frozen=True, slots=True)
class Running:
    """A release that takes traffic."""

    release: Release
    endpoint: str
    previous_version: str | None


class ReleaseFailed(Exception):
    """Raised by a target when a release does not get healthy; what ran before still runs."""

    def __init__(self, reason: str, rolled_back_to: str | None = None) -> None:
        super().__init__(reason)
        self.rolled_back_to = rolled_back_to


class Target(Protocol):
    """Where releases run. Every call may be repeated with the same arguments."""

    async def provision(
        self, release: Release, bundle: Bundle
    ) -> tuple[ProvisionedResource, ...]: ...

    async def roll_out(self, release: Release, bundle: Bundle) -> Running:
        """Starts it beside the old one, waits for health, switches. Raises ReleaseFailed."""

    async def restart(self, release: Release) -> Running:
        """Raises ReleaseFailed when it does not come back healthy."""

    async def roll_back(self, release: Release) -> Running:
        """Switches back to the version before. Raises ReleaseFailed when there is none."""


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """One row of the deployment history."""

    deployment_id: str
    timestamp: datetime
    workflow_id: str
    service_name: str
    environment: str
    version: str
    status: str
    detail: str = ""


class Deployments(Protocol):
    """The deployment history; a record written again replaces itself."""

    async def record(self, record: DeploymentRecord) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `status` is None when there was none, and `error` says why."""

    status: int | None
    body: bytes
    elapsed: timedelta
    error: str | None = None


class HttpProbe(Protocol):
    """Requests to a release, bounded in time and size; never follows a redirect."""

    async def request(self, method: str, url: str, json: object | None = None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to the person who asked."""

    workflow_id: str
    recipient: str
    subject: str
    text: str
    outcome: Literal["completed", "failed"]


class Notifications(Protocol):
    """One channel, or several behind one face."""

    async def send(self, notification: Notification) -> None: ...
