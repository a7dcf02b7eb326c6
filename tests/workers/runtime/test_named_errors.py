"""A name in `on_error` that no exception can have is refused before the first message."""

from types import MappingProxyType

import pytest

from events.recovery import Park
from events.routes import Route
from schemas.task import TaskCreated
from workers.ports import Away as Gone
from workers.ports import Reject
from workers.runtime.handlers import HandlerError, check


class PlanBroken(Exception):
    """Named by the module of the handler below."""


class Refused(Reject):
    """Named there too, and parked at once."""


Unlucky = PlanBroken
Number = int


async def handle(event: TaskCreated) -> None:
    """Does nothing."""


def route(name: str) -> Route:
    on_error = MappingProxyType({name: Park("named")})
    return Route(event=TaskCreated, worker="codegen", on_error=on_error)


@pytest.mark.parametrize(
    "name",
    ["PlanBroken", "Retry", "Away", "NoReply", "ReleaseFailed", "ValueError", "TimeoutError",
     "Exception"],
)  # fmt: skip
def test_an_exception_that_a_reader_would_find_is_named(name: str) -> None:
    check(route(name), handle)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PlanBrokne", "on_error names PlanBrokne, which is no exception"),
        ("", "which is no exception"),
        ("handle", "which is no exception"),
        ("Number", "which is no exception"),
        ("Route", "which is no exception"),
        ("object", "which is no exception"),
        ("BaseException", "which is no exception"),
        ("KeyboardInterrupt", "which is no exception"),
        ("ClientError", "which is no exception"),
        # By these names nothing is ever raised: the classes are called PlanBroken, Away, OSError.
        ("Unlucky", "which is no exception"),
        ("Gone", "which is no exception"),
        ("IOError", "which is no exception"),
        ("Reject", "a Reject is parked at once"),
        ("Refused", "a Reject is parked at once"),
    ],
)
def test_a_name_that_would_match_nothing_is_refused(name: str, said: str) -> None:
    with pytest.raises(HandlerError, match=said):
        check(route(name), handle)


def test_another_name_of_an_exception_is_still_the_same_exception() -> None:
    assert (Unlucky, Gone.__name__) == (PlanBroken, "Away")
