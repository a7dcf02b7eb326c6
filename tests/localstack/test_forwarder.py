"""The forwarder as a process between the queues of a real emulator."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from events.routes import ROUTES, Route
from localstack.forwarder import main
from localstack.ports import free_port

from .conftest import Deployed

pytestmark = pytest.mark.embedded

ORDERED = next(route for route in ROUTES if route.event.type == "codegen.completed")


@pytest.fixture(scope="module")
def forwarder(deployed: Deployed) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "localstack.forwarder"]
    where = ["--endpoint-url", deployed.endpoint_url, "--environment", deployed.environment]
    process = subprocess.Popen([*command, *where], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
        process.stdout.close()


def publish(deployed: Deployed, *details: Any, route: Route = ORDERED) -> None:
    events = deployed.client("events")
    for detail in details:
        entry = {
            "EventBusName": deployed.names.bus,
            "Source": (route.sources or ("me",))[0],
            "DetailType": route.event.type,
            "Detail": json.dumps(detail),
        }
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def arrived(deployed: Deployed, count: int, route: Route = ORDERED) -> list[dict[str, Any]]:
    """Takes so many messages from the route's queue, in the order in which it gives them."""
    sqs, url = deployed.client("sqs"), deployed.url(deployed.names.queue(route))
    found: list[dict[str, Any]] = []
    while len(found) < count:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=20,
            MessageSystemAttributeNames=["All"],
        )
        for message in answer["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
    return found


def detail(message: dict[str, Any]) -> Any:
    return json.loads(message["Body"])["detail"]


def test_events_of_a_group_arrive_in_their_order_under_the_event_id(
    deployed: Deployed, forwarder: subprocess.Popen[str]
) -> None:
    publish(deployed, *({"workflow_id": f"w-{n % 2}", "n": n} for n in range(12)))
    messages = arrived(deployed, 12)
    for group in ("w-0", "w-1"):
        of_group = [m for m in messages if m["Attributes"]["MessageGroupId"] == group]
        assert [detail(m)["n"] for m in of_group] == [n for n in range(12) if f"w-{n % 2}" == group]
    for message in messages:
        event_id = json.loads(message["Body"])["id"]
        assert message["Attributes"]["MessageDeduplicationId"] == event_id


def test_an_event_that_comes_twice_goes_on_once(
    deployed: Deployed, forwarder: subprocess.Popen[str]
) -> None:
    inbox = deployed.url(deployed.names.inbox(ORDERED))
    sqs = deployed.client("sqs")
    for event_id in ("twice", "twice", "once"):
        text = json.dumps({"id": event_id, "detail": {"workflow_id": "w-twice"}})
        sqs.send_message(QueueUrl=inbox, MessageBody=text)
    messages = arrived(deployed, 2)
    assert [json.loads(m["Body"])["id"] for m in messages] == ["twice", "once"]


def test_a_body_without_a_usable_group_goes_on_alone(
    deployed: Deployed, forwarder: subprocess.Popen[str]
) -> None:
    inbox = deployed.url(deployed.names.inbox(ORDERED))
    deployed.client("sqs").send_message(QueueUrl=inbox, MessageBody="not JSON at all")
    publish(deployed, {"workflow_id": "a b"}, {"n": 1})
    groups = [m["Attributes"]["MessageGroupId"] for m in arrived(deployed, 3)]
    assert len(set(groups)) == 3
    assert all(group.startswith("unreadable-") for group in groups)


def test_no_route_waits_for_another_while_all_of_them_poll(
    deployed: Deployed, forwarder: subprocess.Popen[str]
) -> None:
    for route in ROUTES:
        publish(deployed, {"workflow_id": f"w-{route.name}", **route.where}, route=route)
    for route in ROUTES:
        # One poll is enough: the event is there, or comes within it.
        found = [detail(m)["workflow_id"] for m in arrived(deployed, 1, route)]
        assert found[0].startswith("w-")


def test_it_gives_up_with_one_line_when_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    assert main(["--endpoint-url", endpoint, "--give-up-after", "0"]) == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert error[-1].startswith("error: ")
    assert endpoint in error[-1]


def test_help_shows_how_to_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "python -m localstack.forwarder" in capsys.readouterr().out
