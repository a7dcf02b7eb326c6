"""A guarded port is the port itself, but for its calls: an outage opens its breaker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import pytest

from workers.ports import Away, NoReply, NotConfigured, Reject, ReleaseFailed, Retry
from workers.runtime.breaker import Bounds, Breakers
from workers.runtime.guarded import PortAway, guarded
from workers.runtime.transaction import Transaction, Transactional

FAILURES = 3
BOUNDS = Bounds(failures=FAILURES)
SECOND = timedelta(seconds=1)


class Shop(Protocol):
    """A port with everything that a port may have."""

    @property
    def name(self) -> str: ...

    def price(self, goods: str) -> int: ...

    async def buy(self, goods: str, *, number: int = 1) -> str: ...

    def catalog(self) -> AsyncIterator[str]: ...


class CornerShop:
    """Its `answers` are returned or raised in turn; after them it always sells."""

    name = "corner"
    motto = "always open"

    def __init__(self, *answers: BaseException | str) -> None:
        self.answers = list(answers)
        self.calls = 0

    def price(self, goods: str) -> int:
        if goods == "time":
            raise Away("not for sale")
        return len(goods)

    async def buy(self, goods: str, *, number: int = 1) -> str:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else f"{number} {goods}"
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def catalog(self) -> AsyncIterator[str]:
        yield "bread"
        yield "milk"

    async def aclose(self) -> None:
        """Not declared by the port."""
        raise Away("closing is no call")

    @asynccontextmanager
    async def counter(self) -> AsyncIterator[str]:
        yield "served"


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Street:
    """A shop behind its breaker, under a clock that stands still."""

    def __init__(self, *answers: BaseException | str) -> None:
        self.shop = CornerShop(*answers)
        self.now = Clock()
        self.breakers = Breakers(BOUNDS, lambda: 0.5)
        self.guarded = guarded(self.shop, Shop, self.breakers, self.now)

    @property
    def state(self) -> str:
        return self.breakers.of("Shop").state

    async def fail(self, times: int = FAILURES) -> None:
        for _ in range(times):
            self.shop.answers.append(Away("shut"))
            with pytest.raises(PortAway):
                await self.guarded.buy("bread")


async def test_a_call_goes_through_with_its_arguments() -> None:
    assert await Street().guarded.buy("bread", number=3) == "3 bread"


async def test_what_is_no_call_of_the_port_passes_through() -> None:
    street = Street()
    shop = street.guarded

    assert (shop.name, shop.motto, shop.price("milk")) == ("corner", "always open", 4)
    assert [goods async for goods in shop.catalog()] == ["bread", "milk"]
    async with shop.counter() as service:
        assert service == "served"
    with pytest.raises(AttributeError, match="parking_space"):
        _ = shop.parking_space  # type: ignore[attr-defined]


async def test_what_is_no_call_of_the_port_is_no_outage() -> None:
    street = Street()
    for _ in range(FAILURES):
        with pytest.raises(Away, match="closing is no call"):
            await street.guarded.aclose()
        with pytest.raises(Away, match="not for sale"):
            street.guarded.price("time")

    assert street.state == "closed"


async def test_what_is_no_call_of_the_port_passes_through_an_outage_too() -> None:
    street = Street()
    await street.fail()

    assert street.guarded.price("milk") == 4


async def test_an_outage_is_told_by_the_ports_name_and_is_still_a_retry() -> None:
    street = Street(Away("shut", after=9 * SECOND))

    with pytest.raises(Retry) as raised:
        await street.guarded.buy("bread")

    error = raised.value
    assert isinstance(error, PortAway)
    assert (error.port, str(error), error.after) == ("Shop", "Shop: shut", 9 * SECOND)
    assert isinstance(error.__cause__, Away)


async def test_only_what_opens_the_breaker_and_what_follows_is_an_outage() -> None:
    street = Street(*[Away("shut")] * FAILURES)
    told = []
    for _ in range(FAILURES + 2):
        with pytest.raises(PortAway) as raised:
            await street.guarded.buy("bread")
        told.append(raised.value.outage)

    assert told == [False, False, True, True, True]


async def test_an_open_port_is_not_called() -> None:
    street = Street()
    await street.fail()

    with pytest.raises(PortAway) as raised:
        await street.guarded.buy("bread")

    assert street.shop.calls == FAILURES
    assert str(raised.value) == "Shop: away, next try in 1.0 s"
    assert raised.value.after == SECOND


async def test_after_the_cool_down_one_call_tries_and_closes() -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1

    assert await street.guarded.buy("bread") == "1 bread"
    assert street.state == "closed"


async def test_a_second_call_is_refused_while_the_first_tries() -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1
    over = asyncio.Event()

    async def slow(goods: str, *, number: int = 1) -> str:
        await over.wait()
        return goods

    street.shop.buy = slow  # type: ignore[method-assign]
    first = asyncio.create_task(street.guarded.buy("bread"))
    await asyncio.sleep(0)
    with pytest.raises(PortAway):
        await street.guarded.buy("milk")
    over.set()

    assert await first == "bread"
    assert street.state == "closed"


async def test_a_failed_try_opens_for_longer() -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1
    await street.fail(1)

    assert street.breakers.next_try(street.now()) == 2 * SECOND


ANSWERS = [
    Retry("somebody else is at it"),
    Reject("never"),
    NoReply("nothing to say"),
    NotConfigured("no shop"),
    ReleaseFailed("it does not start"),
    ValueError("a bug"),
    TimeoutError(),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
async def test_an_answer_is_no_outage_whatever_it_says(answer: Exception) -> None:
    street = Street()
    await street.fail(FAILURES - 1)
    street.shop.answers.append(answer)

    with pytest.raises(type(answer)) as raised:
        await street.guarded.buy("bread")

    assert raised.value is answer
    await street.fail(FAILURES - 1)
    assert street.state == "closed"


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
async def test_an_answer_to_the_one_try_closes(answer: Exception) -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1
    street.shop.answers.append(answer)

    with pytest.raises(type(answer)):
        await street.guarded.buy("bread")

    assert street.state == "closed"


async def test_a_cancelled_try_is_followed_by_another() -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1
    street.shop.answers.append(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await street.guarded.buy("bread")

    assert street.state == "open"
    street.now.seconds += 1
    assert await street.guarded.buy("bread") == "1 bread"
    assert street.state == "closed"


async def test_cancellations_alone_open_nothing() -> None:
    street = Street(*[asyncio.CancelledError()] * 10 * FAILURES)
    for _ in range(10 * FAILURES):
        with pytest.raises(asyncio.CancelledError):
            await street.guarded.buy("bread")

    assert street.state == "closed"


async def test_a_call_that_is_made_and_not_awaited_asks_for_nothing() -> None:
    street = Street()
    await street.fail()
    street.now.seconds += 1
    never_awaited = street.guarded.buy("bread")
    never_awaited.close()

    assert street.breakers.limit(street.now()) == 1


async def test_ports_of_one_kind_share_a_breaker_and_others_do_not() -> None:
    street = Street()
    other_shop = guarded(CornerShop(), Shop, street.breakers, street.now)
    await street.fail()

    with pytest.raises(PortAway):
        await other_shop.buy("bread")
    assert street.breakers.open_ports(street.now()) == {"Shop": SECOND}


class Awaiting:
    """Serves a call without being a coroutine function itself."""

    def buy(self, goods: str, *, number: int = 1) -> Awaitable[str]:
        return CornerShop(Away("shut")).buy(goods, number=number)


async def test_what_the_protocol_awaits_is_a_call_however_it_is_made() -> None:
    breakers = Breakers(BOUNDS, lambda: 0.5)
    shop = guarded(Awaiting(), Shop, breakers, Clock())

    with pytest.raises(PortAway):
        await shop.buy("bread")


class Ledgered(CornerShop):
    """Writes within a transaction."""

    def within(self, transaction: Transaction) -> "CornerShop":
        transaction.add("bread", {"Put": {}})
        return CornerShop(*[Away("shut")] * FAILURES)


def test_a_port_that_can_not_write_in_a_transaction_does_not_seem_to() -> None:
    assert not isinstance(Street().guarded, Transactional)


async def test_a_port_within_a_transaction_is_guarded_by_the_same_breaker() -> None:
    breakers, now, transaction = Breakers(BOUNDS, lambda: 0.5), Clock(), Transaction()
    port = guarded(Ledgered(), Shop, breakers, now)
    assert isinstance(port, Transactional)
    # Python 3.12 and later look at the class alone.
    assert "within" in dir(type(port))

    enlisted = port.within(transaction)

    buy: Callable[[str], Awaitable[str]] = enlisted.buy
    for _ in range(FAILURES):
        with pytest.raises(PortAway):
            await buy("bread")
    assert transaction.writes == ({"Put": {}},)
    with pytest.raises(PortAway, match="next try"):
        await port.buy("bread")
