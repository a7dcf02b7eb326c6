"""A breaker opens after enough failures in a row, and tries again with one call at a time."""

import copy
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from workers.runtime.breaker import Bounds, Breaker, Breakers, Permit

BOUNDS = Bounds()
SECOND = timedelta(seconds=1)
LONGEST_WAIT = max(BOUNDS.cap, BOUNDS.probe)


def breaker(chance: float = 0.5, bounds: Bounds = BOUNDS) -> Breaker:
    return Breaker(bounds, lambda: chance)


def permitted(tested: Breaker, now: float) -> Permit:
    answer = tested.allows(now)
    assert isinstance(answer, Permit), answer
    return answer


def state(tested: Breaker) -> str:
    """What it is now: mypy takes a property for what it was at the last look."""
    return tested.state


def opened(tested: Breaker, now: float = 0.0) -> Breaker:
    """After as many failures in a row as it takes."""
    for _ in range(BOUNDS.failures):
        tested.failed(permitted(tested, now), now)
    return tested


def half_opened(tested: Breaker) -> tuple[Permit, float]:
    """The permit for its one call, and when it was given."""
    now = LONGEST_WAIT.total_seconds()
    return permitted(opened(tested), now), now


def test_a_new_breaker_is_closed_and_allows_everything() -> None:
    tested = breaker()

    assert state(tested) == "closed"
    assert tested.next_try(0) is None
    assert isinstance(tested.allows(0), Permit)
    assert isinstance(tested.allows(0), Permit)


@pytest.mark.parametrize(("failures", "expected"), [(1, "closed"), (4, "closed"), (5, "open")])
def test_it_opens_after_so_many_failures_in_a_row(failures: int, expected: str) -> None:
    tested = breaker()
    for _ in range(failures):
        tested.failed(permitted(tested, 0), 0)

    assert state(tested) == expected


def test_a_success_in_between_starts_the_count_again() -> None:
    tested = breaker()
    for _ in range(BOUNDS.failures - 1):
        tested.failed(permitted(tested, 0), 0)
    tested.succeeded(permitted(tested, 0))
    for _ in range(BOUNDS.failures - 1):
        tested.failed(permitted(tested, 0), 0)

    assert state(tested) == "closed"


def test_calls_under_way_together_count_each() -> None:
    tested = breaker()
    permits = [permitted(tested, 0) for _ in range(10_000)]
    for permit in permits:
        tested.failed(permit, 0)

    assert state(tested) == "open"
    assert tested.next_try(0) == SECOND


# chance, openings in a row, cool-down
COOL_DOWNS = [
    (0.5, 1, 1 * SECOND),
    (0.5, 2, 2 * SECOND),
    (0.5, 3, 4 * SECOND),
    (0.5, 5, 16 * SECOND),
    (0.5, 6, 30 * SECOND),
    (0.5, 10_000, 30 * SECOND),
    (0.25, 1, SECOND / 2),
    (0.0, 7, timedelta(0)),
]


@pytest.mark.parametrize(("chance", "openings", "expected"), COOL_DOWNS)
def test_the_cool_down_doubles_up_to_its_cap_with_full_jitter(
    chance: float, openings: int, expected: timedelta
) -> None:
    tested, now = opened(breaker(chance)), 0.0
    for _ in range(openings - 1):
        now += BOUNDS.cap.total_seconds()
        tested.failed(permitted(tested, now), now)

    assert tested.next_try(now) == expected


# what the port asks for, chance, cool-down
ASKED = [
    (None, 0.5, SECOND),
    (SECOND / 2, 0.5, SECOND),
    (20 * SECOND, 0.5, 20 * SECOND),
    (timedelta(days=400), 0.5, BOUNDS.cap),
    (-SECOND, 0.0, timedelta(0)),
]


@pytest.mark.parametrize(("asked", "chance", "expected"), ASKED)
def test_a_port_may_ask_for_a_longer_cool_down_up_to_the_cap(
    asked: timedelta | None, chance: float, expected: timedelta
) -> None:
    tested = breaker(chance)
    for _ in range(BOUNDS.failures):
        tested.failed(permitted(tested, 0), 0, asked)

    assert tested.next_try(0) == expected


def test_an_open_breaker_says_how_long_to_wait() -> None:
    tested = opened(breaker(), now=100.0)

    assert tested.allows(100.0) == SECOND
    assert tested.allows(100.75) == SECOND / 4
    assert state(tested) == "open"


def test_after_the_cool_down_exactly_one_call_is_allowed() -> None:
    tested = opened(breaker())

    assert isinstance(tested.allows(1.0), Permit)
    assert state(tested) == "half-open"
    assert tested.allows(1.0) == BOUNDS.probe
    assert tested.allows(1.0 + 10) == BOUNDS.probe - 10 * SECOND


