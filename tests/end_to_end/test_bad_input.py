"""What nobody should send, sent to real processes: nothing is lost, and the fleet goes on."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from workers.bundle import Bundle, Manifest, artifact_key, pack
from workers.cli.setup import REQUIREMENTS

PINNED = REQUIREMENTS.read_bytes()

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("bad-input")]

TASK = {
    "workflow_id": "wf-outside",
    "task_id": "t1",
    "agent": "codegen",
    "service_name": "order-service",
    "template": "rest-api",
    "database": "none",
    "environment": "staging",
}


def until(look: Callable[[], Any]) -> Any:
    """What `look` finds once it finds something."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    pytest.fail("it never happened")


def letters(fleet: Any, queue: str, cause: str) -> list[dict[str, Any]]:
    return [each for each in fleet.answer("dlq", "show", queue) if each["cause"] == cause]


def ledger_has(fleet: Any, route: str) -> bool:
    """Whether the route has finished an event."""
    items = fleet.client("dynamodb").scan(TableName="flotilla-local-ledger")["Items"]
    return any(
        item["delivery"]["S"].startswith(f"{route}#") and item["state"]["S"] == "done"
        for item in items
    )


def test_a_plain_event_from_anyone_is_handled_like_any_other(fleet: Any) -> None:
    fleet.put("me", "task.created", TASK)
    until(lambda: ledger_has(fleet, "tester-on-policy-validated"))


@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ({**TASK, "workflow_id": "wf-bad1", "service_name": "../etc"}, "service_name"),
        ({**TASK, "workflow_id": "wf-bad2", "service_name": "x" * 300}, "service_name"),
        ({**TASK, "workflow_id": "wf-bad3", "service_name": "UserService"}, "service_name"),
        ({**TASK, "workflow_id": "wf-bad4", "service_name": "\N{ROCKET}"}, "service_name"),
        ({k: v for k, v in TASK.items() if k != "workflow_id"}, "workflow_id"),
        ({**TASK, "workflow_id": "wf-bad5", "iteration": "many"}, "iteration"),
    ],
)
def test_a_wrong_field_is_parked_at_once_and_named(
    fleet: Any, detail: dict[str, Any], field: str
) -> None:
    route = "codegen-on-task-created"
    fleet.put("me", "task.created", detail)

    def parked() -> list[dict[str, Any]]:
        found = letters(fleet, route, "undecodable")
        return [each for each in found if field in {name for name, _ in each["fields"]}]

    letter = until(parked)[0]
    assert letter["schema_version"] == "1"
    assert letter["receives"] == "1"
    assert field in fleet.run("dlq", "show", route).stdout


def test_a_body_that_is_no_json_is_parked_and_other_groups_go_on(fleet: Any) -> None:
    sqs = fleet.client("sqs")
    url = sqs.get_queue_url(QueueName="flotilla-local-conductor-on-tests-passed.fifo")["QueueUrl"]
    sqs.send_message(
        QueueUrl=url, MessageBody="{not json", MessageGroupId="g", MessageDeduplicationId="1"
    )
    until(lambda: letters(fleet, "conductor-on-tests-passed", "undecodable"))


def test_an_unknown_event_is_kept_with_the_nearest_name(fleet: Any) -> None:
    fleet.put("me", "task.craeted", TASK)
    letter = until(lambda: letters(fleet, "unrouted", "unrouted"))[0]
    assert "task.created" in letter["reason"]
    assert "task.created" in fleet.run("dlq", "list").stdout


def test_a_forged_verdict_is_kept_and_moves_nothing(fleet: Any) -> None:
    forged = {
        "workflow_id": "wf-forged",
        "task_id": "t1",
        "service_name": "user-service",
        "artifact": f"artifacts/{'0' * 64}.tar.gz",
    }
    fleet.put("me", "policy.validated", forged)

    def kept() -> list[dict[str, Any]]:
        found = letters(fleet, "unrouted", "unrouted")
        return [each for each in found if "does not own policy.validated" in each["reason"]]

    until(kept)
    assert "wf-forged" not in str(fleet.answer("dlq", "show", "tester-on-policy-validated"))


def test_a_verdict_slipped_past_the_bus_is_parked_as_untrusted(fleet: Any) -> None:
    sqs = fleet.client("sqs")
    url = sqs.get_queue_url(QueueName="flotilla-local-tester-on-policy-validated.fifo")["QueueUrl"]
    body = '{"id": "1", "detail-type": "policy.validated", "source": "me", "detail": {}}'
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId="2")
    [letter] = until(lambda: letters(fleet, "tester-on-policy-validated", "untrusted"))
    assert "'me' does not own policy.validated" in letter["reason"]


@pytest.mark.parametrize("request_", ["asdf qwer", "make it nice"])
def test_a_request_that_nobody_understands_fails_with_an_example(fleet: Any, request_: str) -> None:
    done = fleet.run("submit", request_, "--watch", "--json")
    assert done.returncode == 1
    state = fleet.answer("status", fleet.answer("status")[0]["workflow_id"])
    assert state["status"] == "failed"
    assert state["tasks"] == []
    assert "microservice called" in str(state)


@pytest.mark.parametrize("name", ["../x", "x" * 300, "UserService", "\N{ROCKET}-service"])
def test_a_bad_service_name_is_refused_at_submit(fleet: Any, name: str, tmp_path: Any) -> None:
    file = tmp_path / "request.yaml"
    file.write_text(f'parameters: {{service_name: "{name}"}}\n')
    done = fleet.run("submit", "--file", str(file))
    assert done.returncode == 2
    assert "service_name" in done.stderr
    assert len(done.stderr.splitlines()) == 1


FORKS_WITHOUT_END = """
import os

def test_it_forks_without_end():
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""


def test_code_whose_tests_fork_without_end_fails_its_tests_and_nothing_else(fleet: Any) -> None:
    manifest = Manifest(service_name="bomb-service", part="service")
    files = {"test_bomb.py": FORKS_WITHOUT_END.encode(), "requirements-dev.txt": PINNED}
    packed = pack(Bundle(files, manifest))
    key = artifact_key(packed)
    fleet.client("s3").put_object(Bucket="agent-artifacts-local", Key=key, Body=packed)
    verdict = {
        "workflow_id": "wf-bomb",
        "task_id": "t1",
        "service_name": "bomb-service",
        "artifact": key,
    }
    fleet.put("agentic-framework.policy", "policy.validated", verdict)

    def failed() -> bool:
        items = fleet.client("dynamodb").scan(TableName="flotilla-local-ledger")["Items"]
        return any(
            "tests.failed" in item["entries"]["S"] and key in item["entries"]["S"]
            for item in items
            if item["delivery"]["S"].startswith("tester-") and "entries" in item
        )

    until(failed)


def test_a_model_that_breaks_its_schema_is_replaced_by_rules_and_the_report_says_so(
    fleet: Any,
) -> None:
    """Also: after everything above, the fleet still works."""
    done = fleet.run("submit", "Create a microservice called last-service", "--watch", "--json")
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout.splitlines()[-1])
    assert state["planned_by"] == "rules"
    report = until(lambda: fleet.report(state["workflow_id"]))
    assert any("the model gave no usable reply" in note for note in report["notes"])
