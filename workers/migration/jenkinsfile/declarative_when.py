"""Rules for `when`."""

from workers.migration.jenkinsfile.declarative_arguments import check_arguments
from workers.migration.jenkinsfile.declarative_known import CONDITIONS, NESTED_CONDITIONS
from workers.migration.jenkinsfile.declarative_sections import Sections
from workers.migration.jenkinsfile.declarative_shapes import (
    block_of,
    call_of,
    check_value,
    statements_of,
    without_block,
)
from workers.migration.jenkinsfile.tree.expressions import Call
from workers.migration.jenkinsfile.tree.nodes import Statement

_FLAGS = ("beforeAgent", "beforeInput", "beforeOptions")


class Conditions(Sections):
    """Checks the conditions of `when`."""

    def when(self, call: Call) -> None:
        """`when { branch 'main' }`."""
        block = self.body(call, "when")
        if block is None:
            return
        conditions = 0
        for statement in statements_of(block):
            found = call_of(statement)
            name = self.name(found) if found is not None else None
            if found is not None and name in _FLAGS:
                self.boolean(found, name)
            else:
                conditions += 1
                self._condition(statement)
        if not conditions:
            self.report.add(call, "'when' is empty: give a condition, or leave it out")

    def _condition(self, statement: Statement) -> None:
        call = call_of(statement)
        if call is None:
            self.report.add(statement, "expected a condition in 'when'")
            return
        name = self.name(call)
        if name is None:
            return
        block = block_of(call)
        if name == "expression":
            if block is None:
                self.report.add(call, "expected a block for 'expression'")
        elif name in NESTED_CONDITIONS:
            self._nested(call, name)
        elif name not in CONDITIONS.shapes:
            known = ", ".join(sorted({*CONDITIONS.shapes, *NESTED_CONDITIONS, "expression"}))
            self.report.add(call, f"unknown condition '{name}' in 'when'; there are: {known}")
        elif block is not None:
            self.report.add(call, f"the condition '{name}' cannot hold other conditions")
        else:
            for argument in call.arguments:
                check_value(argument, self.report)
            check_arguments(call, call.arguments, name, CONDITIONS, self.report)

    def _nested(self, call: Call, name: str) -> None:
        block = block_of(call)
        children = statements_of(block) if block is not None else ()
        if without_block(call):
            self.report.add(call, f"the condition '{name}' takes no arguments")
        if name == "not" and len(children) != 1:
            self.report.add(call, "the condition 'not' holds exactly one condition")
        elif not children:
            self.report.add(call, f"the condition '{name}' holds at least one condition")
        for child in children:
            self.depth.enter(child.span.start, self._condition, child)
