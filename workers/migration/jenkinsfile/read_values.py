"""Expressions of the tree as values of the model."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal

from workers.migration.jenkinsfile.depth import Depth
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.source import Span as SourceSpan
from workers.migration.jenkinsfile.tree import expressions as tree
from workers.migration.jenkinsfile.tree import nodes
from workers.migration.pipeline import values as model
from workers.migration.pipeline.nodes import Span, Statement, Value

_LINES = ("'''", '"""', "$/")


class Values(ABC):
    """Reads expressions; what the model has no word for keeps its text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.depth = Depth(source)
        self._places: dict[SourceSpan, Span] = {}

    @abstractmethod
    def statements(self, body: Iterable[nodes.Statement]) -> tuple[Statement, ...]:
        """Statements, in order."""

    def span(self, span: SourceSpan) -> Span:
        """A place, worked out once for all nodes that it is the place of."""
        found = self._places.get(span)
        if found is None:
            found = Span(span.start, span.end, *self.source.extent(span.start, span.end))
            self._places[span] = found
        return found

    def value(self, expression: nodes.Expression) -> Value:
        """What an expression stands for."""
        # More than half of all values hold no others.
        if isinstance(expression, tree.Literal):
            return self._literal(expression)
        if isinstance(expression, tree.Name):
            return model.Variable(self.span(expression.span), expression.name)
        return self.depth.enter(expression.span.start, self._value, expression)

    def arguments(self, given: Iterable[nodes.Expression]) -> tuple[model.Argument, ...]:
        """Arguments, named and not."""
        return tuple(map(self._argument, given))

    def closure(self, closure: tree.Closure) -> model.Closure:
        """A closure and what it does."""
        body = self.statements(closure.body.statements)
        return model.Closure(self.span(closure.span), parameter_names(closure), body)

    def text(self, node: nodes.Node) -> model.Expression:
        """What the model has no word for."""
        return model.Expression(self.span(node.span), node.span.text)

    def entries(self, given: Iterable[tree.Entry]) -> tuple[model.Entry, ...]:
        """Entries of a map."""
        return tuple(
            model.Entry(self.span(each.span), self.value(each.key), self.value(each.value))
            for each in given
        )

    def _argument(self, given: nodes.Expression) -> model.Argument:
        span = self.span(given.span)
        if not isinstance(given, tree.Entry):
            return model.Argument(span, None, self.value(given))
        if isinstance(given.key, tree.Literal):
            return model.Argument(span, str(given.key.value), self.value(given.value))
        return model.Argument(span, None, model.MapValue(span, self.entries((given,))))

    def _value(self, node: nodes.Expression) -> Value:
        found: Value
        match node:
            case tree.Call():
                found = self._call(node)
            case tree.Closure():
                found = self.closure(node)
            case tree.Interpolated() | tree.ListLiteral() | tree.MapLiteral():
                found = self._collection(node)
            case tree.Access() | tree.Index() | tree.New():
                found = self._part(node)
            case _:
                found = self._operation(node)
        return found

    def _collection(self, node: tree.Interpolated | tree.ListLiteral | tree.MapLiteral) -> Value:
        span = self.span(node.span)
        match node:
            case tree.Interpolated():
                parts = tuple(p if isinstance(p, str) else self.value(p) for p in node.parts)
                return model.Interpolated(span, parts, node.quote in _LINES)
            case tree.ListLiteral():
                return model.ListValue(span, tuple(self.value(item) for item in node.items))
            case tree.MapLiteral():
                return self._map(node)

    def _part(self, node: tree.Access | tree.Index | tree.New) -> Value:
        span = self.span(node.span)
        match node:
            case tree.Access(operator="." | "?.", name=str(name)):
                return model.Property(span, self.value(node.target), name, node.operator == "?.")
            case tree.Index():
                return model.Index(span, self.value(node.target), self._index(node))
            case tree.New(body=None):
                return model.Construction(span, node.type, self.arguments(node.arguments))
            case _:
                return self.text(node)

    def _operation(self, node: nodes.Expression) -> Value:
        span = self.span(node.span)
        match node:
            case tree.Unary(operator="!" | "-" | "+" | "~"):
                return model.Unary(span, node.operator, self.value(node.operand))
            case tree.Binary():
                return self._binary(node)
            case tree.TypeTest():
                operator = "as" if node.operator == "()" else node.operator
                kind = model.Variable(span, node.type)
                return model.Binary(span, operator, self.value(node.value), kind)
            case tree.Choice():
                then = self.value(node.then) if node.then is not None else None
                condition = self.value(node.condition)
                return model.Choice(span, condition, then, self.value(node.otherwise))
            case _:
                return self.text(node)

    def _binary(self, node: tree.Binary) -> model.Binary:
        return model.Binary(
            self.span(node.span), node.operator, self.value(node.left), self.value(node.right)
        )

    def _literal(self, node: tree.Literal) -> model.Literal:
        value = float(node.value) if isinstance(node.value, Decimal) else node.value
        return model.Literal(self.span(node.span), value, node.quote in _LINES)

    def _map(self, node: tree.MapLiteral) -> Value:
        entries = [entry for entry in node.entries if isinstance(entry, tree.Entry)]
        if len(entries) < len(node.entries):
            return self.text(node)
        return model.MapValue(self.span(node.span), self.entries(entries))

    def _index(self, node: tree.Index) -> Value:
        first = node.arguments[0] if len(node.arguments) == 1 else None
        if first is not None and not isinstance(first, tree.Entry | tree.Spread):
            return self.value(first)
        entries = [entry for entry in node.arguments if isinstance(entry, tree.Entry)]
        if entries:
            return model.MapValue(self.span(node.span), self.entries(entries))
        return model.ListValue(
            self.span(node.span), tuple(self.value(each) for each in node.arguments)
        )

    def _call(self, node: tree.Call) -> Value:
        function, receiver, name, safe = node.function, None, node.name, False
        if name is None:
            match function:
                case tree.Access(operator="." | "?.", name=str(name)):
                    receiver, safe = self.value(function.target), function.operator == "?."
                case tree.Access(operator="*." | ".&" | ".@"):
                    return self.text(node)
                case _:
                    receiver, name = self.value(function), "call"
        body = None
        arguments = node.arguments
        if node.trailing and isinstance(arguments[-1], tree.Closure):
            body, arguments = self.closure(arguments[-1]), arguments[:-1]
        given = self.arguments(arguments)
        return model.Call(self.span(node.span), receiver, name or "", given, body, safe)


def parameter_names(closure: tree.Closure) -> tuple[str, ...]:
    """The names of a closure's parameters; none when it has no arrow."""
    return tuple(parameter.name for parameter in closure.parameters or ())
