"""Which branch of `isUnix()` a runner takes."""

from workers.migration.actions.runners import system
from workers.migration.convert.frame import Frame
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.values import Call, Unary


def on_windows(condition: Value, frame: Frame) -> str | None:
    """`true` or `false` for `isUnix()` on the frame's runner; None for another condition."""
    match condition:
        case Unary(operator="!", operand=operand):
            inner = on_windows(operand, frame)
            return None if inner is None else "false" if inner == "true" else "true"
        case Call(receiver=None, name="isUnix"):
            windows = frame.placement is not None and system(frame.placement.runs_on) == "windows"
            return "false" if windows else "true"
        case _:
            return None
