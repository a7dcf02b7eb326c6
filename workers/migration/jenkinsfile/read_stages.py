"""Stages of declarative pipelines, already checked, as stages of the model."""

from workers.migration.jenkinsfile.read_sections import Sections
from workers.migration.jenkinsfile.tree import expressions as code
from workers.migration.pipeline.directives import Axis, Exclude
from workers.migration.pipeline.nodes import Span, Value
from workers.migration.pipeline.stages import Matrix, Stage
from workers.migration.pipeline.values import Literal


class Stages(Sections):
    """Reads stages and matrices."""

    def stages(self, section: code.Call | None) -> tuple[Stage, ...] | None:
        """The stages of `stages` or `parallel`; None without the section."""
        if section is None:
            return None
        return tuple(
            self.depth.enter(span.start, self._stage, span, call)
            for span, _, call in self.calls(section)
        )

    def sections(self, call: code.Call) -> dict[str, code.Call]:
        """The sections in the block of a call, by name."""
        found: dict[str, code.Call] = {}
        for _, name, section in self.calls(call):
            found.setdefault(name, section)
        return found

    def _stage(self, span: Span, call: code.Call) -> Stage:
        given = self.sections(call)
        steps = given.get("steps")
        return Stage(
            span,
            self._name(call),
            agent=self.agent(given.get("agent")),
            when=self.when(given.get("when")),
            input=self.input(given.get("input")),
            environment=self.environment(given.get("environment")),
            tools=self.tools(given.get("tools")),
            options=self.options(given.get("options")),
            steps=self.body(steps) if steps is not None else None,
            stages=self.stages(given.get("stages")),
            parallel=self.stages(given.get("parallel")),
            matrix=self._matrix(given.get("matrix")),
            fail_fast=self._fail_fast(given.get("failFast")),
            post=self.post(given.get("post")),
        )

    def _name(self, call: code.Call) -> Value:
        name = call.arguments[0]
        if isinstance(name, code.Name):
            return Literal(self.span(name.span), name.name)
        return self.value(name)

    def _fail_fast(self, call: code.Call | None) -> Value | None:
        return self.value(call.arguments[0]) if call is not None else None

    def _matrix(self, section: code.Call | None) -> Matrix | None:
        if section is None:
            return None
        given = self.sections(section)
        return Matrix(
            self.span(section.span),
            axes=self._axes(given.get("axes")),
            stages=self.stages(given.get("stages")) or (),
            excludes=self._excludes(given.get("excludes")),
            agent=self.agent(given.get("agent")),
            when=self.when(given.get("when")),
            input=self.input(given.get("input")),
            environment=self.environment(given.get("environment")),
            tools=self.tools(given.get("tools")),
            options=self.options(given.get("options")),
            post=self.post(given.get("post")),
        )

    def _axes(self, section: code.Call | None) -> tuple[Axis, ...]:
        return tuple(self._axis(span, call) for span, _, call in self.calls(section))

    def _excludes(self, section: code.Call | None) -> tuple[Exclude, ...]:
        return tuple(Exclude(span, self._axes(call)) for span, _, call in self.calls(section))

    def _axis(self, span: Span, call: code.Call) -> Axis:
        given = self.sections(call)
        name = self._name(given["name"])
        values = given.get("values") or given["notValues"]
        return Axis(
            span,
            str(name.value) if isinstance(name, Literal) else "",
            tuple(self.value(each) for each in values.arguments),
            "notValues" in given,
        )
