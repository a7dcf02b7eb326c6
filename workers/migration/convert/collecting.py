"""Lists and maps that a script puts together before it uses them: folded where that is known."""

from workers.migration.convert.frame import Frame
from workers.migration.convert.resolving import shown
from workers.migration.convert.scope import Constant
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Binary, Call, Index, Property, Variable
from workers.migration.replacing import replace


def added(work: Work, given: Statement, value: Value, frame: Frame) -> Frame | None:
    """`list << item` and `list.add(item)`; None when it is another thing or not known."""
    match value:
        case Binary(operator="<<", left=Variable(name=name), right=item):
            pass
        case Call(name="add", receiver=Variable(name=name), arguments=[argument], body=None):
            item = argument.value
        case _:
            return None
    holder = frame.scope.constants.get(name)
    found, constant = work.constant(item, frame)
    if not isinstance(holder, list) or not found or not _always(frame):
        return None
    return _known(work, given, name, [*holder, constant], frame)


def put(
    work: Work, given: Statement, target: Index | Property, value: Value, frame: Frame
) -> Frame | None:
    """`map[key] = value` and `map.key = value`; None when it is another thing or not known."""
    if not isinstance(target.receiver, Variable):
        return None
    name = target.receiver.name
    holder = frame.scope.constants.get(name)
    found, constant = work.constant(value, frame)
    if isinstance(target, Property):
        known, key = True, target.name
    else:
        known, of_index = work.constant(target.index, frame)
        key = shown(of_index)
    if not isinstance(holder, dict) or not (found and known) or not _always(frame):
        return None
    return _known(work, given, name, {**holder, key: constant}, frame)


def _always(frame: Frame) -> bool:
    """Whether what stands here runs in every run; otherwise only the run knows what there is."""
    return not frame.conditions and frame.status is None


def _known(work: Work, given: Statement, name: str, value: Constant, frame: Frame) -> Frame:
    work.record.changed(given, "put in wherever it is used")
    constants = {**frame.scope.constants, name: value}
    return replace(frame, scope=replace(frame.scope, constants=constants))
