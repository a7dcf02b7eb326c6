"""Rules for stages and matrices."""

from collections.abc import Callable, Mapping

from workers.migration.jenkinsfile.declarative_fields import is_variable
from workers.migration.jenkinsfile.declarative_shapes import (
    block_of,
    call_of,
    count,
    key_of,
    name_of,
    statements_of,
)
from workers.migration.jenkinsfile.declarative_when import Conditions
from workers.migration.jenkinsfile.tree.expressions import Call, Closure, Literal
from workers.migration.jenkinsfile.tree.nodes import Statement

_WORK = ("steps", "stages", "parallel", "matrix")


class Stages(Conditions):
    """Checks stages; `inside` says whether a parallel or a matrix is around them."""

    def stages(self, call: Call, what: str, *, inside: bool = False) -> None:
        """`stages { stage('a') { … } }`, and `parallel` likewise."""
        block = self.body(call, what)
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, f"no stages given in '{what}'")
        seen: set[str] = set()
        for statement in statements_of(block):
            name = self.depth.enter(statement.span.start, self._stage, statement, inside)
            if name is not None and name in seen:
                self.report.add(statement, f"the stage '{name}' is given twice")
            seen.add(name or "")

    def _stage(self, statement: Statement, inside: bool) -> str | None:
        call = call_of(statement)
        block = block_of(call)
        if call is None or name_of(call) != "stage" or block is None:
            self.report.add(statement, "expected stage('name') { … }")
            return None
        name = key_of(call.arguments[0])
        if count(call.arguments) != 2 or name is None:
            self.report.add(call, "the name of a stage must be one string literal")
        self._stage_body(call, block, name or "", inside)
        return name

    def _stage_body(self, stage: Call, block: Closure, name: str, inside: bool) -> None:
        found: dict[str, Call] = {}
        sections = self._stage_sections(inside)
        for section, call in self.named_calls(statements_of(block), "a stage"):
            check = sections.get(section)
            if check is None:
                self.report.add(
                    call,
                    f"unknown section '{section}' in a stage: steps belong in 'steps {{ … }}'",
                )
                continue
            if section in found and section == "steps":
                continue
            found[section] = call
            check(call)
        self._check_work(stage, found, name, inside)

    def _stage_sections(self, inside: bool) -> Mapping[str, Callable[[Call], None]]:
        return {
            **self._shared_sections(),
            "steps": self._steps_section,
            "stages": lambda call: self.stages(call, "stages", inside=inside),
            "parallel": lambda call: self.stages(call, "parallel", inside=True),
            "matrix": self._matrix,
            "failFast": lambda call: self.boolean(call, "failFast"),
        }

    def _shared_sections(self) -> Mapping[str, Callable[[Call], None]]:
        return {
            "agent": self.agent,
            "when": self.when,
            "post": self.post,
            "options": lambda call: self.options(call, of_stage=True),
            "input": self.input,
            "tools": self.tools,
            "environment": self.environment,
        }

    def _steps_section(self, call: Call) -> None:
        block = self.body(call, "steps")
        if block is None:
            return
        statements = statements_of(block)
        if len(statements) == 1:
            parallel = self.parallel_step(statements[0])
            if parallel is not None:
                if not parallel:
                    self.report.add(call, "'parallel' needs at least one named branch")
                return
        self.steps(call, statements)

    def _check_work(self, stage: Call, found: dict[str, Call], name: str, inside: bool) -> None:
        work = [section for section in _WORK if section in found]
        split = found.get("matrix") or found.get("parallel")
        if inside and split is None and "steps" in found:
            split = self._branches(found["steps"])
        if inside and split is not None:
            self.report.add(split, "'parallel' and 'matrix' cannot be nested in one another")
        elif len(work) > 1:
            both = " and ".join(f"'{section}'" for section in work)
            self.report.add(stage, f"the stage '{name}' has {both}: only one is allowed")
        elif not work:
            options = "'steps', 'stages', 'parallel' or 'matrix'"
            self.report.add(stage, f"the stage '{name}' has none of {options}")
        elif split is not None:
            for section in ("agent", "tools"):
                if section in found:
                    self.report.add(
                        found[section], f"a stage with '{work[0]}' cannot have '{section}'"
                    )

    def _branches(self, steps: Call) -> Call | None:
        """The `parallel` step that is all of `steps`, when it has several branches."""
        block = block_of(steps)
        statements = statements_of(block) if block is not None else ()
        call = call_of(statements[0]) if len(statements) == 1 else None
        if call is None or name_of(call) != "parallel" or len(call.arguments) < 2:
            return None
        return call

    def _matrix(self, call: Call) -> None:
        block = self.body(call, "matrix")
        if block is None:
            return
        sections: Mapping[str, Callable[[Call], None]] = {
            **self._shared_sections(),
            "axes": self._axes,
            "excludes": self._excludes,
            "stages": lambda inner: self.stages(inner, "stages", inside=True),
        }
        given = set()
        for section, inner in self.named_calls(statements_of(block), "a matrix"):
            given.add(section)
            check = sections.get(section)
            if check is None:
                self.report.add(inner, f"unknown section '{section}' in a matrix")
            else:
                check(inner)
        for missing in ("axes", "stages"):
            if missing not in given:
                self.report.add(call, f"the matrix needs the section '{missing}'")

    def _axes(self, call: Call, *, excluded: bool = False) -> None:
        what = "exclude" if excluded else "axes"
        block = self.body(call, what)
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, f"no axes given in '{what}'")
        seen: set[str] = set()
        for statement in statements_of(block):
            name = self._axis(statement, excluded)
            if name and name in seen:
                self.report.add(statement, f"the axis '{name}' is given twice")
            seen.add(name)

    def _excludes(self, call: Call) -> None:
        block = self.body(call, "excludes")
        if block is None:
            return
        if not statements_of(block):
            self.report.add(call, "no 'exclude' given in 'excludes'")
        for statement in statements_of(block):
            exclude = call_of(statement)
            if exclude is None or name_of(exclude) != "exclude":
                self.report.add(statement, "expected exclude { … }")
            else:
                self._axes(exclude, excluded=True)

    def _axis(self, statement: Statement, excluded: bool) -> str:
        axis = call_of(statement)
        block = block_of(axis)
        if axis is None or block is None or name_of(axis) != "axis":
            self.report.add(statement, "expected axis { … }")
            return ""
        allowed = ("name", "values", "notValues") if excluded else ("name", "values")
        found: dict[str, Call] = {}
        for section, call in self.named_calls(statements_of(block), "an axis"):
            found[section] = call
            if section not in allowed:
                self.report.add(call, f"unknown section '{section}' in an axis")
        if excluded and "values" in found and "notValues" in found:
            self.report.add(found["notValues"], "an axis has either 'values' or 'notValues'")
        values = found.get("values") or found.get("notValues")
        if values is None:
            self.report.add(axis, "an axis needs 'values'")
        else:
            self._values(values)
        return self._axis_name(axis, found.get("name"))

    def _axis_name(self, axis: Call, call: Call | None) -> str:
        if call is None:
            self.report.add(axis, "an axis needs a 'name'")
            return ""
        name = key_of(call.arguments[0]) if len(call.arguments) == 1 else None
        if name is None:
            self.report.add(call, "the name of an axis must be one string literal")
        elif not is_variable(name):
            self.report.add(call, f"'{name}' cannot be the name of an axis: it is a variable")
        return name or ""

    def _values(self, call: Call) -> None:
        seen: set[tuple[bool, object]] = set()
        if not call.arguments:
            self.report.add(call, "an axis needs at least one value")
        for value in call.arguments:
            if not isinstance(value, Literal):
                self.report.add(value, "the values of an axis must be literals")
                continue
            # Python says that 1 == True.
            key = (isinstance(value.value, bool), value.value)
            if key in seen:
                self.report.add(value, f"the value {value.span.text} is given twice")
            seen.add(key)
