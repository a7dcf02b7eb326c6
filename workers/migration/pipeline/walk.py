"""Everything in a pipeline, in document order, however deep."""

from collections.abc import Iterator

from workers.migration.pipeline.nodes import Node, Statement


def nodes(root: Node) -> Iterator[Node]:
    """The node and all below it, in document order; no depth is too deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        below = list(children(node))
        if len(below) > 1:
            below.sort(key=_start, reverse=True)
        waiting.extend(below)


def statements(root: Node) -> Iterator[Statement]:
    """Whatever needs an entry in the ledger, the root included when it is a statement."""
    return (node for node in nodes(root) if isinstance(node, Statement))


def children(node: Node) -> Iterator[Node]:
    """The nodes right below one."""
    for name in type(node).__dataclass_fields__:
        yield from _within(getattr(node, name))


def _within(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        yield from (each for each in value if isinstance(each, Node))


def _start(node: Node) -> int:
    return node.span.start
