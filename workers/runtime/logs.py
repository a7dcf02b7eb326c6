"""Log lines as JSON, one a line, with secrets taken out."""

import json
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TextIO

from pydantic_core import PydanticSerializationError, to_json

from workers.redaction import redacted, suspicious

_PLAIN = (type(None), bool, int, float)


class Log:
    """Writes what happened with its facts. `facts` given at the start stand on every line."""

    def __init__(
        self,
        *,
        stream: TextIO | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        **facts: object,
    ) -> None:
        self._stream = stream
        self._now = now
        self._facts = facts

    def info(self, event: str, **facts: object) -> None:
        self._write("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        self._write("warning", event, facts)

    def exception(self, event: str, error: BaseException, **facts: object) -> None:
        """Also writes the traceback: logs are for whoever mends the code."""
        trace = "".join(traceback.format_exception(error))
        self._write("error", event, {**facts, "error": repr(error), "traceback": trace})

    def _write(self, level: str, event: str, facts: dict[str, object]) -> None:
        line: dict[str, object] = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "level": level,
        }
        said = {"event": event, **self._facts, **facts}
        # Redacted before it is JSON: afterwards a match could take a quote with it.
        line |= said if _is_clean(said.values()) else {k: _clean(fact) for k, fact in said.items()}
        stream = self._stream or sys.stderr
        stream.write(f"{_json(line)}\n")
        stream.flush()


def _json(line: Mapping[str, object]) -> str:
    try:
        return to_json(line).decode()
    except PydanticSerializationError:
        # A lone surrogate, which no UTF-8 holds.
        return json.dumps(line)


def _is_clean(facts: Collection[object]) -> bool:
    """Whether nothing in them can be a credential, as most lines say nothing of the kind."""
    texts = []
    for fact in facts:
        if isinstance(fact, str):
            texts.append(fact)
        elif not isinstance(fact, _PLAIN):
            return False
    return not suspicious("\n".join(texts))


def _clean(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {redacted(str(name)): _clean(each) for name, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return redacted(str(value))
