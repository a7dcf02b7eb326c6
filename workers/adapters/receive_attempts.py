"""Ids for receives from a FIFO queue, so that an answer that got lost is given again.

Without one, the messages of a lost answer stay hidden from everybody for a whole lease.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from botocore.exceptions import ClientError

# "You can use ReceiveRequestAttemptId only for 5 minutes after a ReceiveMessage action" (API
# reference, ReceiveMessage).
_VALID = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Attempt:
    id: str
    began: float


class ReceiveAttempts:
    """Gives a receive the id of the one before it, if that had no answer, or else a new one."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._unanswered: _Attempt | None = None

    @contextmanager
    def attempt(self) -> Iterator[str]:
        """The id for one receive, which is the block: it was answered if it ends without an error.

        A receive at the same time has an id of its own.
        """
        attempt, self._unanswered = self._next(), None
        answered = False
        try:
            yield attempt.id
            answered = True
        except ClientError as error:
            # SQS takes the id of a request that it has refused for no other ("the receive call is
            # not retryable"), and a refused receive has hidden nothing.
            answered = _is_refusal(error)
            raise
        finally:
            if not answered:
                self._unanswered = attempt

    def _next(self) -> _Attempt:
        now = self._seconds()
        last = self._unanswered
        if last is not None and now - last.began < _VALID.total_seconds():
            return last
        return _Attempt(uuid4().hex, now)


def _is_refusal(error: ClientError) -> bool:
    """An answer that blames the request; one that blames the service says nothing of its effect."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(400 <= status < 500)
