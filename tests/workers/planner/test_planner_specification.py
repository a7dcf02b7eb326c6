"""Drafts and parameters become specifications or refusals."""

from typing import Any

import pytest

from schemas.workflow import WorkflowRequested
from workers.planner.draft import Draft
from workers.planner.rules import understood
from workers.planner.specification import EXAMPLE, Refused, Specified, checked


def specified(request: str = "", **fields: Any) -> Specified:
    made = outcome(request, **fields)
    assert isinstance(made, Specified), made
    return made


def refused(request: str = "", **fields: Any) -> Refused:
    made = outcome(request, **fields)
    assert isinstance(made, Refused), made
    return made


def outcome(request: str, **fields: Any) -> Specified | Refused:
    event = WorkflowRequested.model_validate({"request": request, **fields})
    return checked(event, understood(request) if request else Draft())


def test_the_example_in_every_refusal_is_a_request_that_works() -> None:
    made = specified(EXAMPLE)

    assert made.service.service_name == "user-service"
    assert made.service.environment == "staging"
    assert made.service.resource == "user"
    assert [(b.name, b.public) for b in made.service.buckets] == [("avatars", True)]
    assert made.notes == ("resource of the API read from the service's name: user",)


def test_what_is_not_mentioned_is_filled_in_and_said() -> None:
    made = specified("Create a service called orders")

    assert (made.service.environment, made.service.database) == ("staging", "postgresql")
    assert made.service.template == "rest-api-postgres"
    assert made.notes == (
        "environment not mentioned: staging",
        "database not mentioned: postgresql",
        "resource of the API read from the service's name: order",
    )


def test_a_service_without_a_database_has_the_template_without_one() -> None:
    assert specified("A service called orders, no database").service.template == "rest-api"


def test_parameters_alone_are_a_request() -> None:
    made = specified(
        parameters={
            "service_name": "orders",
            "environment": "production",
            "database": "none",
            "resource": "purchase",
            "buckets": [{"name": "receipts", "public": True}],
        }
    )

    assert made.service.environment == "production"
    assert made.service.resource == "purchase"
    assert [(b.name, b.public) for b in made.service.buckets] == [("receipts", True)]
    assert made.notes == ()


def test_parameters_win_over_the_sentence_and_it_is_said() -> None:
    made = specified(
        "Create a service called billing on staging and production with PostgreSQL",
        parameters={"service_name": "orders", "environment": "dev", "database": "none"},
    )

    assert made.service.service_name == "orders"
    assert made.service.environment == "dev"
    assert made.service.database == "none"
    assert "service name: the sentence says billing, the parameters say orders, which holds" in (
        made.notes
    )


@pytest.mark.parametrize("sentence", ["asdf ghjk", "Create a service called UserService", "please"])
def test_a_name_in_the_parameters_settles_what_the_sentence_leaves_open(sentence: str) -> None:
    assert (
        specified(sentence, parameters={"service_name": "orders"}).service.service_name == "orders"
    )


def test_parameters_do_not_make_what_is_not_supported() -> None:
    made = refused("Write it in Go", parameters={"service_name": "orders"})

    assert made.reason.startswith("not supported: Go; a Python service")


def test_a_template_says_which_database() -> None:
    assert specified("A service called orders", template="rest-api").service.database == "none"


def test_a_template_and_a_database_that_disagree_are_a_conflict() -> None:
    made = refused(
        template="rest-api", parameters={"service_name": "orders", "database": "postgresql"}
    )

    assert made.missing == ("one answer about the database (rest-api and postgresql disagree)",)


def test_a_refusal_says_everything_that_stands_against_the_request() -> None:
    made = refused("Create a service in Go with MongoDB, on staging and production")

    assert made.missing == (
        "the service's name",
        "one environment (there are: staging and production)",
    )
    assert "not supported: Go, MongoDB" in made.reason
    assert "does not tell the service's name, nor one environment" in made.reason
    assert made.reason.endswith(f"An example: {EXAMPLE}")
    assert made.service_name is None


def test_what_is_asked_of_an_existing_service_misses_nothing() -> None:
    made = refused("delete it")

    assert made.missing == ()
    assert "'delete' is not something a request can do" in made.reason


def test_unknown_requirements_are_refused_by_name() -> None:
    made = refused("Create a service called orders with flux capacitors")

    assert "asked for, but not understood: 'flux capacitors'" in made.reason
    assert made.service_name == "orders"


def test_what_is_left_out_is_noted() -> None:
    made = specified("Create a service called orders for our finance folks")

    assert "left out of the plan, as not understood: 'finance folks'" in made.notes
