"""Every event is in the catalog under the name that its class and its file say."""

import importlib
import pkgutil
import re

import pytest
from pydantic import BaseModel, ValidationError

import schemas
from schemas.base import Event, Value
from schemas.catalog import CATALOG, EVENTS
from schemas.deployment import DeploymentCompleted
from schemas.health import ServiceLevel
from schemas.policy import PolicyViolated
from schemas.service import Bucket
from schemas.task import TaskFailed
from schemas.workflow import WorkflowCreated, WorkflowRequested

EVERY_EVENT = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)

# It is about a release, and shares all its fields with the release's other events.
ELSEWHERE = {"infra.provisioned": "schemas.deployment"}


def defined() -> set[type[BaseModel]]:
    """Every model that any schema module defines."""
    modules = [
        importlib.import_module(f"schemas.{found.name}")
        for found in pkgutil.iter_modules(schemas.__path__)
    ]
    return {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseModel)
    } - {BaseModel}


def test_every_event_that_is_defined_is_in_the_catalog() -> None:
    events = {each for each in defined() if issubclass(each, Event) and "type" in vars(each)}

    assert events == set(EVENTS)


def test_wire_names_are_unique() -> None:
    assert len(CATALOG) == len(EVENTS) == len({event.type for event in EVENTS})


@EVERY_EVENT
def test_the_class_the_wire_name_and_the_file_agree(event: type[Event]) -> None:
    words = re.findall(r"[A-Z][a-z]+", event.__name__)

    assert event.type == ".".join((words[0], "_".join(words[1:]))).lower()
    assert event.__module__ == ELSEWHERE.get(event.type, f"schemas.{words[0].lower()}")
    assert event.schema_version >= 1
    assert event.__doc__


@EVERY_EVENT
def test_no_field_is_named_like_what_surrounds_an_event(event: type[Event]) -> None:
    assert not {"metadata", "type", "schema_version"} & event.model_fields.keys()


@EVERY_EVENT
def test_an_event_has_a_json_schema(event: type[Event]) -> None:
    assert event.model_json_schema()["type"] == "object"


def test_every_value_is_frozen_finite_and_open_to_newer_producers() -> None:
    for model in defined():
        assert issubclass(model, Value), model
        assert model.model_config.get("frozen") is True, model
        assert model.model_config.get("extra") == "ignore", model
        assert model.model_config.get("allow_inf_nan") is False, model


def test_an_event_cannot_be_changed() -> None:
    failed = TaskFailed(workflow_id="w", task_id="t", agent="codegen", reason="no")

    with pytest.raises(ValidationError):
        failed.reason = "yes"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_is_finite(number: str) -> None:
    with pytest.raises(ValidationError):
        ServiceLevel.model_validate_json(
            '{"availability": 1, "availability_objective": 1, "p95_latency_objective_ms": 1,'
            f' "p95_latency_ms": {number}}}'
        )


def test_the_examples_of_the_requirements_are_met_field_for_field() -> None:
    created = {
        "workflow_id": "wf-12345",
        "requested_by": "user@example.com",
        "service_name": "user-service",
        "template": "rest-api-postgres",
        "environment": "staging",
        "tasks": [
            {"task_id": "t1", "agent": "codegen", "priority": 1},
            {"task_id": "t2", "agent": "deployment", "priority": 2},
        ],
    }
    completed = {
        "deployment_id": "dep-67890",
        "workflow_id": "wf-12345",
        "service_name": "user-service",
        "environment": "staging",
        "version": "v1.2.3",
        "status": "success",
        "duration_seconds": 120,
        "argocd_sync_id": "abc123",
    }
    violations = [
        {
            "severity": "high",
            "rule": "no-public-s3-buckets",
            "message": "S3 bucket 'example-bucket' is publicly accessible",
        }
    ]
    artifact = {
        "workflow_id": "wf-12345",
        "task_id": "t1",
        "service_name": "user-service",
        "artifact": f"artifacts/{'0' * 64}.tar.gz",
    }
    for model, example, addition in (
        (WorkflowCreated, created, {}),
        (DeploymentCompleted, completed, {}),
        (PolicyViolated, {"valid": False, "violations": violations}, artifact),
    ):
        event = model.model_validate({**example, **addition})
        dumped = event.model_dump(mode="json", exclude_unset=True)
        assert {name: dumped[name] for name in example} == example


@pytest.mark.parametrize(
    "fields",
    [{}, {"request": ""}, {"request": " \n\t "}, {"parameters": {}}, {"template": "rest-api"}],
)
def test_a_request_says_something(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="give a request in words"):
        WorkflowRequested.model_validate(fields)


def test_a_request_in_words_or_in_fields_is_enough() -> None:
    assert WorkflowRequested(request="a user service").parameters.service_name is None
    WorkflowRequested.model_validate({"parameters": {"service_name": "user-service"}})


def test_a_bucket_is_not_public_unless_somebody_says_so() -> None:
    assert Bucket(name="avatars").public is False
