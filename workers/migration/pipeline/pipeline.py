"""A whole pipeline."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from workers.migration.pipeline.agents import Agent
from workers.migration.pipeline.directives import (
    BuildParameter,
    EnvironmentVariable,
    Library,
    Option,
    Post,
    Tool,
    Trigger,
)
from workers.migration.pipeline.nodes import Comment, Node, Statement
from workers.migration.pipeline.stages import Stage
from workers.migration.pipeline.steps import Function
from workers.migration.pipeline.walk import nodes


# Without slots: what is worked out once is kept in the instance.
@dataclass(frozen=True)
class Pipeline(Node):
    """What one Jenkinsfile says.

    A declarative one has `stages`, and what stands around the `pipeline` block is `before` and
    `after`. A scripted one has `stages` None and everything in `before`. Methods, imports and
    libraries stand in groups of their own, wherever they were written. Several `pipeline` blocks
    chosen by a condition are scripted. `source` is the text that spans count in.
    """

    name: str
    origin: str
    source: str = field(repr=False)
    agent: Agent | None = None
    stages: tuple[Stage, ...] | None = None
    environment: tuple[EnvironmentVariable, ...] = ()
    tools: tuple[Tool, ...] = ()
    parameters: tuple[BuildParameter, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    options: tuple[Option, ...] = ()
    libraries: tuple[Library, ...] = ()
    post: tuple[Post, ...] = ()
    functions: tuple[Function, ...] = ()
    before: tuple[Statement, ...] = ()
    after: tuple[Statement, ...] = ()
    comments: tuple[Comment, ...] = field(default=(), repr=False)

    @property
    def declarative(self) -> bool:
        """Whether it is written in the declarative grammar."""
        return self.stages is not None

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in the source."""
        return Counter(re.findall(r"\w+", self.source))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The pipeline and everything in it, in document order."""
        return tuple(nodes(self))

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """All that needs an entry in the ledger, in document order."""
        return tuple(each for each in self.nodes if isinstance(each, Statement))
