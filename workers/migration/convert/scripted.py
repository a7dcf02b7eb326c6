"""The scripts that stand inside of a statement, whatever becomes of the statement itself. Pure."""

from collections.abc import Iterator

from workers.migration.pipeline.nodes import Node, Statement
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, Closure
from workers.migration.pipeline.walk import children, nodes

_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_ANSWERS = frozenset({"returnStdout", "returnStatus"})


def has_script(node: Node) -> bool:
    """Whether a script is called anywhere in it."""
    return any(_is_script(each) for each in nodes(node))


def scripted(node: Node) -> Iterator[Statement]:
    """The outermost statements below it that hold scripts; a script used as a value is a step."""
    for each in sorted(children(node), key=lambda child: child.span.start):
        yield from _below(each)


def _below(node: Node) -> Iterator[Statement]:
    if not has_script(node):
        return
    match node:
        case Statement():
            yield node
        case Closure():
            yield from node.body
        case Call() if _is_script(node):
            kept = tuple(each for each in node.arguments if each.name not in _ANSWERS)
            yield Step(node.span, node.name, kept)
        case _:
            yield from scripted(node)


def _is_script(node: Node) -> bool:
    match node:
        case Call():
            return node.receiver is None and node.name in _SHELLS
        case Step():
            return node.kind in _SHELLS
        case _:
            return False
