"""Rules for options, triggers, parameters, libraries and inputs."""

from collections.abc import Iterator

from workers.migration.jenkinsfile.declarative_arguments import check_arguments, check_call
from workers.migration.jenkinsfile.declarative_fields import Fields
from workers.migration.jenkinsfile.declarative_known import (
    NOT_OPTIONS,
    PARAMETERS,
    PIPELINE_OPTIONS,
    TRIGGERS,
)
from workers.migration.jenkinsfile.declarative_shapes import (
    block_of,
    call_of,
    check_value,
    is_string,
    name_of,
    statements_of,
)
from workers.migration.jenkinsfile.tree.expressions import (
    Call,
    MapLiteral,
)
from workers.migration.jenkinsfile.tree.nodes import Statement
from workers.migration.jenkinsfile.tree.statements import Evaluate

_INPUT_FIELDS = frozenset(("message", "id", "ok", "submitter", "submitterParameter", "parameters"))


class Sections(Fields):
    """Checks sections and reports what is wrong with them."""

    def options(self, call: Call, *, of_stage: bool = False) -> None:
        """`options { timeout(time: 1) }`."""
        for name, option in self._entries(call, "options", unique=True):
            if name in NOT_OPTIONS:
                self.report.add(option, f"'{name}' is not an option")
            elif of_stage and name in PIPELINE_OPTIONS:
                self.report.add(option, f"'{name}' is an option of pipelines, not of stages")

    def triggers(self, call: Call) -> None:
        """`triggers { cron('H * * * *') }`."""
        for name, trigger in self._entries(call, "triggers", unique=True):
            check_arguments(trigger, trigger.arguments, name, TRIGGERS, self.report)

    def parameters(self, call: Call) -> None:
        """`parameters { string(name: 'A') }`."""
        for name, parameter in self._entries(call, "parameters", unique=False):
            check_arguments(parameter, parameter.arguments, name, PARAMETERS, self.report)

    def _entries(self, call: Call, what: str, *, unique: bool) -> Iterator[tuple[str, Call]]:
        block = self.body(call, what)
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, f"'{what}' cannot be empty")
        seen: set[str] = set()
        for statement in statements_of(block):
            entry = self._entry(statement, what)
            name = self.name(entry) if entry is not None else None
            if entry is None or name is None:
                continue
            if unique and name in seen:
                self.report.add(entry, f"'{name}' is given twice in '{what}'")
            seen.add(name)
            check_call(entry, self.report)
            yield name, entry

    def _entry(self, statement: Statement, what: str) -> Call | None:
        call = call_of(statement)
        if call is None:
            is_map = isinstance(statement, Evaluate) and isinstance(
                statement.expression, MapLiteral
            )
            found = "a map" if is_map else "other code"
            self.report.add(statement, f"expected an entry of '{what}', got {found}")
        elif block_of(call) is not None:
            self.report.add(call, f"an entry of '{what}' cannot have a block")
            return None
        return call

    def libraries(self, call: Call) -> None:
        """`libraries { lib('name@version') }`."""
        block = self.body(call, "libraries")
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, "'libraries' cannot be empty")
        for statement in statements_of(block):
            library = call_of(statement)
            is_library = library is not None and name_of(library) == "lib"
            if (
                library is None
                or not is_library
                or len(library.arguments) != 1
                or not is_string(library.arguments[0])
            ):
                self.report.add(statement, "expected lib('name@version')")

    def input(self, call: Call) -> None:
        """`input { message 'Go?' }`."""
        block = self.body(call, "input")
        if block is None:
            return
        given = set()
        for name, field in self.named_calls(statements_of(block), "'input'"):
            given.add(name)
            if name not in _INPUT_FIELDS:
                self.report.add(field, f"'input' has no field '{name}'")
            elif name == "parameters":
                self.parameters(field)
            else:
                self.fields(field)
                for argument in field.arguments:
                    check_value(argument, self.report)
        if "message" not in given:
            self.report.add(call, "'input' needs a message")
