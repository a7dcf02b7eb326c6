"""Log lines as JSON, one a line, with secrets taken out."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from workers.redaction import redacted


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
            "event": redacted(event),
        }
        # Redacted before it is JSON: afterwards a match could take a quote with it.
        for name, fact in (*self._facts.items(), *facts.items()):
            line[name] = _clean(fact)
        print(json.dumps(line, ensure_ascii=False), file=self._stream or sys.stderr, flush=True)


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
