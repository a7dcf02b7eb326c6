"""Calls that come at the same time, made as few requests of several parts each."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Generic, TypeVar

PartT = TypeVar("PartT")
AnswerT = TypeVar("AnswerT")


_Asked = tuple[PartT, "asyncio.Future[AnswerT]"]


class Unanswered(Exception):
    """Raised to the callers of a request that was not answered part by part."""


class Coalescer(Generic[PartT, AnswerT]):
    """Sends what was asked for in one turn of the event loop together.

    A part that is alone waits for one turn and no time. A part whose caller has gone before the
    request is sent is left out: what a lost lease has cancelled does not happen any more.
    """

    def __init__(
        self,
        send: Callable[[Sequence[PartT]], Awaitable[Sequence[AnswerT | Exception]]],
        cut: Callable[[Sequence[PartT]], Sequence[Sequence[PartT]]],
    ) -> None:
        """`send` answers each part in order; `cut` divides parts into requests that it can send.

        What `send` raises is raised to every caller of that request, and what `cut` raises to all
        of that turn: nobody waits for an answer that never comes.
        """
        self._send = send
        self._cut = cut
        self._waiting: list[_Asked[PartT, AnswerT]] = []
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
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            # Its first step is taken in the next turn, when everybody has asked.
            self._begin(self._turn())
        self._waiting.append((part, answer))
        return answer

    async def _turn(self) -> None:
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
