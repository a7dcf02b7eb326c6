"""Statements of the tree as statements of the model."""

from collections.abc import Iterable

from workers.migration.jenkinsfile.declarative_shapes import block_of, name_of
from workers.migration.jenkinsfile.read_values import Values, parameter_names
from workers.migration.jenkinsfile.source import Span
from workers.migration.jenkinsfile.tree import expressions as code
from workers.migration.jenkinsfile.tree import nodes
from workers.migration.jenkinsfile.tree import statements as tree
from workers.migration.pipeline import steps as model
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Literal, MapValue, Variable

_STEPPED = {"++": "+=", "--": "-="}


class Statements(Values):
    """Reads statements; one declaration of several names becomes several."""

    def statements(self, body: Iterable[nodes.Statement]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for statement in body:
            found.extend(self.depth.enter(statement.span.start, self._statement, statement))
        return tuple(found)

    def block(self, block: nodes.Block | None) -> tuple[Statement, ...]:
        """What a block does."""
        return self.statements(block.statements) if block is not None else ()

    def function(self, method: tree.Method) -> model.Function:
        """A method."""
        return model.Function(
            self.span(method.span),
            method.name,
            tuple(self._parameter(each) for each in method.parameters),
            self.block(method.body),
            annotations(method),
        )

    def _parameter(self, given: code.Parameter) -> model.Parameter:
        default = self._optional(given.default)
        return model.Parameter(self.span(given.span), given.name, given.type, default)

    def _statement(self, node: nodes.Statement) -> tuple[Statement, ...]:
        found: tuple[Statement, ...]
        match node:
            case tree.Evaluate():
                found = (self._evaluate(node),)
            case tree.Declaration():
                found = self._declaration(node)
            case tree.Return() | tree.Throw() | tree.Jump():
                found = (self._leave(node),)
            case tree.Method():
                found = (self.function(node),)
            case tree.Import():
                found = (model.Import(self.span(node.span), node.name),)
            case tree.Labelled():
                found = (model.Block(self.span(node.span), self.statements((node.statement,))),)
            case tree.Braces():
                found = (model.Block(self.span(node.span), self.block(node.body)),)
            case _:
                found = (self._control(node),)
        return found

    def _leave(self, node: tree.Return | tree.Throw | tree.Jump) -> Statement:
        span = self.span(node.span)
        match node:
            case tree.Return():
                return model.Return(span, self._optional(node.value))
            case tree.Throw():
                return model.Raise(span, self.value(node.value))
            case tree.Jump():
                return model.Jump(span, node.kind)

    def _optional(self, expression: nodes.Expression | None) -> Value | None:
        return self.value(expression) if expression is not None else None

    def _control(self, node: nodes.Statement) -> Statement:
        span = self.span(node.span)
        found: Statement | None = None
        match node:
            case tree.If():
                condition = self.value(node.condition)
                found = model.If(span, condition, self.block(node.then), self.block(node.otherwise))
            case tree.ForEach() | tree.For() | tree.While():
                found = self._loop(node)
            case tree.Try():
                found = self._try(node)
            case tree.Switch():
                cases = tuple(self._case(case) for case in node.cases)
                found = model.Switch(span, self.value(node.on), cases)
        return found or model.Opaque(span, node.span.text)

    def _loop(self, node: tree.ForEach | tree.For | tree.While) -> Statement:
        span = self.span(node.span)
        match node:
            case tree.ForEach():
                return model.ForEach(span, node.name, self.value(node.over), self.block(node.body))
            case tree.For():
                return self._for(node)
            case tree.While():
                condition, body = self.value(node.condition), self.block(node.body)
                return model.While(span, condition, body, node.first)

    def _for(self, node: tree.For) -> model.For:
        condition = self._optional(node.condition)
        return model.For(
            self.span(node.span),
            self.statements(node.start),
            condition,
            self.statements(node.update),
            self.block(node.body),
        )

    def _try(self, node: tree.Try) -> model.Try:
        catches = tuple(
            model.Catch(self.span(each.span), each.types, each.name, self.block(each.body))
            for each in node.catches
        )
        last = self.block(node.last) if node.last is not None else None
        return model.Try(self.span(node.span), self.block(node.body), catches, last)

    def _case(self, node: tree.Case) -> model.Case:
        match = self._optional(node.match)
        return model.Case(self.span(node.span), match, self.block(node.body))

    def _declaration(self, node: tree.Declaration) -> tuple[Statement, ...]:
        """One assignment for each name; the first begins with the declaration."""
        marks, span = annotations(node), self.span(node.span)
        if node.value is not None or not node.declarators:
            targets = tuple(self._declared(each) for each in node.declarators)
            value = self._optional(node.value)
            return (model.Assign(span, targets, value, node.type, annotations=marks),)
        found: list[Statement] = []
        for each in node.declarators:
            start = each.span.start if found else node.span.start
            place = self.span(Span(self.source, start, each.span.end))
            target, value = self._declared(each), self._optional(each.value)
            found.append(model.Assign(place, (target,), value, node.type, annotations=marks))
        return tuple(found)

    def _declared(self, name: tree.Declarator) -> Variable:
        end = name.span.start + len(name.name)
        return Variable(self.span(Span(self.source, name.span.start, end)), name.name)

    def _evaluate(self, node: tree.Evaluate) -> Statement:
        span, expression = self.span(node.span), node.expression
        found: Statement
        match expression:
            case code.Call() if name_of(expression) == "parallel":
                found = self._parallel(node, expression.arguments)
            case code.Index(target=code.Name(name="parallel")):
                found = self._parallel(node, expression.arguments)
            case code.Call() if name_of(expression) is not None:
                found = self.step(node, expression)
            case code.Assignment():
                found = self._assignment(node, expression)
            case code.Unary(operator="++" | "--"):
                one, targets = Literal(span, 1), (self.value(expression.operand),)
                found = model.Assign(span, targets, one, operator=_STEPPED[expression.operator])
            case _:
                found = model.Evaluate(span, self.value(expression))
        return found

    def step(self, node: nodes.Node, call: code.Call) -> model.Step:
        """A call without receiver; its last closure is its block."""
        block = block_of(call)
        arguments = call.arguments if block is None else call.arguments[:-1]
        return model.Step(
            self.span(node.span),
            name_of(call) or "",
            self.arguments(arguments),
            self.statements(block.body.statements) if block is not None else None,
            parameter_names(block) if block is not None else (),
        )

    def _assignment(self, node: tree.Evaluate, assignment: code.Assignment) -> model.Assign:
        target = assignment.target
        targets: tuple[nodes.Expression, ...] = (target,)
        if isinstance(target, code.ListLiteral) and target.parenthesised:
            targets = target.items
        return model.Assign(
            self.span(node.span),
            tuple(self.value(each) for each in targets),
            self.value(assignment.value),
            operator=assignment.operator,
        )

    def _parallel(
        self, node: nodes.Statement, arguments: tuple[nodes.Expression, ...]
    ) -> model.Parallel:
        entries = arguments
        if len(arguments) == 1 and isinstance(arguments[0], code.MapLiteral):
            entries = arguments[0].entries
        branches, others, fail_fast = [], [], None
        for each in entries:
            if isinstance(each, code.Entry) and _is_fail_fast(each.key):
                fail_fast = self.value(each.value)
            elif isinstance(each, code.Entry) and isinstance(each.value, code.Closure):
                branches.append(self._branch(each, each.value))
            else:
                others.append(each)
        built = self._built(node, others)
        return model.Parallel(self.span(node.span), tuple(branches), fail_fast, built)

    def _branch(self, entry: code.Entry, closure: code.Closure) -> model.Branch:
        body = self.statements(closure.body.statements)
        return model.Branch(self.span(entry.span), self.value(entry.key), body)

    def _built(self, node: nodes.Node, others: list[nodes.Expression]) -> Value | None:
        """Branches that are made elsewhere: a map by name, or entries that name closures."""
        if not others:
            return None
        entries = [each for each in others if isinstance(each, code.Entry)]
        if len(entries) == len(others):
            return MapValue(self.span(node.span), self.entries(entries))
        return self.value(others[0]) if len(others) == 1 else self.text(node)


def annotations(node: nodes.Statement) -> tuple[str, ...]:
    """Annotations as they are written, without the sign."""
    return tuple(each.span.text.removeprefix("@") for each in node.annotations)


def _is_fail_fast(key: nodes.Expression) -> bool:
    return isinstance(key, code.Literal) and key.value == "failFast"
