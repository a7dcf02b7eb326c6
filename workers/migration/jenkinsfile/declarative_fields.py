"""Rules for agents, environments and tools, and for sections as such."""

import re
from collections.abc import Iterator

from workers.migration.jenkinsfile.declarative_known import (
    AGENTS,
)
from workers.migration.jenkinsfile.declarative_shapes import (
    block_of,
    call_of,
    check_value,
    count,
    is_constant,
    is_string,
    key_of,
    name_of,
    statements_of,
)
from workers.migration.jenkinsfile.declarative_steps import Steps
from workers.migration.jenkinsfile.tree.expressions import (
    Assignment,
    Binary,
    Call,
    Closure,
    Name,
)
from workers.migration.jenkinsfile.tree.nodes import Expression, Statement
from workers.migration.jenkinsfile.tree.statements import Declaration, Evaluate

_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def is_variable(name: str) -> bool:
    """Whether an environment variable can be called that."""
    return _VARIABLE.fullmatch(name) is not None


class Fields(Steps):
    """Checks sections and reports what is wrong with them."""

    def named_calls(
        self, statements: tuple[Statement, ...], owner: str
    ) -> Iterator[tuple[str, Call]]:
        """Sections by name, each at most once."""
        seen: set[str] = set()
        for statement in statements:
            call = call_of(statement)
            if call is None:
                text = statement.span.text.partition("\n")[0]
                self.report.add(statement, f"'{text}' is not a section of {owner}")
                continue
            name = self.name(call)
            if name is None:
                continue
            if name in seen:
                self.report.add(call, f"the section '{name}' is given twice")
            seen.add(name)
            yield name, call

    def agent(self, call: Call) -> None:
        """`agent any`, `agent { docker 'x' }`."""
        block = block_of(call)
        if block is not None:
            self._agent_block(call, block)
        elif count(call.arguments) != 1 or key_of(call.arguments[0]) not in ("any", "none"):
            self.report.add(call, "expected 'agent any', 'agent none' or 'agent { … }'")

    def _agent_block(self, call: Call, block: Closure) -> None:
        statements = statements_of(block)
        inner = call_of(statements[0]) if len(statements) == 1 else None
        if len(statements) > 1:
            self.report.add(call, "an agent has exactly one type")
        elif inner is None or name_of(inner) is None:
            self.report.add(call, "expected the type of the agent in 'agent { … }'")
        else:
            self._agent_type(inner, name_of(inner) or "")

    def _agent_type(self, call: Call, kind: str) -> None:
        self.fields(call)
        block, shape = block_of(call), AGENTS.shapes.get(kind)
        if shape is None or block is None:
            return
        given = {name_of(each) for each in map(call_of, statements_of(block)) if each is not None}
        for missing in shape.required:
            if missing not in given:
                self.report.add(call, f"the agent type '{kind}' needs '{missing}'")
        for unknown in sorted({*filter(None, given)} - {*shape.parameters}):
            self.report.add(call, f"the agent type '{kind}' has no '{unknown}'")

    def fields(self, call: Call) -> None:
        """`key value`, `key { key value … }`: one argument each."""
        if not call.arguments:
            self.report.add(call, f"no argument for '{name_of(call)}'")
        elif count(call.arguments) > 1:
            self.report.add(call, f"too many arguments for '{name_of(call)}'")
        block = block_of(call)
        for statement in statements_of(block) if block is not None else ():
            inner = call_of(statement)
            if inner is None:
                self.report.add(statement, "expected a key and its value")
            else:
                self.depth.enter(statement.span.start, self.fields, inner)

    def environment(self, call: Call) -> None:
        """`environment { NAME = 'value' }`."""
        block = self.body(call, "environment")
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, "no variables given in 'environment'")
        seen: set[str] = set()
        for statement in statements_of(block):
            self._variable(statement, seen)

    def _variable(self, statement: Statement, seen: set[str]) -> None:
        name, value = _assigned(statement)
        if name is None or value is None:
            self.report.add(statement, "expected NAME = value in 'environment'")
            return
        if name in seen:
            self.report.add(statement, f"the variable '{name}' is given twice")
        seen.add(name)
        if not is_variable(name):
            self.report.add(statement, f"'{name}' cannot be the name of an environment variable")
        self._environment_value(value)

    def _environment_value(self, value: Expression) -> None:
        if isinstance(value, Binary):
            while isinstance(value, Binary):
                if value.operator != "+":
                    self.report.add(value, "values of variables can be joined only by '+'")
                    return
                self._joined(value.right)
                value = value.left
            self._joined(value)
        elif isinstance(value, Call):
            self._function(value)
        elif is_constant(value):
            check_value(value, self.report)
        else:
            self.report.add(value, "the value of a variable must be a string or a function call")

    def _joined(self, value: Expression) -> None:
        if not is_constant(value):
            self.report.add(value, "values joined by '+' must be strings in quotes")

    def _function(self, call: Call) -> None:
        check_value(call, self.report)
        if name_of(call) == "credentials" and not all(map(is_string, call.arguments)):
            self.report.add(call, "the argument of 'credentials' must be a string")

    def tools(self, call: Call) -> None:
        """`tools { maven 'x' }`."""
        block = self.body(call, "tools")
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, "no tools given in 'tools'")
        for statement in statements_of(block):
            tool = call_of(statement)
            if tool is None or key_of(tool.function) is None:
                self.report.add(statement, "expected a tool and the name of its installation")
            else:
                self.fields(tool)
                for argument in tool.arguments:
                    check_value(argument, self.report)


def _assigned(statement: Statement) -> tuple[str | None, Expression | None]:
    """The name and the value of `NAME = value`, `def` or a type before it or not."""
    if isinstance(statement, Declaration) and len(statement.declarators) == 1:
        declarator = statement.declarators[0]
        return declarator.name, declarator.value
    if isinstance(statement, Evaluate) and isinstance(statement.expression, Assignment):
        assignment = statement.expression
        if assignment.operator == "=" and isinstance(assignment.target, Name):
            return assignment.target.name, assignment.value
    return None, None
