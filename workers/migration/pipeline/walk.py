"""Everything in a pipeline, in document order, however deep."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import get_args, get_type_hints

from workers.migration.pipeline.nodes import Node, Statement

_START = attrgetter("span.start")


def nodes(root: Node) -> Iterator[Node]:
    """The node and all below it, in document order; no depth is too deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        below = children(node)
        if len(below) > 1:
            below.sort(key=_START, reverse=True)
        waiting += below


def statements(root: Node) -> Iterator[Statement]:
    """Whatever needs an entry in the ledger, the root included when it is a statement."""
    return (node for node in nodes(root) if isinstance(node, Statement))


def children(node: Node) -> list[Node]:
    """The nodes right below one, field by field."""
    found: list[Node] = []
    kind: type = type(node)
    for name in _places(kind):
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif value:
            found += [each for each in value if isinstance(each, Node)]
    return found


@cache
def _places(kind: type) -> tuple[str, ...]:
    """The fields of a class that can hold nodes; most have one or none."""
    hints = get_type_hints(kind)
    return tuple(field.name for field in fields(kind) if _holds_nodes(hints[field.name]))


def _holds_nodes(hint: object) -> bool:
    if isinstance(hint, type) and issubclass(hint, Node):
        return True
    return any(_holds_nodes(each) for each in get_args(hint))
