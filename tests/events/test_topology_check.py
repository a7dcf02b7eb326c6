"""Faults that no single route shows are found, and today's topology has none."""

import ast
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import pytest

from events.routes import ROUTES, Route
from events.topology_check import BOUNDED, INFORMATIONAL, OPEN, Exceptions, findings
from schemas.base import Event


class Asked(Event):
    """Somebody asks."""

    type: ClassVar[str] = "thing.asked"


class Made(Event):
    """It is made."""

    type: ClassVar[str] = "thing.made"


class Broken(Event):
    """It broke."""

    type: ClassVar[str] = "thing.broken"


EVENTS = (Asked, Made, Broken)
# asked -> maker -> made -> tester -> broken -> mender -> made -> …
MAKER = Route(event=Asked, worker="maker", publishes=(Made,))
TESTER = Route(event=Made, worker="tester", publishes=(Broken,), trusts=("maker", "mender"))
MENDER = Route(event=Broken, worker="mender", publishes=(Made,), trusts=("tester",))
FLEET = (MAKER, TESTER, MENDER)


def meant(
    informational: tuple[str, ...] = (),
    open: tuple[str, ...] = ("thing.asked",),
    bounded: tuple[str, ...] = ("mender-on-thing-broken",),
) -> Exceptions:
    reasons = (MappingProxyType(dict.fromkeys(names, "so")) for names in (informational, open))
    return Exceptions(*reasons, MappingProxyType(dict.fromkeys(bounded, "so")))


def test_todays_topology_is_sound() -> None:
    assert findings() == ()


def test_a_fleet_with_its_exceptions_declared_is_sound() -> None:
    assert findings(FLEET, EVENTS, meant()) == ()


def test_no_fleet_at_all_is_sound() -> None:
    assert findings((), (), meant((), (), ())) == ()


FAULTY = {
    "an event nobody consumes": (
        (MAKER,),
        meant(bounded=()),
        (
            "thing.made: nobody consumes it, and it is not declared informational",
            "thing.broken: nobody consumes it, and it is not declared informational",
        ),
    ),
    "a route that trusts nobody who publishes": (
        (MAKER, TESTER, Route(event=Broken, worker="mender", trusts=("maker",))),
        meant(bounded=()),
        ("mender-on-thing-broken: nobody it trusts publishes thing.broken",),
    ),
    "a route that forgot whom it trusts": (
        (MAKER, TESTER, Route(event=Broken, worker="mender")),
        meant(bounded=()),
        ("mender-on-thing-broken: believes anybody, and thing.broken is not declared open",),
    ),
    "a circle": (
        FLEET,
        meant(bounded=()),
        (
            "tester-on-thing-made -> mender-on-thing-broken -> tester-on-thing-made: "
            "a circle without a declared bound",
        ),
    ),
    "a route that feeds itself": (
        (MAKER, Route(event=Made, worker="maker", publishes=(Made,), trusts=("maker",))),
        meant(("thing.broken",), bounded=()),
        (
            "maker-on-thing-made -> maker-on-thing-made: a circle without a declared bound",
            "thing.broken: declared informational, but consumed or never published",
        ),
    ),
    "declarations that nothing needs": (
        (MAKER, TESTER, Route(event=Broken, worker="mender", trusts=("tester",))),
        meant(("thing.made",), ("thing.asked", "thing.broken"), ("mender-on-thing-broken", "x")),
        (
            "thing.made: declared informational, but consumed or never published",
            "thing.broken: declared open, but no route takes it from anybody",
            "mender-on-thing-broken: declared bounded, but in no circle",
            "x: declared bounded, but in no circle",
        ),
    ),
}


@pytest.mark.parametrize("row", FAULTY.values(), ids=FAULTY.keys())
def test_a_fault_is_named(row: tuple[tuple[Route, ...], Exceptions, tuple[str, ...]]) -> None:
    routes, exceptions, expected = row

    assert findings(routes, EVENTS, exceptions) == expected


def test_a_circle_through_an_untrusted_route_is_none() -> None:
    suspicious = Route(event=Made, worker="tester", publishes=(Broken,), trusts=("maker",))

    assert findings((MAKER, suspicious, MENDER), EVENTS, meant(bounded=())) == ()


def test_a_hundred_routes_in_one_circle_are_one_finding() -> None:
    types = [type(f"E{n}", (Event,), {"type": f"thing.e{n}"}) for n in range(100)]
    ring = tuple(
        Route(
            event=types[n],
            worker=f"w{n}",
            publishes=(types[(n + 1) % 100],),
            trusts=(f"w{(n - 1) % 100}",),
        )
        for n in range(100)
    )

    found = findings(ring, types, meant((), (), ()))

    assert len(found) == 1
    assert found[0].startswith("w0-on-thing-e0 -> w1-on-thing-e1 -> ")


@pytest.mark.parametrize(
    "route",
    [r for r in ROUTES if [each.event for each in ROUTES].count(r.event) == 1],
    ids=lambda route: route.name,
)
def test_an_event_of_today_that_loses_its_only_consumer_is_found(route: Route) -> None:
    left = [each for each in ROUTES if each is not route]

    said = f"{route.event.type}: nobody consumes it, and it is not declared informational"
    assert said in findings(left)


@pytest.mark.parametrize("name", BOUNDED)
def test_each_bound_of_today_holds_a_circle_by_itself(name: str) -> None:
    others = MappingProxyType({each: why for each, why in BOUNDED.items() if each != name})

    found = findings(exceptions=Exceptions(bounded=others))

    assert any("without a declared bound" in line for line in found)


def test_every_exception_has_a_reason() -> None:
    assert all({**INFORMATIONAL, **OPEN, **BOUNDED}.values())


def test_the_bounds_are_those_whose_numbers_are_looked_up() -> None:
    """Another test finds the constant behind each bound: the two lists are one."""
    tree = ast.parse((Path(__file__).parents[1] / "test_architecture.py").read_text())
    declared = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in ("BOUNDS", "BOUNDED_BY_PLAN")
    }

    assert BOUNDED.keys() == declared["BOUNDS"].keys() | declared["BOUNDED_BY_PLAN"]
