"""Why a transaction did not happen: who was faster, who is only busy, and what never will."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from workers.adapters.transactions import failed_at, is_beaten, is_crossed_at, misfit

NONE = {"Code": "None"}
FAILED = {"Code": "ConditionalCheckFailed", "Item": {"token": {"N": "2"}}}
UNTOLD = {"Code": "ConditionalCheckFailed"}
CROSSED = {"Code": "TransactionConflict"}
THROTTLED = {"Code": "ThrottlingError"}
UNFIT = {"Code": "ValidationError", "Message": "Item size to update has exceeded"}


def cancelled(*reasons: dict[str, Any]) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": list(reasons),
    }
    return ClientError(answer, "TransactWriteItems")


def other(code: str) -> ClientError:
    # What no cancellation is has no reasons, whatever stands there.
    answer: Any = {"Error": {"Code": code}, "CancellationReasons": [FAILED]}
    return ClientError(answer, "TransactWriteItems")


ELSEWHERE = [
    None,
    EndpointConnectionError(endpoint_url="http://nowhere"),
    other("ThrottlingException"),
    cancelled(),
]


@pytest.mark.parametrize(
    ("error", "place", "expected"),
    [
        (cancelled(FAILED, NONE), 0, FAILED["Item"]),
        (cancelled(UNTOLD, NONE), 0, {}),
        (cancelled(NONE, FAILED), 0, None),
        (cancelled(NONE, FAILED), 1, FAILED["Item"]),
        (cancelled(CROSSED, FAILED), 0, None),
        (cancelled(FAILED), 10_000, None),
        *((error, 0, None) for error in ELSEWHERE),
    ],
)
def test_the_item_in_the_way_is_the_one_at_its_place(
    error: BaseException | None, place: int, expected: object
) -> None:
    assert failed_at(error, place) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (cancelled(NONE, FAILED), True),
        (cancelled(FAILED, FAILED), True),
        (cancelled(NONE, CROSSED), True),
        (other("TransactionConflictException"), True),
        (cancelled(FAILED, THROTTLED), False),
        (cancelled(NONE, UNFIT), False),
        *((error, False) for error in ELSEWHERE),
    ],
)
def test_who_is_beaten_may_look_again(error: BaseException | None, expected: bool) -> None:
    assert is_beaten(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (cancelled(CROSSED, NONE, NONE), True),
        (cancelled(CROSSED), True),
        (cancelled(CROSSED, CROSSED), False),
        (cancelled(NONE, CROSSED), False),
        (cancelled(CROSSED, FAILED), False),
        (cancelled(FAILED, NONE), False),
        (cancelled(NONE, NONE), False),
        *((error, False) for error in ELSEWHERE),
    ],
)
def test_only_what_crossed_at_that_place_alone_is_the_same_again_in_a_moment(
    error: BaseException | None, expected: bool
) -> None:
    assert is_crossed_at(error, 0) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (cancelled(NONE, UNFIT), "ValidationError: Item size to update has exceeded"),
        (cancelled(UNFIT, FAILED), "ValidationError: Item size to update has exceeded"),
        (other("ValidationException"), str(other("ValidationException"))),
        (cancelled(NONE, FAILED), None),
        (cancelled(THROTTLED), None),
        *((error, None) for error in ELSEWHERE),
    ],
)
def test_what_does_not_fit_never_will_and_the_store_says_why(
    error: BaseException | None, expected: str | None
) -> None:
    assert misfit(error) == expected