def test_a_success_of_the_one_call_closes() -> None:
    tested = breaker()
    permit, now = half_opened(tested)
    tested.succeeded(permit)

    assert state(tested) == "closed"
    assert tested.next_try(now) is None


def test_after_it_was_closed_the_cool_downs_begin_anew() -> None:
    tested = breaker()
    permit, now = half_opened(tested)
    tested.failed(permit, now)
    now += BOUNDS.cap.total_seconds()
    tested.succeeded(permitted(tested, now))
    opened(tested, now)

    assert tested.next_try(now) == SECOND


def test_a_failure_of_the_one_call_opens_for_longer() -> None:
    tested = breaker()
    permit, now = half_opened(tested)
    tested.failed(permit, now)

    assert state(tested) == "open"
    assert tested.next_try(now) == 2 * SECOND


def test_a_cancelled_probe_opens_for_as_long_as_before() -> None:
    tested = breaker()
    permit, now = half_opened(tested)
    tested.unanswered(permit, now)

    assert state(tested) == "open"
    assert tested.next_try(now) == SECOND


def test_a_cancelled_call_means_nothing_to_a_closed_breaker() -> None:
    tested = breaker()
    for _ in range(10_000):
        tested.unanswered(permitted(tested, 0), 0)

    assert state(tested) == "closed"


def test_a_probe_that_never_answers_is_followed_by_another() -> None:
    tested = breaker()
    lost, now = half_opened(tested)
    now += BOUNDS.probe.total_seconds()

    second = permitted(tested, now)

    assert isinstance(tested.allows(now), timedelta)
    tested.failed(lost, now)
    assert state(tested) == "half-open"
    tested.succeeded(second)
    assert state(tested) == "closed"


def test_a_call_from_before_the_opening_changes_nothing_afterwards() -> None:
    tested = breaker()
    early = permitted(tested, 0)
    opened(tested)
    tested.succeeded(early)
    tested.failed(early, 0.5)
    tested.unanswered(early, 0.5)

    assert state(tested) == "open"
    assert tested.next_try(0) == SECOND


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures": 0},
        {"base": timedelta(0)},
        {"cap": SECOND},
        {"probe": timedelta(0)},
        {"base": -SECOND},
    ],
)
def test_bounds_that_can_not_work_are_refused(wrong: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match="no breaker"):
        Bounds(**wrong)  # type: ignore[arg-type]


def breakers() -> Breakers:
    return Breakers(BOUNDS, lambda: 0.5)


def test_nothing_limits_a_consumer_whose_ports_are_all_well() -> None:
    tested = breakers()
    tested.of("Model")

    assert (tested.limit(0), tested.next_try(0), tested.open_ports(0)) == (None, None, {})
    assert tested.states() == {"Model": "closed"}


def test_a_port_keeps_its_breaker() -> None:
    tested = breakers()

    assert tested.of("Model") is tested.of("Model")
    assert tested.of("Model") is not tested.of("Workflows")


def test_an_open_port_pauses_then_lets_one_message_probe() -> None:
    tested = breakers()
    opened(tested.of("Model"))
    tested.of("Workflows")

    assert (tested.limit(0), tested.next_try(0)) == (0, SECOND)
    assert tested.open_ports(0.5) == {"Model": SECOND / 2}
    assert (tested.limit(1), tested.next_try(1)) == (1, timedelta(0))
    assert tested.states() == {"Model": "open", "Workflows": "closed"}


def test_nothing_starts_while_a_probe_is_under_way() -> None:
    tested = breakers()
    permit = permitted(opened(tested.of("Model")), 1)

    assert tested.limit(1) == 0
    tested.of("Model").succeeded(permit)
    assert tested.limit(1) is None


def test_a_message_may_need_every_port_so_the_last_one_counts() -> None:
    tested = breakers()
    opened(tested.of("Model"), now=0)
    opened(tested.of("Workflows"), now=10)

    assert (tested.limit(10), tested.next_try(10)) == (0, SECOND)
    assert tested.open_ports(10) == {"Model": timedelta(0), "Workflows": SECOND}
    assert tested.limit(11) == 1


