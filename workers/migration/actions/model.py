"""A workflow, its jobs and their steps. What is None or empty is not written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from workers.migration.actions.triggers import Trigger
from workers.migration.pipeline.nodes import Span

Scalar: TypeAlias = str | int | float | bool
Scalars: TypeAlias = Mapping[str, Scalar]
Permissions: TypeAlias = Mapping[str, str]

NOTHING: Mapping[str, str] = MappingProxyType({})


# Without slots, so that `replace` is quick.
@dataclass(frozen=True)
class Step:
    """A step: `uses` an action, or `run`s a script. `source` is the statement that it stems from.

    Without either it is a comment that stands among the steps.
    """

    name: str | None = None
    id: str | None = None
    condition: str | None = None
    uses: str | None = None
    inputs: Scalars = field(default_factory=dict)
    run: str | None = None
    shell: str | None = None
    working_directory: str | None = None
    env: Scalars = field(default_factory=dict)
    continue_on_error: bool | str | None = None
    timeout_minutes: int | str | None = None
    comments: tuple[str, ...] = ()
    source: Span | None = None

    @property
    def action(self) -> str | None:
        """The action without its version."""
        return self.uses.partition("@")[0] if self.uses else None


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Runs of one group wait for each other; `cancel` ends the one under way instead."""

    group: str
    cancel: bool | str = False


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment; its protection rules hold the approvals."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """A job for each cell: the axes' product without `exclude`, and with `include`."""

    axes: Mapping[str, tuple[Scalar, ...] | str]
    include: tuple[Scalars, ...] = ()
    exclude: tuple[Scalars, ...] = ()
    fail_fast: bool | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """An image that a job's steps run in."""

    image: str
    credentials: Scalars = field(default_factory=dict)
    env: Scalars = field(default_factory=dict)
    options: str | None = None


@dataclass(frozen=True, slots=True)
class RunsOn:
    """A runner: labels that must all fit, or a group of runners and labels in it."""

    labels: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """How scripts run where a step says nothing."""

    shell: str | None = None
    working_directory: str | None = None


# Without slots, so that `replace` is quick.
@dataclass(frozen=True)
class Job:
    """A job: steps on a runner."""

    id: str
    name: str | None = None
    needs: tuple[str, ...] = ()
    condition: str | None = None
    runs_on: RunsOn | None = None
    environment: Environment | None = None
    permissions: Permissions | None = None
    concurrency: Concurrency | None = None
    strategy: Strategy | None = None
    container: Container | None = None
    env: Scalars = field(default_factory=dict)
    defaults: Defaults | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    timeout_minutes: int | str | None = None
    continue_on_error: bool | str | None = None
    steps: tuple[Step, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A file of `.github/workflows`. `comments` stand at its top."""

    name: str
    triggers: tuple[Trigger, ...]
    jobs: tuple[Job, ...]
    permissions: Permissions | None = None
    concurrency: Concurrency | None = None
    env: Scalars = field(default_factory=dict)
    defaults: Defaults | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompositeAction:
    """An action made of steps; `inputs` are its parameters with their defaults."""

    name: str
    description: str
    steps: tuple[Step, ...]
    inputs: Mapping[str, str | None] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
