"""The table is consistent with itself."""

from collections import Counter
from datetime import timedelta

import pytest

from events.routes import ROUTES, Route, source
from events.topology_check import INFORMATIONAL
from schemas.base import Event
from schemas.catalog import CATALOG, EVENTS

BY_NAME = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
# What anybody may publish: the ways into the fleet.
OPEN = {"workflow.requested", "task.created", "migration.requested"}


def publishers(event: type[Event]) -> set[str]:
    return {route.worker for route in ROUTES if event in route.publishes}


def test_route_names_are_unique() -> None:
    assert [name for name, count in Counter(r.name for r in ROUTES).items() if count > 1] == []


def test_each_handler_has_a_module_of_its_own() -> None:
    assert len({route.module for route in ROUTES}) == len(ROUTES)


@BY_NAME
def test_a_route_names_events_of_the_catalog(route: Route) -> None:
    for event in (route.event, *route.publishes):
        assert CATALOG[event.type] is event


@BY_NAME
def test_a_route_trusts_exactly_the_workers_that_publish_its_event(route: Route) -> None:
    expected = set() if route.event.type in OPEN else publishers(route.event)

    assert set(route.trusts) == expected


@BY_NAME
def test_a_filter_names_a_field_of_the_event_and_a_value_it_may_have(route: Route) -> None:
    for name, value in route.where.items():
        annotation = route.event.model_fields[name].annotation
        assert value in getattr(annotation, "__args__", ()), (name, value)


@BY_NAME
def test_the_order_is_by_a_field_that_every_event_has(route: Route) -> None:
    if route.ordered_by is not None:
        assert route.event.model_fields[route.ordered_by].is_required()


@BY_NAME
def test_limits_are_within_what_a_lease_and_a_queue_can_hold(route: Route) -> None:
    assert timedelta(seconds=1) <= route.timeout <= timedelta(minutes=15)
    assert 1 <= route.attempts <= 100
    assert 1 <= route.concurrency <= 10


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_is_open_or_published_by_a_worker(event: type[Event]) -> None:
    assert event.type in OPEN or publishers(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_is_consumed_or_known_to_be_for_outside(event: type[Event]) -> None:
    consumed = any(route.event is event for route in ROUTES)

    assert consumed is (event.type not in INFORMATIONAL)


def test_the_subscription_is_the_path_and_the_source_is_the_worker() -> None:
    route = next(r for r in ROUTES if r.event.type == "codegen.completed")

    assert route.name == "policy-on-codegen-completed"
    assert route.module == "workers.policy.on_codegen_completed"
    assert route.sources == (source("codegen"), source("remediation"))
