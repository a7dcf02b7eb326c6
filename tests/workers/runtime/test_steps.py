"""Steps: a side effect whose result is kept is not repeated, whatever the result is."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from workers.runtime.ledger import Claim, ClaimLost, LedgerUnavailable
from workers.runtime.steps import StepError, Steps
from workers.runtime.testing import FakeLedger, VirtualClock

LEASE = timedelta(seconds=12)
MOMENT = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))


class Plan(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    made_at: datetime
    parts: tuple[str, ...] = ()
    inner: "Plan | None" = None


class Story:
    """Deliveries of one event, one after another, and an effect that counts its calls."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.ledger = FakeLedger(self.clock)
        self.calls = 0

    async def claim(self) -> Claim:
        self.clock.advance(LEASE)
        found = await self.ledger.claim("w", "e1", LEASE)
        assert isinstance(found, Claim), found
        return found

    async def delivery(self) -> Steps:
        """The steps of the next delivery: the one before it has died."""
        return Steps(self.ledger, await self.claim())

    def effect(self, result: Any) -> Callable[[], Awaitable[Any]]:
        async def effect() -> Any:
            self.calls += 1
            if isinstance(result, Exception):
                raise result
            return result

        return effect


@pytest.fixture
def story() -> Story:
    return Story()


RESULTS: list[tuple[Any, Any]] = [
    (None, type(None)),
    (0, int),
    (0.0, float),
    ("", str),
    (False, bool),
    ((), tuple[str, ...]),
    ([], list[int]),
    ({}, dict[str, int]),
    (b"", bytes),
    ("ü🚢 \u2028 'quo\"ted\\'", str),
    (MOMENT, datetime),
    (timedelta(days=2, microseconds=1), timedelta),
    ((Plan(name="a", made_at=MOMENT), "rules"), tuple[Plan, str]),
    (
        Plan(name="", made_at=MOMENT, parts=("x",), inner=Plan(name="b", made_at=MOMENT)),
        Plan,
    ),
]


@pytest.mark.parametrize(("result", "kind"), RESULTS)
async def test_a_result_is_the_same_at_once_again_and_on_a_later_delivery(
    story: Story, result: Any, kind: Any
) -> None:
    steps = await story.delivery()
    first = await steps("s", story.effect(result), kind)
    steps.again()
    second = await steps("s", story.effect("another"), kind)
    later = await (await story.delivery())("s", story.effect("another"), kind)

    assert first == second == later == result
    assert type(first) is type(second) is type(later) is type(result)
    assert story.calls == 1


async def test_a_later_delivery_goes_on_at_the_first_step_that_is_not_kept(story: Story) -> None:
    steps = await story.delivery()
    await steps("one", story.effect(1), int)
    await steps("two", story.effect(2), int)

    later = await story.delivery()
    found = [await later(name, story.effect(9), int) for name in ("one", "two", "three")]

    assert found == [1, 2, 9]
    assert story.calls == 3


async def test_steps_may_run_beside_each_other(story: Story) -> None:
    steps = await story.delivery()

    found = await asyncio.gather(*(steps(f"s{n}", story.effect(n), int) for n in range(5)))

    assert found == [0, 1, 2, 3, 4]
    assert (await story.claim()).steps == {f"s{n}": str(n) for n in range(5)}


async def test_a_name_is_used_once_in_a_run(story: Story) -> None:
    steps = await story.delivery()
    await steps("s", story.effect(1), int)

    with pytest.raises(StepError, match="two steps of one handler are called 's'"):
        await steps("s", story.effect(2), int)

    assert story.calls == 1
    assert (await story.claim()).steps == {"s": "1"}


async def test_of_two_steps_of_one_name_at_once_one_has_its_effect(story: Story) -> None:
    steps = await story.delivery()

    found = await asyncio.gather(
        *(steps("s", story.effect(n), int) for n in (1, 2)), return_exceptions=True
    )

    assert found[0] == 1
    assert isinstance(found[1], StepError)
    assert story.calls == 1


async def test_a_kept_name_is_used_once_in_a_run_too(story: Story) -> None:
    await (await story.delivery())("s", story.effect(1), int)
    later = await story.delivery()
    await later("s", story.effect(2), int)

    with pytest.raises(StepError):
        await later("s", story.effect(2), int)


async def test_an_effect_that_fails_leaves_nothing_and_is_tried_on_the_next_delivery(
    story: Story,
) -> None:
    with pytest.raises(ZeroDivisionError):
        await (await story.delivery())("s", story.effect(ZeroDivisionError()), int)

    later = await story.delivery()
    assert await later("s", story.effect(3), int) == 3
    assert story.calls == 2


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("three", int),
        (None, str),
        (object(), Any),
        (float("nan"), float),
        ({"name": "no moment"}, Plan),
        (b"\xff", bytes),
    ],
)
async def test_a_result_that_could_not_be_read_again_is_not_kept(
    story: Story, result: Any, kind: Any
) -> None:
    """A mended handler gets past it: the claim holds nothing that would stop it again."""
    with pytest.raises(StepError, match="the result of step 's' is not what it says"):
        await (await story.delivery())("s", story.effect(result), kind)

    claim = await story.claim()
    assert claim.steps == {}
    assert await Steps(story.ledger, claim)("s", story.effect(1), int) == 1


async def test_a_kept_result_of_another_kind_is_told_and_has_no_effect(story: Story) -> None:
    await (await story.delivery())("s", story.effect("text"), str)

    with pytest.raises(StepError, match="not what it says"):
        await (await story.delivery())("s", story.effect(1), int)

    assert story.calls == 1


async def test_a_result_that_the_ledger_does_not_take_is_not_believed(story: Story) -> None:
    steps = await story.delivery()
    story.ledger.down = True
    with pytest.raises(LedgerUnavailable):
        await steps("s", story.effect(1), int)

    story.ledger.down = False
    steps.again()
    assert await steps("s", story.effect(2), int) == 2
    assert (await story.claim()).steps == {"s": "2"}


async def test_a_late_owner_keeps_nothing(story: Story) -> None:
    late = await story.delivery()
    await story.claim()

    with pytest.raises(ClaimLost):
        await late("s", story.effect(1), int)

    assert (await story.claim()).steps == {}


async def test_a_moment_keeps_its_instant_whatever_its_zone(story: Story) -> None:
    steps = await story.delivery()

    found = await steps("s", story.effect(MOMENT), datetime)

    assert found.astimezone(UTC) == MOMENT.astimezone(UTC)
    assert found.utcoffset() == MOMENT.utcoffset()
