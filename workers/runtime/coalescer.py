"""Calls that come at the same time, made as few requests of several parts each."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Generic, TypeVar

from workers.runtime.queue import BATCH_LIMIT

PartT = TypeVar("PartT")
AnswerT = TypeVar("AnswerT")


# How long a part waits for a request that is under way.
_PATIENCE_SECONDS = 0.002

_Asked = tuple[PartT, "asyncio.Future[AnswerT]"]


class Unanswered(Exception):
    """Raised to the callers of a request that was not answered part by part."""


class Coalescer(Generic[PartT, AnswerT]):
    """Sends what was asked for at the same time together.

    A part that is alone waits for one turn of the event loop and no time. While a request is under
    way, what is asked for waits for its end, for `enough` parts or for two milliseconds, whichever
    is first: so requests are as large as the load is high (group commit). A part whose caller has
    gone before the request is sent is left out: what a lost lease has cancelled does not happen any
    more.
    """

    def __init__(
        self,
        send: Callable[[Sequence[PartT]], Awaitable[Sequence[AnswerT | Exception]]],
        cut: Callable[[Sequence[PartT]], Sequence[Sequence[PartT]]],
        enough: int = BATCH_LIMIT,
    ) -> None:
        """`send` answers each part in order; `cut` divides parts into requests that it can send.

        What `send` raises is raised to every caller of that request, and what `cut` raises to all
        of that turn: nobody waits for an answer that never comes.
        """
        self._send = send
        self._cut = cut
        self._enough = enough
        self._waiting: list[_Asked[PartT, AnswerT]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._turning = False
        self._requests = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, part: PartT) -> AnswerT:
        """The answer to this part."""
        return await self._asked(part)

    async def ask_all(self, parts: Sequence[PartT]) -> Sequence[AnswerT]:
        """The answers to these parts, in order. Raises the first error."""
        if len(parts) == 1:
            return [await self._asked(parts[0])]
        return await asyncio.gather(*map(self._asked, parts))

    def _asked(self, part: PartT) -> "asyncio.Future[AnswerT]":
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((part, answer))
        if not self._requests or len(self._waiting) >= self._enough:
            self._take()
        elif self._timer is None:
            self._timer = loop.call_later(_PATIENCE_SECONDS, self._take)
        return answer

    def _take(self) -> None:
        """Sends what waits in the next turn of the event loop, when everybody has asked."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting and not self._turning:
            self._turning = True
            self._begin(self._turn())

    async def _turn(self) -> None:
        self._turning = False
        waiting = [(part, answer) for part, answer in self._waiting if not answer.done()]
        self._waiting = []
        try:
            requests = self._cut([part for part, _ in waiting])
        except Exception as error:  # noqa: BLE001 the callers' own, in whose name it is cut
            _fail(waiting, error)
            return
        asked = iter(waiting)
        mine = [[next(asked) for _ in parts] for parts in requests]
        for others in mine[1:]:
            self._begin(self._request(others))
        for first in mine[:1]:
            await self._request(first)

    async def _request(self, asked: "Sequence[_Asked[PartT, AnswerT]]") -> None:
        self._requests += 1
        try:
            await self._answered(asked)
        finally:
            self._requests -= 1
            self._take()

    async def _answered(self, asked: "Sequence[_Asked[PartT, AnswerT]]") -> None:
        try:
            answers = await self._send([part for part, _ in asked])
            if len(answers) != len(asked):
                said = f"{len(answers)} answers to {len(asked)} parts of a request"
                raise Unanswered(said)
        except asyncio.CancelledError:
            for _, answer in asked:
                answer.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 the callers' own, in whose name it was sent
            _fail(asked, error)
            return
        for (_, answer), found in zip(asked, answers, strict=True):
            if answer.done():
                continue
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _fail(asked: "Sequence[_Asked[PartT, AnswerT]]", error: BaseException) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)


def by_count(limit: int) -> Callable[[Sequence[PartT]], Sequence[Sequence[PartT]]]:
    """Cuts parts into requests of at most `limit`."""

    def cut(parts: Sequence[PartT]) -> Sequence[Sequence[PartT]]:
        return [parts[start : start + limit] for start in range(0, len(parts), limit)]

    return cut
