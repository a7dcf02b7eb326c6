"""The stages of a pipeline, declarative or scripted, and the steps in each. Pure."""

from collections.abc import Callable, Iterator

from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.stages import Stage
from workers.migration.pipeline.steps import Branch, Evaluate, Step
from workers.migration.pipeline.values import Literal
from workers.migration.pipeline.walk import children
from workers.migration.service.messages import Message
from workers.redaction import redacted

_LONGEST = 200
# What an answer shows; JSON that is nested deeper is refused by those who read it.
_DEEPEST = 30


class StageOutline(Message):
    """A stage or a parallel branch, the steps right in it, and the stages in it."""

    name: str
    line: int
    parallel: bool = False
    steps: tuple[str, ...] = ()
    stages: "tuple[StageOutline, ...]" = ()


def outlines(pipeline: Pipeline) -> tuple[StageOutline, ...]:
    """The outermost stages, in the order of the source; what is nested too deep is left out."""
    return tuple(_below(pipeline, pipeline.source, 0))


def words(node: Node, source: str) -> str:
    """A node as its source has it, on one line, cut, and without what looks like a credential."""
    said = " ".join(redacted(node.span.text(source)).split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _below(node: Node, source: str, depth: int) -> Iterator[StageOutline]:
    if depth >= _DEEPEST:
        return
    beside = node.parallel or () if isinstance(node, Stage) else ()
    for each in _first(node, is_stage):
        yield StageOutline(
            name=_name(each, source),
            line=each.span.line,
            parallel=isinstance(each, Branch) or any(each is other for other in beside),
            steps=tuple(words(step, source) for step in _first(each, _is_step)),
            stages=tuple(_below(each, source, depth + 1)),
        )


def _first(node: Node, wanted: Callable[[Node], bool]) -> Iterator[Node]:
    """The nodes below one that are wanted, but none below those, and none in a stage further in."""
    waiting = _backwards(node)
    while waiting:
        each = waiting.pop()
        if wanted(each):
            yield each
        elif not is_stage(each):
            waiting += _backwards(each)


def _backwards(node: Node) -> list[Node]:
    return sorted(children(node), key=lambda each: each.span.start, reverse=True)


def is_stage(node: Node) -> bool:
    """Whether a node is a stage, or a branch of a scripted `parallel`."""
    return isinstance(node, Stage | Branch) or (
        isinstance(node, Step) and node.kind == "stage" and node.body is not None
    )


def _is_step(node: Node) -> bool:
    return isinstance(node, Evaluate) or (
        isinstance(node, Step) and node.body is None and node.kind != "stage"
    )


def _name(node: Node, source: str) -> str:
    match node:
        case Stage(name=name) | Branch(name=name):
            said: Value | None = name
        case Step():
            said = next(iter((*node.positional, *node.named.values())), None)
        case _:
            said = None
    if said is None:
        return ""
    return (
        redacted(str(said.value))[:_LONGEST] if isinstance(said, Literal) else words(said, source)
    )
