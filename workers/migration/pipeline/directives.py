"""Directives of declarative pipelines, and the entries they hold."""

from dataclasses import dataclass

from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Argument


@dataclass(frozen=True, slots=True)
class EnvironmentVariable(Statement):
    """`NAME = value`: a literal, a GString, `credentials('id')`, `sh(…)`, or an expression."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Tool(Statement):
    """`maven 'Maven 3.9'`: the kind of tool and the name of its installation."""

    kind: str
    name: Value


@dataclass(frozen=True, slots=True)
class BuildParameter(Statement):
    """`string(name: 'A', defaultValue: 'b')`."""

    kind: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger(Statement):
    """`cron('H 4 * * *')`."""

    kind: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Option(Statement):
    """`timeout(time: 1, unit: 'HOURS')`."""

    kind: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Library(Statement):
    """A shared library: `@Library('name@version')`, `lib('name@version')` or `library('…')`."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Input(Statement):
    """`input { … }` of a stage; `arguments` holds message, id, ok, submitter, …"""

    arguments: tuple[Argument, ...]
    parameters: tuple[BuildParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Post(Statement):
    """One block of `post`.

    `condition` is always, changed, fixed, regression, aborted, failure, success, unstable,
    unsuccessful or cleanup.
    """

    condition: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Axis(Statement):
    """An axis of a matrix, or one line of an exclude; `other` when written `notValues`."""

    name: str
    values: tuple[Value, ...]
    other: bool = False


@dataclass(frozen=True, slots=True)
class Exclude(Statement):
    """A cell that a matrix leaves out."""

    axes: tuple[Axis, ...]
