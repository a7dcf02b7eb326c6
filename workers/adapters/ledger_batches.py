"""The ledger's writes, as few requests as they take."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from workers.adapters.ledger_statements import Statement, cut
from workers.adapters.transactions import is_crossed_at, misfit
from workers.runtime.coalescer import Coalescer
from workers.runtime.ledger import LedgerUnavailable, Write

# What a statement answers when its condition does not hold, or its record is there already, and
# when it can't be carried out at all. What else it may answer is over in a moment
# (BatchStatementError, API reference).
_REFUSALS = frozenset({"ConditionalCheckFailed", "DuplicateItem"})
_UNFIT = "ValidationError"
_TRIES = 4
_PAUSE = 0.05
# So long, in seconds, does a write that is in no hurry wait for others to go with.
_PATIENCE = 1.0


class Refused(Exception):
    """A condition failed; `item` is what stands there, if the answer said so."""

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        super().__init__("condition failed")
        self.item: Mapping[str, Any] = item or {}


class Unfit(Exception):
    """The store takes it at no time, as an item over 400 KB: a bug, and no outage."""


class Batches:
    """Speaks BatchExecuteStatement through an open aiobotocore client, in one event loop."""

    def __init__(self, client: Any, chance: Callable[[], float] = random.random) -> None:
        self._client = client
        self._chance = chance
        self._urgent: Coalescer[Statement, None] = Coalescer(self._send, cut)
        self._patient: list[Statement] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()

    async def write(self, statement: Statement) -> None:
        """Goes with what else is written now. Raises Refused, Unfit, LedgerUnavailable."""
        for attempt in count(1):
            try:
                await self._urgent.ask(statement)
            except _Momentary as error:
                if attempt == _TRIES:
                    raise LedgerUnavailable(str(error)) from error
                await self._moment(attempt)
            else:
                return

    async def transact(self, own: Write, writes: Sequence[Write]) -> None:
        """All of them or nothing. Raises Unfit, and LedgerUnavailable from what the client says.

        Nobody else writes the own item now but its heartbeat, which is over in a moment.
        """
        for attempt in count(1):
            try:
                with translated():
                    await self._client.transact_write_items(TransactItems=[own, *writes])
            except LedgerUnavailable as error:
                if attempt == _TRIES or not is_crossed_at(error.__cause__, 0):
                    raise
                await self._moment(attempt)
            else:
                return

    def write_soon(self, statement: Statement) -> None:
        """Goes with the next request that has room, and is lost if that one is.

        It may be refused: nobody will hear of it.
        """
        self._patient.append(statement)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._flush)

    async def flush(self) -> None:
        """Writes what waits. Raises LedgerUnavailable."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._patient = self._patient, []
        answers = await asyncio.gather(*map(self._request, cut(waiting)), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _moment(self, attempt: int) -> None:
        await asyncio.sleep(self._chance() * _PAUSE * 2**attempt)

    async def _send(self, statements: Sequence[Statement]) -> Sequence[Exception | None]:
        answers = await self._request([*statements, *self._riders(statements)])
        if len(answers) < len(statements):
            raise LedgerUnavailable(f"{len(answers)} answers to {len(statements)} statements")
        return [_verdict(each) for each in answers[: len(statements)]]

    async def _request(self, statements: Sequence[Statement]) -> Sequence[Mapping[str, Any]]:
        with translated():
            answer = await self._client.batch_execute_statement(
                Statements=[each.request for each in statements]
            )
        answers: Sequence[Mapping[str, Any]] = answer["Responses"]
        return answers

    def _riders(self, statements: Sequence[Statement]) -> Sequence[Statement]:
        """The first that are in no hurry, as many as there is room for beside these."""
        if not self._patient:
            return ()
        riders = cut([*statements, *self._patient])[0][len(statements) :]
        self._patient = self._patient[len(riders) :]
        return riders

    def _flush(self) -> None:
        async def flush() -> None:
            with suppress(LedgerUnavailable):
                await self.flush()

        self._timer = None
        flushing = asyncio.get_running_loop().create_task(flush())
        self._flushing.add(flushing)
        flushing.add_done_callback(self._flushing.discard)


class _Momentary(Exception):
    """The store could not do one of the statements just now."""


@contextmanager
def translated() -> Iterator[None]:
    """What the client raises, as Refused, Unfit and LedgerUnavailable."""
    try:
        yield
    except ParamValidationError:
        # Our own mistake: it crashes as what it is.
        raise
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            item = error.response.get("Item")
            raise Refused(item if isinstance(item, Mapping) else None) from error
        if (reason := misfit(error)) is not None:
            raise Unfit(reason) from error
        raise LedgerUnavailable(str(error)) from error
    except (BotoCoreError, OSError, TimeoutError) as error:
        raise LedgerUnavailable(str(error)) from error


def _verdict(response: Mapping[str, Any]) -> Exception | None:
    error = response.get("Error")
    if error is None:
        return None
    if error.get("Code") in _REFUSALS:
        return Refused(error.get("Item"))
    if error.get("Code") == _UNFIT:
        return Unfit(str(error.get("Message")))
    return _Momentary(f"{error.get('Code')}: {error.get('Message')}")
