"""What the tests of Jenkinsfiles share."""

from collections.abc import Callable

import pytest

from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tree import expressions as code
from workers.migration.jenkinsfile.tree.nodes import Expression
from workers.migration.jenkinsfile.tree.statements import Evaluate


@pytest.fixture
def sketch() -> Callable[[str], str]:
    """The only expression of a text, with every call and operator in parentheses."""

    def expression(text: str) -> str:
        (statement,) = parse(Source(text)).body.statements
        assert isinstance(statement, Evaluate)
        return sketched(statement.expression)

    return expression


def sketched(node: Expression) -> str:
    for draw in (_leaf, _collection, _call, _operation):
        found = draw(node)
        if found is not None:
            return found
    raise AssertionError(node)


def _leaf(node: Expression) -> str | None:
    match node:
        case code.Name():
            found = node.name
        case code.Literal(value=str()):
            found = f"'{node.value}'"
        case code.Literal(value=None):
            found = "null"
        case code.Literal():
            found = str(node.value).lower().replace("e+", "E+")
        case code.Interpolated():
            parts = (p if isinstance(p, str) else f"${{{sketched(p)}}}" for p in node.parts)
            found = '"' + "".join(parts) + '"'
        case _:
            return None
    return found


def _collection(node: Expression) -> str | None:
    match node:
        case code.Entry():
            found = f"{sketched(node.key)}: {sketched(node.value)}"
        case code.Spread():
            found = ("*:" if node.entries else "*") + sketched(node.value)
        case code.ListLiteral():
            found = "[" + listed(node.items) + "]"
        case code.MapLiteral():
            found = "[" + (listed(node.entries) or ":") + "]"
        case code.Closure():
            names = " ".join(each.name for each in node.parameters or ())
            arrow = "" if node.parameters is None else f"{names} -> ".lstrip()
            inner = (
                sketched(each.expression) if isinstance(each, Evaluate) else type(each).__name__
                for each in node.body.statements
            )
            found = "{" + arrow + "; ".join(inner) + "}"
        case _:
            return None
    return found


def _call(node: Expression) -> str | None:
    match node:
        case code.Access():
            name = node.name if isinstance(node.name, str) else sketched(node.name)
            found = f"{sketched(node.target)}{node.operator}{name}"
        case code.Index():
            found = f"{sketched(node.target)}[{listed(node.arguments)}]"
        case code.Call():
            found = f"{sketched(node.function)}({listed(node.arguments)})"
        case code.New():
            found = f"new {node.type}({listed(node.arguments)})"
        case _:
            return None
    return found


def _operation(node: Expression) -> str | None:
    match node:
        case code.Unary():
            inner = sketched(node.operand)
            found = f"({inner}{node.operator})" if node.postfix else f"({node.operator}{inner})"
        case code.Binary():
            found = f"({sketched(node.left)} {node.operator} {sketched(node.right)})"
        case code.TypeTest():
            found = f"({sketched(node.value)} {node.operator} {node.type})"
        case code.Assignment():
            found = f"({sketched(node.target)} {node.operator} {sketched(node.value)})"
        case code.Choice():
            then = "" if node.then is None else sketched(node.then)
            found = f"({sketched(node.condition)} ? {then} : {sketched(node.otherwise)})"
        case _:
            return None
    return found


def listed(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(sketched(node) for node in nodes)
