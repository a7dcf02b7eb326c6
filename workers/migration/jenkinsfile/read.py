"""A Jenkinsfile as a pipeline."""

from collections.abc import Iterable

from workers.migration.jenkinsfile.declarative import check, pipeline_block
from workers.migration.jenkinsfile.declarative_shapes import call_of, name_of
from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.read_sections import library
from workers.migration.jenkinsfile.read_stages import Stages
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tree import expressions as code
from workers.migration.jenkinsfile.tree import nodes
from workers.migration.jenkinsfile.tree import statements as tree
from workers.migration.pipeline.directives import Library
from workers.migration.pipeline.nodes import Comment
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Function

ORIGIN = "jenkinsfile"


def read(source: bytes | str, name: str) -> Pipeline:
    """The pipeline that a Jenkinsfile describes.

    Raises `ParseError` when it is not the Groovy of pipelines, `InvalidPipeline` when Jenkins would
    refuse its `pipeline` block.
    """
    text = Source(source, name)
    script = parse(text)
    check(script)
    return _Reader(text).pipeline(script, pipeline_block(script))


class _Reader(Stages):
    def pipeline(self, script: tree.Script, block: code.Call | None) -> Pipeline:
        top = _flattened(script, block)
        at = _index(top, block)
        given = self.sections(block) if block is not None else {}
        before = [each for each in top[:at] if not _is_apart(each)]
        after = [each for each in top[at + 1 :] if not _is_apart(each)]
        return Pipeline(
            self.span(script.span),
            name=self.source.name,
            origin=ORIGIN,
            source=self.source.text,
            agent=self.agent(given.get("agent")),
            stages=self.stages(given.get("stages")),
            environment=self.environment(given.get("environment")),
            tools=self.tools(given.get("tools")),
            parameters=self.parameters(given.get("parameters")),
            triggers=self.triggers(given.get("triggers")),
            options=self.options(given.get("options")),
            libraries=self._libraries(top) + self.libraries(given.get("libraries")),
            post=self.post(given.get("post")),
            functions=self._functions(top),
            before=self.statements(before),
            after=self.statements(after),
            comments=tuple(self._comment(each) for each in script.comments),
        )

    def _functions(self, top: Iterable[nodes.Statement]) -> tuple[Function, ...]:
        return tuple(self.function(each) for each in top if isinstance(each, tree.Method))

    def _libraries(self, top: Iterable[nodes.Statement]) -> tuple[Library, ...]:
        found = []
        for statement in top:
            for identifier in _identifiers(statement):
                place = identifier if not _is_alone(statement) else statement
                found.append(library(self.span(place.span), identifier))
        return tuple(found)

    def _comment(self, comment: nodes.Comment) -> Comment:
        return Comment(self.span(comment.span), _unmarked(comment.span.text), comment.trailing)


def _flattened(script: tree.Script, block: code.Call | None) -> tuple[nodes.Statement, ...]:
    """The statements of the file; of its method `call` too when the pipeline stands there."""
    found: list[nodes.Statement] = []
    for statement in script.body.statements:
        if isinstance(statement, tree.Method) and any(
            block is not None and call_of(each) is block for each in statement.body.statements
        ):
            found.extend(statement.body.statements)
        else:
            found.append(statement)
    return tuple(found)


def _index(top: tuple[nodes.Statement, ...], block: code.Call | None) -> int:
    """Where the pipeline stands among the statements; after all of them without one."""
    found = (i for i, each in enumerate(top) if block is not None and call_of(each) is block)
    return next(found, len(top))


def _is_apart(statement: nodes.Statement) -> bool:
    """Whether it stands in a group of its own: a method, or nothing but a library."""
    return isinstance(statement, tree.Method) or _is_alone(statement)


def _is_alone(statement: nodes.Statement) -> bool:
    """Whether a statement does nothing but load libraries."""
    if not _identifiers(statement):
        return False
    if isinstance(statement, tree.Declaration):
        return [each.name for each in statement.declarators] == ["_"]
    return isinstance(statement, tree.Evaluate) and not statement.annotations


def _identifiers(statement: nodes.Statement) -> tuple[nodes.Expression, ...]:
    """The libraries that a statement names by annotation, or by `library 'name'`."""
    found: list[nodes.Expression] = []
    for annotation in statement.annotations:
        if annotation.name == "Library":
            for argument in annotation.arguments:
                value = argument.value if isinstance(argument, code.Assignment) else argument
                found.extend(value.items if isinstance(value, code.ListLiteral) else (value,))
    call = call_of(statement)
    if call is not None and name_of(call) == "library" and len(call.arguments) == 1:
        found.extend(each for each in call.arguments if isinstance(each, code.Literal))
    return tuple(found)


def _unmarked(text: str) -> str:
    """A comment without its marks."""
    if text.startswith("/*"):
        lines = text.removeprefix("/*").removesuffix("*/").lstrip("*").splitlines()
        return "\n".join(line.strip().removeprefix("*").strip() for line in lines).strip()
    return text.removeprefix("#!").removeprefix("//").strip()
