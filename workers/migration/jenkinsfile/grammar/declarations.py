"""Variables, methods, parameters, annotations, imports; classes are passed over."""

from workers.migration.jenkinsfile.grammar.operators import Operators
from workers.migration.jenkinsfile.tree.expressions import Parameter
from workers.migration.jenkinsfile.tree.nodes import Annotation, Block, Expression, Statement
from workers.migration.jenkinsfile.tree.statements import (
    Class,
    Declaration,
    Declarator,
    Evaluate,
    Import,
    Method,
)

MODIFIERS = frozenset(
    [
        "abstract",
        "def",
        "final",
        "native",
        "private",
        "protected",
        "public",
        "static",
        "synchronized",
        "transient",
        "volatile",
    ]
)
_CLASSES = frozenset(("class", "interface", "enum"))
_AFTER_NAME = frozenset(("=", ",", ";", "newline", "}", "end"))


class Declarations(Operators):
    """Statements that introduce names."""

    def declaration(self) -> Statement | None:
        """The declaration that begins here, or None."""
        first = self.at
        annotations = self._annotations()
        begin = self.at
        while self.kind in MODIFIERS and not self._is_synchronized_block():
            self.advance()
            self.skip_newline()
        declared = self.at > begin
        if self.kind in _CLASSES or (self.kind == "@" and self.kinds[self.at + 1] == "interface"):
            return self._class(first, annotations)
        if self.kind in ("import", "package"):
            return self._import(first, annotations)
        if self.kind == "(" and declared:
            return self._together(first, begin, annotations)
        return self._named(first, begin, annotations)

    def method_follows(self, index: int) -> bool:
        """Whether a parameter list and a body begin at this token."""
        if self.kinds[index : index + 1] != ["("]:
            return False
        after = self.closer_of(index) + 1
        after += self.kinds[after] == "newline"
        return self.kinds[after] in ("{", "throws")

    def parameters(self, until: int) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        while self.at < until:
            found.append(self._parameter())
            self.skip_newline()
            if self.at < until:
                if self.kind != ",":
                    self.fail("expected ',' or the end of the parameters")
                self.advance()
                self.skip_newline()
        return tuple(found)

    def _is_synchronized_block(self) -> bool:
        return self.kind == "synchronized" and self.kinds[self.at + 1] == "("

    def _annotations(self) -> tuple[Annotation, ...]:
        found = []
        while self.kind == "@" and self.kinds[self.at + 1] == "name":
            first = self.at
            self.advance()
            self.move(self.type_end(self.at))
            name = self.type_text(first + 1, self.at)
            arguments: tuple[Expression, ...] = ()
            if self.kind == "(":
                arguments = self.annotation_arguments()
            found.append(Annotation(self.span(first), name, arguments))
            self.skip_newline()
        return tuple(found)

    def annotation_arguments(self) -> tuple[Expression, ...]:
        """`(…)` behind the name; `name = value` is an assignment here."""
        opener = self.at
        self.advance()
        return self.deeper(self.elements, opener, "the parenthesis")

    def _named(
        self, first: int, begin: int, annotations: tuple[Annotation, ...]
    ) -> Statement | None:
        declared = self.at > begin
        name = self.type_end(self.at)
        if not (name > 0 and self.kinds[name] in ("name", "string")) or (
            not declared and not self.is_type(self.at, name)
        ):
            name = -1
        if name < 0 and not (declared or annotations):
            return None
        name = self.at if name < 0 else name
        if self.method_follows(name + 1):
            return self._method(first, name, annotations)
        if self.kinds[name] == "name" and (declared or self.kinds[name + 1] in _AFTER_NAME):
            self.move(name)
            return self._variables(first, begin, annotations)
        if declared:
            self.fail("expected a name to declare")
        if annotations:
            expression = self.command()
            return Evaluate(self.span(first), expression, annotations=annotations)
        return None

    def _variables(
        self, first: int, begin: int, annotations: tuple[Annotation, ...]
    ) -> Declaration:
        kind = self.type_text(begin, self.at) if self.at > begin else ""
        found = [self._declarator()]
        while self.kind == ",":
            self.advance()
            self.skip_newline()
            found.append(self._declarator())
        return Declaration(self.span(first), kind, tuple(found), annotations=annotations)

    def _declarator(self) -> Declarator:
        first = self.at
        if self.kind != "name":
            self.fail("expected a name to declare")
        name, value = self.take(), None
        if self.kind == "=":
            self.advance()
            self.skip_newline()
            value = self.deeper(self.command)
        return Declarator(self.span(first), name, value)

    def _together(self, first: int, begin: int, annotations: tuple[Annotation, ...]) -> Declaration:
        kind, opener = self.type_text(begin, self.at), self.at
        self.advance()
        names = []
        while self.at != self.closer_of(opener):
            end = self.type_end(self.at)
            if end > 0 and self.kinds[end] == "name":
                self.move(end)
            start = self.at
            self.expect("name", "to declare")
            names.append(Declarator(self.span(start), self.tokens.text(start), None))
            if self.kind == ",":
                self.advance()
            elif self.kind != ")":
                self.close(opener, "the parenthesis")
        self.advance()
        value = None
        if self.kind == "=":
            self.advance()
            self.skip_newline()
            value = self.deeper(self.command)
        return Declaration(self.span(first), kind, tuple(names), value, annotations=annotations)

    def _method(self, first: int, name: int, annotations: tuple[Annotation, ...]) -> Method:
        self.move(name)
        word = str(self.plain_string().value) if self.kind == "string" else self.take()
        opener = self.at
        self.advance()
        parameters = self.deeper(self.parameters, self.closer_of(opener))
        self.close(opener, "the parenthesis")
        self.skip_newline()
        while self.kind in ("throws", "name", ",", "."):
            self.advance()
            self.skip_newline()
        body = self.braced()
        return Method(self.span(first), word, parameters, body, annotations=annotations)

    def braced(self) -> Block:
        """A block in braces."""
        return self.deeper(self._braced)

    def _braced(self) -> Block:
        opener = self.at
        self.expect("{", "to open the block")
        closer = self.closer_of(opener)
        body = self.block("the block", closer)
        self.close(opener, "the block")
        return Block(self.span(opener), body.statements, body.comments)

    def _parameter(self) -> Parameter:
        first = self.at
        self._annotations()
        begin = self.at
        while self.kind in MODIFIERS:
            self.advance()
        end = self.type_end(self.at)
        if end > 0 and self.kinds[end] in ("name", "..."):
            self.move(end)
        if self.kind == "...":
            self.advance()
        kind = self.type_text(begin, self.at) if self.at > begin else None
        self.expect("name", "for the parameter")
        name, default = self.tokens.text(self.at - 1), None
        if self.kind == "=":
            self.advance()
            self.skip_newline()
            default = self.expression()
        return Parameter(self.span(first), name, kind, default)

    def _class(self, first: int, annotations: tuple[Annotation, ...]) -> Class:
        if self.kind == "@":
            self.advance()
        self.advance()
        self.expect("name", "for the class")
        name = self.tokens.text(self.at - 1)
        while self.kind not in ("{", "end", ";"):
            self.advance()
        if self.kind != "{":
            self.fail("expected '{' to open the class")
        self.move(self.closer_of(self.at) + 1)
        return Class(self.span(first), name, annotations=annotations)

    def _import(self, first: int, annotations: tuple[Annotation, ...]) -> Import:
        keyword, begin = self.take(), self.at
        while self.kind in ("name", ".", "*", "as", "static", "*.") or self.kind in MODIFIERS:
            self.advance()
        if self.at == begin:
            self.fail(f"expected a name after '{keyword}'")
        name = self.type_text(begin, self.at)
        return Import(self.span(first), keyword, name, annotations=annotations)
