"""What a handler's ports write, kept back until its answer is committed with it."""

from collections.abc import Hashable
from typing import Protocol, runtime_checkable

from workers.runtime.ledger import Write

# TransactWriteItems takes 100 items (API reference); the ledger's own is one of them.
ROOM = 99


class Transaction:
    """The writes of one run of a handler, in their order."""

    def __init__(self) -> None:
        self._writes: dict[Hashable, Write] = {}

    @property
    def writes(self) -> tuple[Write, ...]:
        return tuple(self._writes.values())

    @property
    def room(self) -> int:
        """How many more writes it takes."""
        return ROOM - len(self._writes)

    def add(self, item: Hashable, write: Write) -> None:
        """Writes an item with the commit. Raises ValueError for a second write of one item."""
        if item in self._writes:
            raise ValueError(f"a transaction writes {item} once")
        if not self.room:
            raise ValueError(f"a transaction takes {ROOM} writes")
        self._writes[item] = write


@runtime_checkable
class Transactional(Protocol):
    """A port that can write within a transaction."""

    def within(self, transaction: Transaction) -> object:
        """The same port, for one run of a handler: it writes when the answer is committed."""