class AnyUse(RuleBasedStateMachine):
    """Calls that succeed, fail, are cancelled or never heard of again, in any order, in time.

    What it must not do is told from the outside alone: by which permits are out since when.
    """

    kind: type[Breaker] = Breaker

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.chance = 0.5
        self.breaker = self.kind(BOUNDS, lambda: self.chance)
        self.out: list[Permit] = []
        self.probe: tuple[Permit, float] | None = None
        self.failures = 0

    @rule(seconds=st.floats(0, 100) | st.floats(0, 2000), chance=st.floats(0, 1, exclude_max=True))
    def time_passes(self, seconds: float, chance: float) -> None:
        self.now += seconds
        self.chance = chance

    @rule()
    def exactly_until_the_next_try(self) -> None:
        self.now += (self.breaker.next_try(self.now) or timedelta(0)).total_seconds()

    @rule()
    def call(self) -> None:
        before = self.breaker.state
        answer = self.breaker.allows(self.now)
        if isinstance(answer, timedelta):
            assert before != "closed"
            assert answer > timedelta(0)
            return
        self.out.append(answer)
        if before == "closed":
            return
        if self.probe is not None:
            # But for the last digits of a float, which a timedelta does not have.
            given = self.now - self.probe[1] + 1e-5
            assert given >= BOUNDS.probe.total_seconds(), "two probes at a time"
        self.probe = (answer, self.now)

    @precondition(lambda self: self.out)
    @rule(pick=st.randoms(use_true_random=False))
    def succeed(self, pick: object) -> None:
        before, permit = self.breaker.state, self._answered(pick)
        counts = self._is_probe(permit) or before == "closed"
        self.breaker.succeeded(permit)
        assert state(self.breaker) == ("closed" if counts else before)
        self._settle(permit)

    @precondition(lambda self: self.out)
    @rule(pick=st.randoms(use_true_random=False), asked=st.none() | st.timedeltas())
    def fail(self, pick: object, asked: timedelta | None) -> None:
        before, permit = self.breaker.state, self._answered(pick)
        self.breaker.failed(permit, self.now, asked)
        if self._is_probe(permit):
            assert state(self.breaker) == "open"
        elif before != "closed":
            assert state(self.breaker) == before
        self._settle(permit)

    @precondition(lambda self: self.out)
    @rule(pick=st.randoms(use_true_random=False))
    def cancel(self, pick: object) -> None:
        before, permit = self.breaker.state, self._answered(pick)
        self.breaker.unanswered(permit, self.now)
        assert state(self.breaker) == ("open" if self._is_probe(permit) else before)
        self._settle(permit)

    @rule()
    def fail_until_it_opens(self) -> None:
        if self.breaker.state != "closed":
            return
        for permit in [permitted(self.breaker, self.now) for _ in range(BOUNDS.failures)]:
            self.breaker.failed(permit, self.now)
        assert state(self.breaker) == "open"

    @precondition(lambda self: self.out)
    @rule(pick=st.randoms(use_true_random=False))
    def never_answer(self, pick: object) -> None:
        self._answered(pick)

    @invariant()
    def the_next_try_is_near_and_then_allowed(self) -> None:
        wait = self.breaker.next_try(self.now)
        assert (wait is None) == (self.breaker.state == "closed")
        if wait is not None:
            assert timedelta(0) <= wait <= LONGEST_WAIT
        tried = copy.deepcopy(self.breaker)
        later = self.now + (wait or timedelta(0)).total_seconds()
        tried.succeeded(permitted(tried, later))
        assert tried.state == "closed"

    def _answered(self, pick: object) -> Permit:
        return self.out.pop(pick.randrange(len(self.out)))  # type: ignore[attr-defined]

    def _is_probe(self, permit: Permit) -> bool:
        return self.probe is not None and self.probe[0] is permit

    def _settle(self, permit: Permit) -> None:
        if self._is_probe(permit):
            self.probe = None


AnyUse.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnyUse = AnyUse.TestCase


class ProbesTwice(Breaker):
    def allows(self, now: float) -> Permit | timedelta:
        return Permit(self._era) if self.state == "half-open" else super().allows(now)


class StaysHalfOpen(Breaker):
    def next_try(self, now: float) -> timedelta | None:
        return BOUNDS.probe if self.state == "half-open" else super().next_try(now)


class DoesNotMindACancellation(Breaker):
    def unanswered(self, permit: Permit, now: float) -> None:
        pass


class StaysOpenAfterASuccess(Breaker):
    def succeeded(self, permit: Permit) -> None:
        if self.state == "closed":
            super().succeeded(permit)


class CoolsDownForEver(Breaker):
    def failed(self, permit: Permit, now: float, after: timedelta | None = None) -> None:
        super().failed(permit, now, after)
        self._until += self._openings * 1000


class BelievesOldCalls(Breaker):
    def succeeded(self, permit: Permit) -> None:
        super().succeeded(Permit(self._era))


@pytest.mark.parametrize(
    "fault",
    [
        ProbesTwice,
        StaysHalfOpen,
        DoesNotMindACancellation,
        StaysOpenAfterASuccess,
        CoolsDownForEver,
        BelievesOldCalls,
    ],
)
def test_the_machine_catches_a_fault(fault: type[Breaker]) -> None:
    class Faulty(AnyUse):
        kind = fault

    quickly = settings(
        max_examples=300,
        stateful_step_count=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Faulty, settings=quickly)
