"""Sections of declarative pipelines, already checked, as directives of the model."""

from collections.abc import Iterator

from workers.migration.jenkinsfile.declarative_shapes import (
    block_of,
    call_of,
    key_of,
    name_of,
    statements_of,
)
from workers.migration.jenkinsfile.read_statements import Statements
from workers.migration.jenkinsfile.tree import expressions as code
from workers.migration.jenkinsfile.tree import statements as tree
from workers.migration.jenkinsfile.tree.nodes import Expression
from workers.migration.pipeline import agents, conditions, directives
from workers.migration.pipeline.nodes import Span, Statement, Value
from workers.migration.pipeline.values import Argument, Entry, Literal, MapValue

_MAIN = {"label": "label", "node": "label", "docker": "image"}


class Sections(Statements):
    """Reads the sections that pipelines, stages and matrices share."""

    def calls(self, section: code.Call | None) -> Iterator[tuple[Span, str, code.Call]]:
        """The entries of a section: where, what, and the call."""
        block = block_of(section)
        for statement in statements_of(block) if block is not None else ():
            call = call_of(statement)
            if call is not None:
                yield self.span(statement.span), name_of(call) or key_of(call.function) or "", call

    def agent(self, section: code.Call | None) -> agents.Agent | None:
        """`agent …`."""
        if section is None:
            return None
        span = self.span(section.span)
        for _, kind, call in self.calls(section):
            return self._agent(span, kind, call)
        is_none = key_of(section.arguments[0]) == "none"
        return agents.NoAgent(span) if is_none else agents.AnyAgent(span)

    def _agent(self, span: Span, kind: str, call: code.Call) -> agents.Agent:
        fields = self._fields(call)
        main = next((each for each in fields if each.name == _MAIN.get(kind)), None)
        rest = tuple(each for each in fields if each is not main)
        if kind in ("label", "node") and main is not None:
            return agents.LabelAgent(span, main.value, rest)
        if kind == "docker" and main is not None:
            return agents.DockerAgent(span, main.value, rest)
        if kind == "dockerfile":
            return agents.DockerfileAgent(span, fields)
        if kind == "kubernetes":
            return agents.KubernetesAgent(span, fields)
        return agents.OtherAgent(span, kind, fields)

    def _fields(self, call: code.Call) -> tuple[Argument, ...]:
        """The fields of an agent, also those of one name; a single argument is its main one."""
        if block_of(call) is not None:
            return tuple(
                Argument(span, name, self._field(field)) for span, name, field in self.calls(call)
            )
        if key_of(call.arguments[0]) is None and name_of(call) in ("dockerfile", "kubernetes"):
            return ()
        name = _MAIN.get(name_of(call) or "")
        return (Argument(self.span(call.span), name, self.value(call.arguments[0])),)

    def _field(self, call: code.Call) -> Value:
        if block_of(call) is None:
            return self.value(call.arguments[0])
        span = self.span(call.span)
        entries = (
            Entry(at, Literal(at, name), self.depth.enter(at.start, self._field, field))
            for at, name, field in self.calls(call)
        )
        return MapValue(span, tuple(entries))

    def environment(self, section: code.Call | None) -> tuple[directives.EnvironmentVariable, ...]:
        """`environment { … }`."""
        block, found = block_of(section), []
        for statement in statements_of(block) if block is not None else ():
            span = self.span(statement.span)
            match statement:
                case tree.Declaration(declarators=(tree.Declarator(name=name, value=value),)):
                    pass
                case tree.Evaluate(
                    expression=code.Assignment(target=code.Name(name=name), value=value)
                ):
                    pass
                case _:
                    continue
            if value is not None:
                found.append(directives.EnvironmentVariable(span, name, self.value(value)))
        return tuple(found)

    def tools(self, section: code.Call | None) -> tuple[directives.Tool, ...]:
        """`tools { … }`."""
        return tuple(
            directives.Tool(span, kind, self.value(call.arguments[0]))
            for span, kind, call in self.calls(section)
        )

    def parameters(self, section: code.Call | None) -> tuple[directives.BuildParameter, ...]:
        """`parameters { … }`."""
        return tuple(
            directives.BuildParameter(span, kind, self.arguments(call.arguments))
            for span, kind, call in self.calls(section)
        )

    def triggers(self, section: code.Call | None) -> tuple[directives.Trigger, ...]:
        """`triggers { … }`."""
        return tuple(
            directives.Trigger(span, kind, self.arguments(call.arguments))
            for span, kind, call in self.calls(section)
        )

    def options(self, section: code.Call | None) -> tuple[directives.Option, ...]:
        """`options { … }`."""
        return tuple(
            directives.Option(span, kind, self.arguments(call.arguments))
            for span, kind, call in self.calls(section)
        )

    def libraries(self, section: code.Call | None) -> tuple[directives.Library, ...]:
        """`libraries { … }`."""
        return tuple(library(span, call.arguments[0]) for span, _, call in self.calls(section))

    def input(self, section: code.Call | None) -> directives.Input | None:
        """`input { … }`."""
        if section is None:
            return None
        fields, parameters = [], None
        for span, name, call in self.calls(section):
            if name == "parameters":
                parameters = call
            else:
                fields.append(Argument(span, name, self.value(call.arguments[0])))
        return directives.Input(self.span(section.span), tuple(fields), self.parameters(parameters))

    def post(self, section: code.Call | None) -> tuple[directives.Post, ...]:
        """`post { … }`."""
        return tuple(
            directives.Post(span, condition, self.body(call))
            for span, condition, call in self.calls(section)
        )

    def body(self, call: code.Call | None) -> tuple[Statement, ...]:
        """What the block of a call does."""
        block = block_of(call)
        return self.statements(statements_of(block)) if block is not None else ()

    def when(self, section: code.Call | None) -> conditions.When | None:
        """`when { … }`."""
        if section is None:
            return None
        found, flags = [], {}
        for span, name, call in self.calls(section):
            if name in ("beforeAgent", "beforeInput", "beforeOptions"):
                flags[name] = self.value(call.arguments[0])
            else:
                found.append(self._condition(span, name, call))
        return conditions.When(
            self.span(section.span),
            tuple(found),
            flags.get("beforeAgent"),
            flags.get("beforeInput"),
            flags.get("beforeOptions"),
        )

    def _condition(self, span: Span, name: str, call: code.Call) -> conditions.Condition:
        if name == "expression":
            return conditions.ExpressionCheck(span, self.body(call))
        if name not in ("not", "allOf", "anyOf"):
            return conditions.Check(span, name, self.arguments(call.arguments))
        inner = tuple(
            self.depth.enter(at.start, self._condition, at, kind, each)
            for at, kind, each in self.calls(call)
        )
        match name:
            case "not":
                return conditions.Not(span, inner)
            case "allOf":
                return conditions.AllOf(span, inner)
            case _:
                return conditions.AnyOf(span, inner)


def library(span: Span, identifier: Expression) -> directives.Library:
    """A library by `name@version`; one that is computed keeps its text as the name."""
    value = identifier.value if isinstance(identifier, code.Literal) else None
    if not isinstance(value, str):
        return directives.Library(span, identifier.span.text)
    name, _, version = value.partition("@")
    return directives.Library(span, name, version or None)
