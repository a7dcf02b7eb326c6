"""Rules for steps: what `steps` and the blocks of `post` may hold."""

from collections.abc import Iterable

from workers.migration.jenkinsfile.declarative_arguments import check_arguments
from workers.migration.jenkinsfile.declarative_known import (
    BLOCKED_STEPS,
    POST_CONDITIONS,
    STEPS,
)
from workers.migration.jenkinsfile.declarative_shapes import (
    Report,
    block_of,
    call_of,
    check_value,
    key_of,
    name_of,
    statements_of,
    without_block,
)
from workers.migration.jenkinsfile.depth import Depth
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Call,
    Closure,
    Entry,
    Literal,
    Name,
)
from workers.migration.jenkinsfile.tree.nodes import Node, Statement

_CODE = ("script", "expression")


class Steps:
    """Checks steps and reports what is wrong with them."""

    def __init__(self, source: Source, report: Report) -> None:
        self.report = report
        self.depth = Depth(source)

    def body(self, call: Call, what: str) -> Closure | None:
        """The block of a section, which must have one."""
        block = block_of(call)
        if block is None:
            self.report.add(call, f"expected a block for '{what}'")
        return block

    def steps(self, node: Node, statements: tuple[Statement, ...]) -> None:
        """At least one step, each of them a call."""
        if not statements:
            self.report.add(node, "no steps given: at least one is needed")
        self.each_step(statements)

    def each_step(self, statements: Iterable[Statement]) -> None:
        """Any number of steps."""
        for statement in statements:
            self.depth.enter(statement.span.start, self._step, statement)

    def name(self, call: Call) -> str | None:
        """The name of a call; calls of methods on objects are reported."""
        name = name_of(call)
        if name is not None:
            return name
        function = call.function
        if isinstance(function, Access) and isinstance(function.target, Name):
            message = "methods of objects can be called only in a 'script' block"
        else:
            message = "expected the name of a step or a section"
        self.report.add(call, message)
        return None

    def _step(self, statement: Statement) -> None:
        call = call_of(statement)
        if call is None:
            self.report.add(statement, "expected a step: other code belongs in a 'script' block")
            return
        name = self.name(call)
        if name is None:
            return
        if name in BLOCKED_STEPS:
            self.report.add(call, f"'{name}' is not allowed here: {BLOCKED_STEPS[name]}")
        block = block_of(call)
        if name in _CODE:
            if block is None:
                self.report.add(call, f"expected a block for '{name}'")
            return
        for argument in call.arguments:
            check_value(argument, self.report)
        check_arguments(call, without_block(call), name, STEPS, self.report)
        if block is not None:
            self.each_step(statements_of(block))

    def parallel_step(self, statement: Statement) -> bool | None:
        """Check `parallel(a: { … })`: whether it has branches; None when it is another step."""
        call = call_of(statement)
        if call is None or name_of(call) != "parallel":
            return None
        branches = 0
        for argument in call.arguments:
            if not isinstance(argument, Entry):
                continue
            key, value = key_of(argument.key), argument.value
            if key == "failFast":
                self._check_boolean(argument, value)
            elif isinstance(value, Closure):
                branches += 1
                self.steps(value, statements_of(value))
            else:
                self.report.add(argument, "expected a closure, or 'failFast'")
        return branches > 0

    def boolean(self, call: Call, what: str) -> None:
        """A call with `true` or `false`."""
        value = call.arguments[0] if call.arguments else None
        if not (isinstance(value, Literal) and isinstance(value.value, bool)):
            self.report.add(call, f"'{what}' must be true or false")

    def _check_boolean(self, node: Node, value: Node) -> None:
        if not (isinstance(value, Literal) and isinstance(value.value, bool)):
            self.report.add(node, "'failFast' must be true or false")

    def post(self, call: Call) -> None:
        """`post { always { … } }`."""
        block = self.body(call, "post")
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, "'post' cannot be empty")
        seen: set[str] = set()
        for statement in statements_of(block):
            self._post_condition(statement, seen)

    def _post_condition(self, statement: Statement, seen: set[str]) -> None:
        names = ", ".join(POST_CONDITIONS)
        call = call_of(statement)
        block = block_of(call)
        if call is None or block is None:
            self.report.add(statement, f"'post' holds only conditions with blocks: {names}")
            return
        name = self.name(call)
        if name is None:
            return
        if name not in POST_CONDITIONS:
            self.report.add(call, f"unknown condition '{name}' in 'post'; there are: {names}")
        elif name in seen:
            self.report.add(call, f"the condition '{name}' is given twice")
        seen.add(name)
        self.steps(call, statements_of(block))
