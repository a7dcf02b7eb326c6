"""One request to a release and what came of it. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workers.ports import Answer
from workers.redaction import redacted

_EXCERPT = 200

# The release chooses its ids, and we put them into the path of a DELETE: no dots alone, no slash.
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:~-]{0,127}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A judged answer; `problem` is None when it was the answer that we asked for."""

    name: str
    status: int | None
    elapsed: timedelta
    problem: str | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None


def exchange(
    name: str, answer: Answer, *, expected: tuple[int, ...], fields: Mapping[str, Any] | None = None
) -> Exchange:
    """The answer judged by its status and by the fields that it must hold with these values."""
    problem = _wrong_status(answer, expected) or _wrong_fields(answer, fields or {})
    return Exchange(name, answer.status, answer.elapsed, problem)


def document(answer: Answer) -> dict[str, Any] | None:
    """The JSON object in an answer, if it is one."""
    found = _json(answer)
    return found if isinstance(found, dict) else None


def records(answer: Answer) -> list[dict[str, Any]]:
    """The records in the answer to a list request: a JSON array, or the `items` of a page."""
    found = _json(answer)
    rows = found.get("items") if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def record_id(record: Mapping[str, Any] | None) -> str | None:
    """What a record is called in a URL, if it has an id that can be part of one."""
    found = (record or {}).get("id")
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None
    return str(found) if _ID.fullmatch(str(found)) else None


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _wrong_status(answer: Answer, expected: tuple[int, ...]) -> str | None:
    if answer.status is None:
        return f"no answer: {answer.error or 'unknown'}"
    if answer.status in expected:
        return None
    wanted = " or ".join(map(str, expected))
    excerpt = redacted(answer.body[:_EXCERPT].decode(errors="replace")).strip()
    return f"expected {wanted}, got {answer.status}" + (f": {excerpt}" if excerpt else "")


def _wrong_fields(answer: Answer, fields: Mapping[str, Any]) -> str | None:
    if not fields:
        return None
    record = document(answer)
    if record is None:
        return "the answer is no JSON object"
    wrong = [name for name, value in fields.items() if name not in record or record[name] != value]
    return f"not what was written: {', '.join(wrong)}" if wrong else None
