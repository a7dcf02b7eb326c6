"""What DynamoDB would bill for reads and writes: units by the size of an item.

Rules: DynamoDB developer guide, "DynamoDB item sizes and formats" and "DynamoDB read and write
operations". Counted on demand alone, since sizing an item takes longer than storing it here.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WRITE_BYTES = 1024
READ_BYTES = 4096
# Of a list or a map, and of each of its elements.
_CONTAINER, _ELEMENT = 3, 1

Item = Mapping[str, Any]


@dataclass(slots=True)
class Units:
    """Request units so far."""

    write: float = 0
    read: float = 0

    def wrote(self, before: Item | None, after: Item | None, writes: int = 1) -> None:
        """An item was written, removed, or refused by its condition, as so many writes.

        The larger of what was there and what is there counts; a refusal counts what was there.
        """
        self.write += writes * _blocks(max(_size(before), _size(after)), WRITE_BYTES)

    def was_read(self, item: Item | None, *, consistent: bool) -> None:
        """An item was read, or was not there."""
        self.read += _blocks(_size(item), READ_BYTES) * (1 if consistent else 0.5)


def item_size(item: Item) -> int:
    """The bytes of an item's names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _size(item: Item | None) -> int:
    return 0 if item is None else item_size(item)


def _blocks(size: int, block: int) -> int:
    return max(1, -(-size // block))


def _value_size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    return _SIZES[kind](content)


def _text_size(text: str) -> int:
    return len(text.encode())


def _number_size(number: str) -> int:
    """About a byte for two significant digits, and one more."""
    digits = number.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1


def _binary_size(encoded: str) -> int:
    return len(base64.b64decode(encoded))


def _map_size(content: Item) -> int:
    return _CONTAINER + item_size(content) + _ELEMENT * len(content)


def _list_size(content: list[Mapping[str, Any]]) -> int:
    return _CONTAINER + sum(_ELEMENT + _value_size(each) for each in content)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": _number_size,
    "B": _binary_size,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "M": _map_size,
    "L": _list_size,
    "SS": lambda content: sum(map(_text_size, content)),
    "NS": lambda content: sum(map(_number_size, content)),
    "BS": lambda content: sum(map(_binary_size, content)),
}
