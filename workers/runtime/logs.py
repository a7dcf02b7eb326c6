"""Log lines as JSON, one a line, with secrets taken out."""

import json
import re
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

_SECRETS = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|sk-ant-[A-Za-z0-9_-]{8,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{8,}"
    r"|https://hooks\.slack\.com/services/[A-Za-z0-9/]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?i:(?<=password=)|(?<=secret=)|(?<=token=))[^\s\"'&]+",
    re.DOTALL,
)


def redact(text: str) -> str:
    """The text with everything that looks like a credential replaced."""
    return _SECRETS.sub("[redacted]", text)


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
        line = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "level": level,
            "event": event,
            **self._facts,
            **facts,
        }
        text = redact(json.dumps(line, default=str, ensure_ascii=False))
        print(text, file=self._stream or sys.stderr, flush=True)
