"""A port behind its circuit breaker, for a handler that does not know of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from workers.ports import Away
from workers.runtime.breaker import Breaker, Breakers, Permit
from workers.runtime.transaction import Transaction, Transactional

PortT = TypeVar("PortT")

Now = Callable[[], float]


class PortAway(Away):
    """Raised by a guarded port when its adapter says Away, or when its breaker is not closed.

    With `outage` the port is taken to be away for everybody, so that it says nothing of the
    message. Without, the message itself may be what the port can't stand.
    """

    def __init__(
        self, port: str, reason: str, after: timedelta | None = None, *, outage: bool
    ) -> None:
        super().__init__(f"{port}: {reason}", after)
        self.port = port
        self.outage = outage


def guarded(port: PortT, kind: type, breakers: Breakers, now: Now) -> PortT:
    """The same port, whose calls the breaker of its kind allows or refuses, and learns from.

    `kind` is the protocol that it serves: what that declares as `async def` is a call. Everything
    else about the port is as it was.
    """
    proxy = _Transactional if isinstance(port, Transactional) else _Guarded
    return cast(PortT, proxy(port, kind, breakers, now))


class _Guarded:
    __slots__ = ("_breakers", "_kind", "_now", "_port")

    def __init__(self, port: object, kind: type, breakers: Breakers, now: Now) -> None:
        self._port = port
        self._kind = kind
        self._breakers = breakers
        self._now = now

    def __repr__(self) -> str:
        return f"<guarded {self._port!r}>"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not iscoroutinefunction(getattr(self._kind, name, None)):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            permit = self._permit()
            return await self._watched(permit, lambda: found(*arguments, **named))

        return call

    @property
    def _breaker(self) -> Breaker:
        return self._breakers.of(self._kind.__name__)

    def _permit(self) -> Permit:
        answer = self._breaker.allows(self._now())
        if isinstance(answer, Permit):
            return answer
        name, seconds = self._kind.__name__, answer.total_seconds()
        raise PortAway(name, f"away, next try in {seconds:.1f} s", answer, outage=True)

    async def _watched(self, permit: Permit, call: Callable[[], Awaitable[Any]]) -> Any:
        breaker = self._breaker
        try:
            answer = await call()
        except Away as error:
            breaker.failed(permit, self._now(), error.after)
            outage = breaker.state != "closed"
            name = self._kind.__name__
            raise PortAway(name, str(error), error.after, outage=outage) from error
        except Exception:
            # Whatever it says, somebody said it.
            breaker.succeeded(permit)
            raise
        except BaseException:
            breaker.unanswered(permit, self._now())
            raise
        breaker.succeeded(permit)
        return answer


class _Transactional(_Guarded):
    """Has `within` itself: what a class is asked for, an instance's `__getattr__` can't answer."""

    __slots__ = ()

    def within(self, transaction: Transaction) -> object:
        port = cast(Transactional, self._port)
        return guarded(port.within(transaction), self._kind, self._breakers, self._now)
