"""What no route takes ends in the unrouted queue, and nothing else does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from events.routes import ROUTES, source

from .conftest import Deployed

pytestmark = pytest.mark.embedded

MARKER = "marker.sent"


def put(deployed: Deployed, origin: str, event_type: str, detail: dict[str, Any]) -> None:
    answer = deployed.client("events").put_events(
        Entries=[
            {
                "EventBusName": deployed.names.bus,
                "Source": origin,
                "DetailType": event_type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    assert answer["FailedEntryCount"] == 0


def unrouted(deployed: Deployed) -> Iterator[str]:
    """The types in the queue up to a marker, which is sent after what the test is about."""
    put(deployed, "me", MARKER, {})
    sqs, url = deployed.client("sqs"), deployed.url(deployed.names.unrouted)
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        for message in answer["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found = json.loads(message["Body"])["detail-type"]
            if found == MARKER:
                return
            yield found


@pytest.mark.parametrize(
    ("origin", "event_type", "detail"),
    [
        pytest.param("me", "workflow.requestd", {}, id="unknown name"),
        pytest.param("me", "policy.validated", {}, id="untrusted source"),
        pytest.param(source("codegen"), "tests.passed", {}, id="a worker that does not own it"),
        pytest.param("me", "task.created", {"agent": "barista"}, id="filter not matched"),
        pytest.param("me", "task.created", {}, id="filter field missing"),
        pytest.param(
            source("remediation"), "remediation.applied", {"action": "dance"}, id="no such action"
        ),
        pytest.param("me", "x" * 128, {}, id="absurd name"),
    ],
)
def test_an_event_that_no_route_wants_is_kept(
    deployed: Deployed, origin: str, event_type: str, detail: dict[str, Any]
) -> None:
    put(deployed, origin, event_type, detail)
    assert list(unrouted(deployed)) == [event_type]


@pytest.mark.parametrize(
    ("origin", "event_type"),
    [
        pytest.param(source("planner"), "workflow.created", id="a fact nobody subscribes to"),
        pytest.param("me", "workflow.requested", id="open to any source"),
        pytest.param(source("policy"), "policy.validated", id="from its owner"),
    ],
)
def test_an_event_of_ours_is_not(deployed: Deployed, origin: str, event_type: str) -> None:
    put(deployed, origin, event_type, {})
    assert list(unrouted(deployed)) == []


def test_every_route_gets_its_event_in_its_inbox(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    for route in ROUTES:
        origin = (route.sources or ("me",))[0]
        put(deployed, origin, route.event.type, {"to": route.name, **route.where})
    for route in ROUTES:
        url = deployed.url(deployed.names.inbox(route))
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        meant = [json.loads(m["Body"])["detail"].get("to") for m in answer["Messages"]]
        assert route.name in meant
    assert list(unrouted(deployed)) == []
