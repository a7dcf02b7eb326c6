"""What makes two failures the same one: type, message without its particulars, place in our code.

Pure. Line numbers are left out, so that a fingerprint survives an edit above the place; so do ids,
times, numbers and folders in the message, which differ from run to run.
"""

import re
from hashlib import sha256
from types import TracebackType

OURS = ("schemas", "events", "workers")
LENGTH = 12

# Applied in this order: an id may hold numbers, a path may hold ids.
_PARTICULARS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), stand_in)
    for pattern, stand_in in (
        (r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "#"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b", "#"),
        (r"(?i)\b0x[0-9a-f]+\b", "#"),
        # Only the last part of an absolute path is kept: where things lie differs by machine.
        (r"(?<![\w:/.])/(?:[^\s/'\":,;()]+/)+", "/"),
        (r"\btmp[a-z0-9_]{6,}\b", "#"),
        (r"(?i)\b(?=[a-z]*\d)[0-9a-f]{8,}\b", "#"),
        # Request ids, as AWS writes them.
        (r"\b(?=[A-Z]*\d)[A-Z0-9]{10,}\b", "#"),
        (r"\d+(?:[.,:]\d+)*", "#"),
        (r"\s+", " "),
    )
)
# What a message may quote of an event has no bound.
_MESSAGE_LIMIT = 2000


def fingerprint(kind: str, message: str, place: str = "") -> str:
    """Twelve hexadecimal digits, equal for equal failures."""
    text = "\n".join((kind, normalised(message), place))
    return sha256(text.encode(errors="replace")).hexdigest()[:LENGTH]


def of_exception(error: BaseException) -> str:
    """The fingerprint of what was raised, wherever it is caught."""
    kind = type(error)
    return fingerprint(f"{kind.__module__}.{kind.__qualname__}", str(error), _place(error))


def normalised(message: str) -> str:
    """The message with everything that is particular to one occurrence taken out."""
    text = message[:_MESSAGE_LIMIT]
    for pattern, stand_in in _PARTICULARS:
        text = pattern.sub(stand_in, text)
    return text.strip()


def _place(error: BaseException) -> str:
    """The innermost function of ours that the error passed through."""
    place, step = "", error.__traceback__
    while step is not None:
        place = _ours(step) or place
        step = step.tb_next
    return place


def _ours(step: TracebackType) -> str:
    module = str(step.tb_frame.f_globals.get("__name__", ""))
    if module.partition(".")[0] not in OURS:
        return ""
    return f"{module}:{step.tb_frame.f_code.co_qualname}"
