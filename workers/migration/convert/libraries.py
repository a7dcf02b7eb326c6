"""Shared libraries whose source is given: their steps become methods of the pipeline. Pure."""

import posixpath
from collections.abc import Mapping
from typing import Any

from workers.migration.ledger import Entry, Ledger, Verdict, ordered
from workers.migration.pipeline.nodes import Node, Span, Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Assign, Function, Step
from workers.migration.pipeline.values import Call, Literal, Variable
from workers.migration.replacing import replace

_MAIN = "call"
_CALLED_FOR = (Verdict.MANUAL, Verdict.DROPPED)


def loaded(pipeline: Pipeline, scripts: Mapping[str, Pipeline]) -> dict[str, Pipeline]:
    """The scripts of the repository that the pipeline loads, by the variables that hold them.

    `scripts` has them by their paths in the repository.
    """
    found: dict[str, Pipeline] = {}
    for each in pipeline.statements:
        path = _path_of_load(each) if isinstance(each, Assign) else None
        if path and path in scripts and isinstance(each, Assign):
            names = [target.name for target in each.targets if isinstance(target, Variable)]
            found.update(dict.fromkeys(names, scripts[path]))
    return found


def is_load(value: Value | None) -> bool:
    """Whether a value is what `load` gives."""
    return isinstance(value, Call) and value.name == "load" and value.receiver is None


def joined(pipeline: Pipeline, library: Mapping[str, Pipeline]) -> Pipeline:
    """The pipeline with the steps that it uses of a library, behind its own source.

    `library` has the files of `vars` by the names of their steps. `name()` is the method `call` of
    its file, `name.other()` another one; methods of a file call each other by their plain names.
    """
    source, lines = pipeline.source, pipeline.source.count("\n") + 1
    own = {each.name for each in pipeline.functions}
    found: dict[str, Function] = {}
    for name, file in _used(pipeline, library).items():
        by = (len(source) + 1, lines)
        for function in file.functions:
            made = _moved(function, *by)
            plain = name if function.name == _MAIN else function.name
            full = name if function.name == _MAIN else f"{name}.{function.name}"
            for each in dict.fromkeys((full, plain)):
                if each not in own:
                    found.setdefault(each, replace(made, name=each))
        source = f"{source}\n{file.source}"
        lines += file.source.count("\n") + 1
    return replace(pipeline, source=source, functions=(*pipeline.functions, *found.values()))


def told(ledger: Ledger, pipeline: Pipeline, library: Mapping[str, Pipeline]) -> Ledger:
    """The ledger by the pipeline's own lines: what a library leaves to do is told at its use."""
    end = len(pipeline.source)
    here = [each for each in ledger.entries if each.span.start < end]
    there = [each for each in ledger.entries if each.span.start >= end]
    line = pipeline.source.count("\n") + 1
    for name, file in _used(pipeline, library).items():
        last = line + file.source.count("\n") + 1
        use = _use(pipeline, name) or pipeline.span
        place = f"{_place(name, pipeline)}, line"
        here += [
            Entry(use, each.verdict, f"{place} {each.span.line - line}: {each.note}")
            for each in there
            if line < each.span.line <= last and each.verdict in _CALLED_FOR
        ]
        line = last
    return ordered(here, ledger.tasks)


def _path_of_load(given: Assign) -> str:
    match given.value:
        case Call(positional=[Literal(value=str(path))]) if is_load(given.value):
            return posixpath.normpath(path)
        case _:
            return ""


def _place(name: str, pipeline: Pipeline) -> str:
    """Where a person finds a file: where it is loaded from, or among the library's steps."""
    found = f"vars/{name}.groovy"
    for each in pipeline.statements:
        if isinstance(each, Assign) and any(
            isinstance(target, Variable) and target.name == name for target in each.targets
        ):
            found = _path_of_load(each) or found
    return found


def _used(pipeline: Pipeline, library: Mapping[str, Pipeline]) -> dict[str, Pipeline]:
    """The files that the pipeline needs, itself or for another one of them."""
    found: dict[str, Pipeline] = {}
    waiting: list[Pipeline] = [pipeline]
    while waiting:
        for name in sorted(_names(waiting.pop()) & library.keys() - found.keys()):
            found[name] = library[name]
            waiting.append(library[name])
    return found


def _names(pipeline: Pipeline) -> set[str]:
    return {name for each in pipeline.nodes if (name := _called(each)) is not None}


def _called(node: Node) -> str | None:
    match node:
        case Step():
            return node.kind
        case Call(receiver=None):
            return node.name
        case Call(receiver=Variable(name=name)):
            return name
        case _:
            return None


def _use(pipeline: Pipeline, name: str) -> Span | None:
    return next((each.span for each in pipeline.nodes if _called(each) == name), None)


def _moved(value: Any, offset: int, lines: int) -> Any:
    """The same tree, as it would be read further down."""
    match value:
        case Span():
            return Span(
                value.start + offset,
                value.end + offset,
                value.line + lines,
                value.column,
                value.end_line + lines,
            )
        case Node():
            names = type(value).__dataclass_fields__
            return replace(
                value, **{name: _moved(getattr(value, name), offset, lines) for name in names}
            )
        case tuple():
            return tuple(_moved(each, offset, lines) for each in value)
        case _:
            return value
