"""Conditions of `when`."""

from dataclasses import dataclass

from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Argument


@dataclass(frozen=True, slots=True)
class Condition(Statement):
    """One condition of `when`."""


@dataclass(frozen=True, slots=True)
class Check(Condition):
    """A condition with arguments, by its Jenkins name.

    One of branch, tag, buildingTag, changeRequest, changeset, changelog, environment, equals,
    triggeredBy, isRestartedRun; another name is a plugin's.
    """

    kind: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpressionCheck(Condition):
    """`expression { … }`; the last statement gives the answer."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """`not { … }`; several conditions inside are joined by and."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """`allOf { … }`."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """`anyOf { … }`."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class When(Statement):
    """`when { … }`; several conditions are joined by and. The `before` flags are values."""

    conditions: tuple[Condition, ...]
    before_agent: Value | None = None
    before_input: Value | None = None
    before_options: Value | None = None
