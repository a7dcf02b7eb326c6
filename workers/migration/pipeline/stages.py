"""The graph of stages."""

from dataclasses import dataclass

from workers.migration.pipeline.agents import Agent
from workers.migration.pipeline.conditions import When
from workers.migration.pipeline.directives import (
    Axis,
    EnvironmentVariable,
    Exclude,
    Input,
    Option,
    Post,
    Tool,
)
from workers.migration.pipeline.nodes import Statement, Value


@dataclass(frozen=True, slots=True)
class Stage(Statement):
    """A stage: it has `steps`, or one of `stages`, `parallel` and `matrix`.

    A group that the source does not write is None; an empty one is an empty tuple.
    """

    name: Value
    agent: Agent | None = None
    when: When | None = None
    input: Input | None = None
    environment: tuple[EnvironmentVariable, ...] = ()
    tools: tuple[Tool, ...] = ()
    options: tuple[Option, ...] = ()
    steps: tuple[Statement, ...] | None = None
    stages: "tuple[Stage, ...] | None" = None
    parallel: "tuple[Stage, ...] | None" = None
    matrix: "Matrix | None" = None
    fail_fast: Value | None = None
    post: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix(Statement):
    """Stages that run once for each cell."""

    axes: tuple[Axis, ...]
    stages: tuple[Stage, ...]
    excludes: tuple[Exclude, ...] = ()
    agent: Agent | None = None
    when: When | None = None
    input: Input | None = None
    environment: tuple[EnvironmentVariable, ...] = ()
    tools: tuple[Tool, ...] = ()
    options: tuple[Option, ...] = ()
    post: tuple[Post, ...] = ()
