"""A route's recovery from a named exception: the nearest name wins, and none is ever to drop."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, get_args

import pytest

from events.recovery import Park, Recovery, Retry, recovery_for
from events.routes import ROUTES, Route
from schemas.task import TaskCreated

SECOND = timedelta(seconds=1)
QUICK = Retry(attempts=2, base=SECOND, cap=SECOND)
SLOW = Retry(attempts=50, base=SECOND, cap=timedelta(hours=1))
PARKED = Park("quota_used_up")


class QuotaUsedUp(ConnectionError):
    """Derives from OSError by way of ConnectionError."""


class QuotaGone(QuotaUsedUp):
    """Further down."""


# on_error, error, recovery
TABLE: list[tuple[Mapping[str, Recovery], BaseException, Recovery | None]] = [
    ({}, ValueError(), None),
    ({"ValueError": QUICK}, ValueError(), QUICK),
    ({"ValueError": QUICK}, UnicodeError(), QUICK),
    ({"UnicodeError": QUICK}, ValueError(), None),
    ({"OSError": QUICK}, QuotaGone(), QUICK),
    ({"OSError": QUICK, "QuotaUsedUp": PARKED}, QuotaGone(), PARKED),
    ({"QuotaUsedUp": PARKED, "OSError": QUICK}, QuotaGone(), PARKED),
    ({"QuotaUsedUp": PARKED, "OSError": QUICK}, OSError(), QUICK),
    ({"Exception": SLOW}, QuotaGone(), SLOW),
    ({"Exception": SLOW}, KeyboardInterrupt(), None),
    ({"valueerror": QUICK, "Value": QUICK, "": QUICK}, ValueError(), None),
]


@pytest.mark.parametrize(("on_error", "error", "expected"), TABLE)
def test_the_nearest_named_class_decides(
    on_error: Mapping[str, Recovery], error: BaseException, expected: Recovery | None
) -> None:
    assert recovery_for(on_error, error) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": -1},
        {"attempts": 10_000},
        {"base": timedelta(0)},
        {"base": -SECOND},
        {"base": 2 * SECOND},
        {"cap": timedelta(0)},
    ],
)
def test_a_retry_that_can_not_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no recovery"):
        replace(QUICK, **wrong)


@pytest.mark.parametrize("cause", ["", "Quota", "quota used up", "9", "a" * 41, "a\n"])
def test_a_cause_is_one_short_word(cause: str) -> None:
    with pytest.raises(ValueError, match="no cause"):
        Park(cause)


def test_a_recovery_tries_again_or_parks_and_never_drops() -> None:
    assert set(get_args(Recovery)) == {Retry, Park}


def test_a_route_names_no_exception_unless_told() -> None:
    assert Route(event=TaskCreated, worker="codegen").on_error == {}


@pytest.mark.parametrize(
    ("on_error", "most"),
    [
        ({}, 5),
        ({"ValueError": PARKED}, 5),
        ({"ValueError": QUICK}, 5),
        ({"ValueError": SLOW, "OSError": QUICK}, 50),
    ],
)
def test_the_most_attempts_are_those_of_the_most_patient_recovery(
    on_error: dict[str, Recovery], most: int
) -> None:
    route = Route(event=TaskCreated, worker="codegen", on_error=MappingProxyType(on_error))

    assert route.most_attempts == most


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_without_a_recovery_has_its_own_attempts(route: Route) -> None:
    assert route.on_error or route.most_attempts == route.attempts
