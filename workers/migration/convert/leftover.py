"""What no stage has reached: methods and blocks that nobody calls where it can be seen. Pure."""

import re
from collections.abc import Iterator

from workers.migration.actions.model import RunsOn
from workers.migration.actions.runners import default
from workers.migration.convert.frame import Frame, Placement
from workers.migration.convert.scripted import has_script
from workers.migration.convert.work import Work
from workers.migration.ledger import Verdict
from workers.migration.pipeline.nodes import Node, Statement
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Function
from workers.migration.pipeline.walk import children
from workers.migration.replacing import replace

_WORD = re.compile(r"\w+")
_LIBRARY = re.compile(r"^\s*return\s+this\b", re.MULTILINE)


def never_called(work: Work, pipeline: Pipeline, frame: Frame) -> None:
    """Methods that no step calls: not used at all, or where only the run knows it.

    A file of a library is called from elsewhere, so all of it may be used.
    """
    library = not work.layout.drafts or _LIBRARY.search(pipeline.source) is not None
    library = library or any(each.name == "call" for each in pipeline.functions)
    for each in pipeline.functions:
        if work.record.has(each):
            continue
        used = _times(each.name, pipeline) > 1
        if used or library:
            _switched_off(work, each, frame)
        else:
            work.record.whole(each, Verdict.DROPPED, "nothing calls it")


def _times(name: str, pipeline: Pipeline) -> int:
    """How often a name stands in the source, the place where it is declared included."""
    if _WORD.fullmatch(name):
        return pipeline.words[name]
    return len(re.findall(rf"\b{re.escape(name)}\b", pipeline.source))


def never_reached(work: Work, pipeline: Pipeline, frame: Frame) -> None:
    """Statements with scripts that no rule has seen, such as blocks that wait in a list."""
    found = [each for each in children(pipeline) if not isinstance(each, Function)]
    found += [each for function in pipeline.functions for each in function.body]
    missed = [each for node in found for each in _missed(work, node)]
    if not missed:
        return
    name, check = work.decision(
        "the rest", "what the Jenkinsfile calls where only the run knows it"
    )
    for each in missed:
        if not work.record.has(each):
            work.record.manual(each, f"runs only where {name} is true: put it where it belongs")
    _apart(work, "The rest", check, tuple(missed), frame)


def _missed(work: Work, node: Node) -> Iterator[Statement]:
    """The outermost statements without an entry that hold a script."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Statement) and not work.record.has(each):
            if has_script(each):
                yield each
            continue
        waiting.extend(sorted(children(each), key=lambda child: -child.span.start))


def _switched_off(work: Work, function: Function, frame: Frame) -> None:
    """The steps of a method in a job of their own, off until a person says where they belong."""
    name, check = work.decision(function.name, f"the method {function.name}, where it is used")
    work.record.manual(
        function, f"its steps run only where {name} is true: put them where they belong"
    )
    _apart(work, function.name, check, function.body, frame)


def _apart(work: Work, name: str, check: str, body: tuple[Statement, ...], frame: Frame) -> None:
    work.layout.close()
    placement = frame.placement or Placement(name, RunsOn((default(),)))
    inner = replace(frame.under(check), placement=placement, stages=(name,))
    work.emit(body, replace(inner, calls=(name,)))
    work.layout.close()
