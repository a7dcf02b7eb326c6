"""Names fit AWS's limits in every environment; each event goes to a route or to `unrouted`."""

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import pytest

from events.routes import ROUTES, Route, source
from events.topology import Names, Pattern, pattern, trusted_sources, unrouted_patterns
from schemas.catalog import CATALOG
from schemas.task import TaskCreated
from workers.settings import SettingsError, load

LONGEST = Names(load({"FLOTILLA_ENVIRONMENT": "abcdefghijklmnop"}).environment)
WORKERS = sorted({route.worker for route in ROUTES})
OUTSIDERS = ["me", "aws.s3", "agentic-framework", source("nobody")]


def matches(wanted: Pattern, event: Mapping[str, Any]) -> bool:
    """EventBridge's own matching, as far as our patterns use it."""
    return all(
        matches(choices, event.get(name, {}))
        if isinstance(choices, Mapping)
        else any(_matches_one(choice, event, name) for choice in choices)
        for name, choices in wanted.items()
    )


def _matches_one(choice: object, event: Mapping[str, Any], name: str) -> bool:
    match choice:
        case {"anything-but": values}:
            return name in event and event[name] not in values
        case {"exists": wanted}:
            return (name in event) is wanted
        case str():
            return event.get(name) == choice
    raise AssertionError(f"teach this test {choice!r}")


def events() -> Iterable[dict[str, Any]]:
    """Each event name, known or not, from each source, with each value a filter may look at."""
    filters = [{}, *({name: value} for r in ROUTES for name, value in r.where.items())]
    for name in ("agent", "action"):
        filters += [{name: "something-else"}, {name: ""}]
    sources = [*map(source, WORKERS), *OUTSIDERS]
    for event_type, origin, detail in product([*CATALOG, "task.made"], sources, filters):
        yield {"detail-type": event_type, "source": origin, "detail": detail}


def test_no_event_is_lost_between_the_rules() -> None:
    wanted = [pattern(route) for route in ROUTES]
    rest = unrouted_patterns()

    for event in events():
        if any(matches(each, event) for each in (*wanted, *rest)):
            continue
        # A fact of our own that nobody inside subscribes to.
        assert event["source"] in trusted_sources(event["detail-type"]), event
        assert all(r.event.type != event["detail-type"] for r in ROUTES), event


def test_what_a_route_takes_is_never_unrouted_as_well() -> None:
    wanted = [pattern(route) for route in ROUTES]
    rest = unrouted_patterns()

    for event in events():
        if any(matches(each, event) for each in wanted):
            assert not any(matches(each, event) for each in rest), event


def test_a_forged_fact_goes_to_unrouted_and_to_no_route() -> None:
    forged = {"detail-type": "tests.passed", "source": "me", "detail": {}}

    assert any(matches(each, forged) for each in unrouted_patterns())
    assert not any(matches(pattern(route), forged) for route in ROUTES)


@pytest.mark.parametrize("agent", ["codegen", "deployment"])
def test_a_filter_picks_exactly_one_worker(agent: str) -> None:
    event = {"detail-type": "task.created", "source": "me", "detail": {"agent": agent}}

    assert [r.worker for r in ROUTES if matches(pattern(r), event)] == [agent]


def test_a_filtered_route_matches_no_other_value() -> None:
    route = Route(event=TaskCreated, worker="codegen", where={"agent": "codegen"})

    assert pattern(route) == {"detail-type": ["task.created"], "detail": {"agent": ["codegen"]}}


def test_an_event_that_is_open_has_no_owners() -> None:
    assert trusted_sources("workflow.requested") == ()
    assert trusted_sources("task.created") == ()
    assert trusted_sources("no.such_event") == ()


def test_queue_names_fit_sqs_in_the_longest_environment() -> None:
    for route in ROUTES:
        for name in (LONGEST.queue(route), LONGEST.dead_letters(route), LONGEST.inbox(route)):
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,75}(\.fifo)?", name), name
            assert len(name) <= 80, name


def test_rule_names_fit_eventbridge_in_the_longest_environment() -> None:
    for route in ROUTES:
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", LONGEST.rule(route)), LONGEST.rule(route)


def test_bucket_names_fit_s3_in_the_longest_environment() -> None:
    for bucket in ("agent-artifacts", "policy-bundles", "templates", "telemetry-archive"):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", LONGEST.bucket(bucket))


@pytest.mark.parametrize(
    "hostile", ["Prod", "a" * 17, "-a", "a-", "a_b", "a.b", "é", "../x", "a b", "1st", "a\n"]
)
def test_an_environment_that_makes_no_legal_names_is_refused(hostile: str) -> None:
    with pytest.raises(SettingsError, match="FLOTILLA_ENVIRONMENT"):
        load({"FLOTILLA_ENVIRONMENT": hostile})


def test_names_of_all_resources_of_two_environments_are_apart() -> None:
    def all_names(names: Names) -> set[str]:
        of_routes = {
            made(route)
            for made in (names.queue, names.dead_letters, names.inbox)
            for route in ROUTES
        }
        return {*of_routes, names.unrouted, names.undelivered, names.table("ledger")}

    staging, production = all_names(Names("staging")), all_names(Names("production"))

    assert len(staging) == 3 * len(ROUTES) + 3
    assert not staging & production
