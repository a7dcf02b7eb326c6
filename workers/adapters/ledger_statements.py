"""The ledger's writes in PartiQL, each conditional, many to a request. Pure.

Syntax and limits: DynamoDB developer guide, "PartiQL update statements", "insert statements" and
"Running batch operations with PartiQL".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# BatchExecuteStatement takes 25 statements (API reference), and no two of one item.
COUNT_LIMIT = 25
# A request takes 16 MB at the most; answers this large are rare, and few of them fit in memory.
BYTES_LIMIT = 4 * 1024 * 1024

Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One write of one item. `size` is that of its parameters in bytes."""

    key: str
    text: str
    parameters: tuple[Value, ...]
    size: int = field(init=False)

    def __post_init__(self) -> None:
        size = 0
        for value in self.parameters:
            for each in value.values():
                text = each if isinstance(each, str) else str(each)
                size += len(text) if text.isascii() else len(text.encode())
        object.__setattr__(self, "size", size)

    @property
    def request(self) -> dict[str, Any]:
        """As BatchExecuteStatement takes it."""
        return {
            "Statement": self.text,
            "Parameters": list(self.parameters),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def insert(table: str, key: str, attributes: dict[str, Value]) -> Statement:
    """Writes an item that is not there yet; one that is answers DuplicateItem."""
    text = _insertion(table, ("delivery", *attributes))
    return Statement(key, text, ({"S": key}, *attributes.values()))


def update(
    table: str, key: str, changes: Mapping[str, Value | None], *, state: str, token: int
) -> Statement:
    """Changes an item in that state under that token; any other answers ConditionalCheckFailed.

    A change to None removes the attribute.
    """
    parameters = [value for value in changes.values() if value is not None]
    removed = tuple(name for name, value in changes.items() if value is None)
    parameters += [{"S": key}, {"S": state}, {"N": str(token)}]
    return Statement(key, _change(table, tuple(changes), removed), tuple(parameters))


@cache
def _insertion(table: str, names: tuple[str, ...]) -> str:
    places = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{places}}}'


@cache
def _change(table: str, names: tuple[str, ...], removed: tuple[str, ...]) -> str:
    clauses = [f'REMOVE "{name}"' if name in removed else f'SET "{name}"=?' for name in names]
    condition = 'WHERE "delivery"=? AND "state"=? AND "token"=?'
    return f'UPDATE "{table}" {" ".join(clauses)} {condition}'


def cut(statements: Sequence[Statement]) -> Sequence[Sequence[Statement]]:
    """The statements in their order, in as few requests as may hold them."""
    requests: list[list[Statement]] = []
    keys: set[str] = set()
    size = 0
    for statement in statements:
        size += statement.size
        full = not requests or len(requests[-1]) == COUNT_LIMIT or size > BYTES_LIMIT
        if full or statement.key in keys:
            requests.append([])
            keys = set()
            size = statement.size
        requests[-1].append(statement)
        keys.add(statement.key)
    return requests
