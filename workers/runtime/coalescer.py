"""Calls that come at the same time, made as few requests of several parts each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

PartT = TypeVar("PartT")
AnswerT = TypeVar("AnswerT")


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
        self._waiting: list[tuple[PartT, asyncio.Future[AnswerT]]] = []
        self._requests: set[asyncio.Future[Sequence[AnswerT | Exception]]] = set()

    async def ask(self, part: PartT) -> AnswerT:
        """The answer to this part."""
        return await self._asked(part)

    async def ask_all(self, parts: Sequence[PartT]) -> Sequence[AnswerT]:
        """The answers to these parts, in order. Raises the first error."""
        return await asyncio.gather(*map(self._asked, parts))

    def _asked(self, part: PartT) -> "asyncio.Future[AnswerT]":
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AnswerT] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._turn)
        self._waiting.append((part, answer))
        return answer

    def _turn(self) -> None:
        waiting = [(part, answer) for part, answer in self._waiting if not answer.done()]
        self._waiting = []
        try:
            requests = self._cut([part for part, _ in waiting])
        except Exception as error:  # noqa: BLE001 the callers' own, in whose name it is cut
            for _, answer in waiting:
                answer.set_exception(error)
            return
        answers = iter([answer for _, answer in waiting])
        for parts in requests:
            mine = [next(answers) for _ in parts]
            request = asyncio.ensure_future(self._sent(parts))
            self._requests.add(request)
            request.add_done_callback(partial(self._answer, mine))

    async def _sent(self, parts: Sequence[PartT]) -> Sequence[AnswerT | Exception]:
        answers = await self._send(parts)
        if len(answers) != len(parts):
            raise Unanswered(f"{len(answers)} answers to {len(parts)} parts of a request")
        return answers

    def _answer(
        self,
        answers: Sequence["asyncio.Future[AnswerT]"],
        request: "asyncio.Future[Sequence[AnswerT | Exception]]",
    ) -> None:
        self._requests.discard(request)
        waited = [answer for answer in answers if not answer.done()]
        if request.cancelled():
            for answer in waited:
                answer.cancel()
        elif (error := request.exception()) is not None:
            for answer in waited:
                answer.set_exception(error)
        else:
            for answer, each in zip(answers, request.result(), strict=True):
                if answer.done():
                    continue
                if isinstance(each, Exception):
                    answer.set_exception(each)
                else:
                    answer.set_result(each)


def by_count(limit: int) -> Callable[[Sequence[PartT]], Sequence[Sequence[PartT]]]:
    """Cuts parts into requests of at most `limit`."""

    def cut(parts: Sequence[PartT]) -> Sequence[Sequence[PartT]]:
        return [parts[start : start + limit] for start in range(0, len(parts), limit)]

    return cut
