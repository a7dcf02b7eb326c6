"""What starts a workflow."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

InputKind: TypeAlias = Literal["string", "boolean", "number", "choice", "environment"]


@dataclass(frozen=True, slots=True)
class Push:
    """A push; empty patterns mean any. Branch and tag patterns are GitHub's."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request towards one of `branches`; never `pull_request_target`."""

    branches: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cron:
    """A POSIX cron line in UTC, with what it was converted from as a comment."""

    line: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times at which the default branch is built."""

    crons: tuple[Cron, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A value that whoever starts the workflow gives."""

    name: str
    kind: InputKind = "string"
    description: str | None = None
    default: str | bool | int | None = None
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Started by a person or by the API."""

    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """Another workflow finished; `workflows` are their names."""

    workflows: tuple[str, ...]
    branches: tuple[str, ...] = ()
    types: tuple[str, ...] = ("completed",)


@dataclass(frozen=True, slots=True)
class RepositoryDispatch:
    """Something outside calls the API with one of these types."""

    types: tuple[str, ...]


Trigger: TypeAlias = Push | PullRequest | Schedule | Dispatch | WorkflowRun | RepositoryDispatch
