"""What all nodes have in common."""

from dataclasses import dataclass, field

from workers.migration.jenkinsfile.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Something in the source. Nodes are told apart by identity: two equal texts are two nodes."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Comment(Node):
    """A comment, marks included in the span; `trailing` when code stands before it on its line."""

    trailing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Expression(Node):
    """What has a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Annotation(Node):
    """`@NonCPS`, `@Library('x')`."""

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Node):
    """What is done. `comments` stand before it, inside it (not in its blocks), or behind it."""

    comments: tuple[Comment, ...] = field(default=(), kw_only=True)
    annotations: tuple[Annotation, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Block(Node):
    """Statements in braces or, as the branch of an `if`, alone; `comments` stand at the end."""

    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
