"""Side effects that must not repeat: their results are kept with the claim, by name."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from workers.runtime.ledger import Claim, Ledger

ResultT = TypeVar("ResultT")


class StepError(Exception):
    """Raised when a handler uses a step's name twice, or its result is not what it says."""


class Steps:
    """The steps of one run of a handler; serves the `Step` port."""

    def __init__(self, ledger: Ledger, claim: Claim) -> None:
        self._ledger = ledger
        self._claim = claim
        self._results = dict(claim.steps)
        self._used: set[str] = set()

    async def __call__(
        self, name: str, effect: Callable[[], Awaitable[ResultT]], kind: type[ResultT]
    ) -> ResultT:
        """The result of `effect`, which is not called again once its result is kept.

        A crash between the effect and its record repeats it: an effect that must never happen
        twice needs a key of its own, for which the event's id will do. Raises ClaimLost,
        LedgerUnavailable, Oversized.
        """
        if name in self._used:
            raise StepError(f"two steps of one handler are called {name!r}")
        self._used.add(name)
        results: TypeAdapter[ResultT] = TypeAdapter(kind)
        kept = self._results.get(name)
        if kept is not None:
            return _read(name, results, kept)
        written = _written(name, results, await effect())
        # The first result goes the way of the later ones, so that both are the same. What could not
        # be read again is not kept: no later delivery would get past it.
        result = _read(name, results, written)
        await self._ledger.record(self._claim, name, written)
        self._results[name] = written
        return result

    def again(self) -> None:
        """The handler runs once more under the same claim; what is kept stays kept."""
        self._used.clear()


def _written(name: str, results: TypeAdapter[ResultT], result: ResultT) -> str:
    try:
        return results.dump_json(result, warnings=False).decode()
    except PydanticSerializationError as error:
        raise StepError(f"the result of step {name!r} is not what it says: {error}") from error


def _read(name: str, results: TypeAdapter[ResultT], kept: str) -> ResultT:
    try:
        return results.validate_json(kept)
    except ValidationError as error:
        raise StepError(f"the result of step {name!r} is not what it says: {error}") from error
