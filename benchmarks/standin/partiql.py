"""PartiQL statements over one item of a DynamoDB table. Pure.

Syntax: DynamoDB developer guide, "PartiQL for DynamoDB". Only what ledgers write: parameters for
all values, and conditions joined by AND.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from benchmarks.standin.errors import DYNAMODB, unsupported

_INSERT = re.compile(r"""INSERT INTO "([\w.-]+)" VALUE \{(.*)\}\s*$""", re.IGNORECASE)
_OTHER = re.compile(
    r"""(UPDATE|DELETE FROM|SELECT \* FROM) "([\w.-]+)"\s+(.*?)\s*WHERE\s+(.*)$""", re.IGNORECASE
)
_FIELD = re.compile(r"""\s*'([\w.-]+)'\s*:\s*\?\s*(?:,|$)""")
_ASSIGNMENT = re.compile(r"""\s*(?:(SET|REMOVE)\s+|,\s*)"?([\w.-]+)"?(\s*=\s*\?)?""", re.IGNORECASE)
_TEST = re.compile(r"""\s*"?([\w.-]+)"?\s*(=|<>|<=|>=|<|>)\s*\?\s*(?:AND|$)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Test:
    """An attribute compared with the next parameter."""

    name: str
    operator: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement does. Parameters are for `sets`, then for `tests`, in their order."""

    kind: Literal["insert", "update", "delete", "select"]
    table: str
    sets: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()


@lru_cache(maxsize=1000)
def parsed(text: str) -> Statement:
    """The statement in a text. Raises Refusal for what is not understood."""
    if found := _INSERT.match(text):
        return Statement("insert", found[1], tuple(m[1] for m in _all(_FIELD, found[2], text)))
    found = _OTHER.match(text)
    if found is None:
        raise unsupported(DYNAMODB, f"the statement {text!r}")
    tests = tuple(Test(m[1], m[2]) for m in _all(_TEST, found[4], text))
    if found[1].upper() != "UPDATE":
        kind: Literal["delete", "select"] = "delete" if found[1][0] in "dD" else "select"
        return Statement(kind, found[2], tests=tests)
    changes = [(m[2], bool(m[3])) for m in _all(_ASSIGNMENT, found[3], text)]
    return Statement(
        "update",
        found[2],
        tuple(name for name, is_set in changes if is_set),
        tuple(name for name, is_set in changes if not is_set),
        tests,
    )


def _all(pattern: re.Pattern[str], part: str, text: str) -> list[re.Match[str]]:
    """The matches that follow each other from the beginning of a part to its end."""
    matches, place = [], 0
    while place < len(part.rstrip()):
        found = pattern.match(part, place)
        if found is None:
            raise unsupported(DYNAMODB, f"the statement {text!r}")
        matches.append(found)
        place = found.end()
    return matches
