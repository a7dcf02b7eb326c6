"""Loops: a turn for each item that is known before the run."""

from collections.abc import Sequence

from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Constant
from workers.migration.convert.work import Work
from workers.migration.ledger import Verdict
from workers.migration.pipeline.nodes import Statement
from workers.migration.pipeline.steps import Assign, For, ForEach
from workers.migration.pipeline.values import Binary, Literal, Variable
from workers.migration.replacing import replace

# More turns than this are a loop that a matrix should be made of.
_TURNS = 50


def for_each(work: Work, given: ForEach, frame: Frame) -> Frame:
    """`for (x in …)`: a turn for each known item."""
    found, items = work.constant(given.over, frame)
    if not found or not isinstance(items, list | dict):
        return endless(work, given, frame, (given.name,), given.body)
    turns: list[Constant] = (
        [{"key": key, "value": value} for key, value in items.items()]
        if isinstance(items, dict)
        else items
    )
    return turn(work, given, frame, (given.name, turns, given.body))


def counted(work: Work, given: For, frame: Frame) -> Frame:
    """`for (int i = 0; i < n; i++)` with a known n."""
    match given.start, given.condition:
        case (
            [Assign(targets=(Variable(name=name),), value=Literal(value=int(first)))],
            Binary(operator="<" | "<=" as operator, left=Variable(name=left)),
        ) if name == left and isinstance(given.condition, Binary):
            found, last = work.constant(given.condition.right, frame)
            if found and isinstance(last, int) and _by_one(given):
                for each in (*given.start, *given.update):
                    work.record.whole(each, Verdict.CHANGED, "unrolled")
                end = last + (1 if operator == "<=" else 0)
                return turn(work, given, frame, (name, [*range(first, end)], given.body))
    return endless(work, given, frame, (), given.body)


def _by_one(given: For) -> bool:
    match given.update:
        case [Assign(operator="+=", value=Literal(value=1))]:
            return True
        case _:
            return False


def turn(
    work: Work,
    given: Statement,
    frame: Frame,
    loop: tuple[str, Sequence[Constant], Sequence[Statement]],
) -> Frame:
    """The body once for each item."""
    name, items, body = loop
    if len(items) > _TURNS:
        return endless(work, given, frame, (name,), body)
    work.record.changed(given, f"unrolled: {len(items)} times")
    if not items:
        for each in body:
            work.record.whole(each, Verdict.DROPPED, "a loop over nothing")
    for item in items:
        scope = replace(frame.scope, constants={**frame.scope.constants, name: item})
        after = work.emit(body, replace(frame, scope=scope))
        kept = {key: value for key, value in after.scope.constants.items() if key != name}
        frame = replace(frame, scope=replace(after.scope, constants=kept))
    return frame


def endless(
    work: Work,
    given: Statement,
    frame: Frame,
    names: Sequence[str],
    body: Sequence[Statement],
) -> Frame:
    """A loop of which only the run knows the turns: its body stands there once, to be completed."""
    note = "write this loop by hand: its turns are known only to the run; its body stands here once"
    work.by_hand(given, frame, note, deep=False)
    scope = frame.scope
    hidden = replace(
        scope,
        constants={key: value for key, value in scope.constants.items() if key not in names},
        texts={key: value for key, value in scope.texts.items() if key not in names},
    )
    after = work.emit(body, replace(frame, scope=hidden))
    return replace(frame, scope=replace(after.scope, constants=scope.constants, texts=scope.texts))
