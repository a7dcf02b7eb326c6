"""What nobody should send, sent to real processes: nothing is lost, and the fleet goes on."""

import json
from typing import Any

import pytest

from workers.bundle import Bundle, Manifest, artifact_key, pack
from workers.cli.setup import REQUIREMENTS

PINNED = REQUIREMENTS.read_bytes()

pytestmark = pytest.mark.process

TASK = {
    "workflow_id": "wf-outside",
    "task_id": "t1",
    "agent": "codegen",
    "service_name": "order-service",
    "template": "rest-api",
    "database": "none",
    "environment": "staging",
}


def test_a_plain_event_from_anyone_is_handled_like_any_other(fleet: Any, ear: Any) -> None:
    sent = fleet.put("me", "task.created", TASK)
    [made] = fleet.until(lambda: ear.answers(sent))
    assert made["type"] == "codegen.completed"
    judged = made["metadata"]["id"]
    [verdict] = fleet.until(lambda: ear.answers(judged))
    assert verdict["type"] == "policy.validated"
    fleet.until(lambda: fleet.done("tester-on-policy-validated", verdict["metadata"]["id"]))


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
        found = fleet.letters(route, "undecodable")
        return [each for each in found if field in {name for name, _ in each["fields"]}]

    letter = fleet.until(parked)[0]
    assert letter["schema_version"] == "1"
    assert letter["receives"] == "1"
    assert field in fleet.run("dlq", "show", route).stdout


def test_a_body_that_is_no_json_is_parked_and_other_groups_go_on(fleet: Any) -> None:
    route = "conductor-on-tests-passed"
    sqs = fleet.client("sqs")
    url = sqs.get_queue_url(QueueName=f"flotilla-local-{route}.fifo")["QueueUrl"]
    passed = {
        "workflow_id": "wf-other-group",
        "task_id": "t1",
        "service_name": "other-service",
        "artifact": f"artifacts/{'0' * 64}.tar.gz",
        "summary": {"passed": 1},
        "metadata": {"id": "passed-1"},
    }
    body = {
        "id": "1",
        "detail-type": "tests.passed",
        "source": "agentic-framework.tester",
        "detail": passed,
    }
    # Past the bus, so that the one lies before the other for sure.
    for group, text in (("broken", "{not json"), ("whole", json.dumps(body))):
        sqs.send_message(
            QueueUrl=url, MessageBody=text, MessageGroupId=group, MessageDeduplicationId=group
        )

    fleet.until(lambda: fleet.done(route, "passed-1"))
    [letter] = fleet.until(lambda: fleet.letters(route, "undecodable"))
    assert (letter["group"], letter["receives"]) == ("broken", "1")
    assert "not JSON" in letter["reason"]


def test_an_unknown_event_is_kept_with_the_nearest_name(fleet: Any) -> None:
    fleet.put("me", "task.craeted", TASK)
    letter = fleet.until(lambda: fleet.letters("unrouted", "unrouted"))[0]
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
        found = fleet.letters("unrouted", "unrouted")
        return [each for each in found if "does not own policy.validated" in each["reason"]]

    fleet.until(kept)
    assert "wf-forged" not in str(fleet.answer("dlq", "show", "tester-on-policy-validated"))


def test_a_verdict_slipped_past_the_bus_is_parked_as_untrusted(fleet: Any) -> None:
    sqs = fleet.client("sqs")
    url = sqs.get_queue_url(QueueName="flotilla-local-tester-on-policy-validated.fifo")["QueueUrl"]
    body = '{"id": "1", "detail-type": "policy.validated", "source": "me", "detail": {}}'
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId="2")
    [letter] = fleet.until(lambda: fleet.letters("tester-on-policy-validated", "untrusted"))
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


def test_code_whose_tests_fork_without_end_fails_its_tests_and_nothing_else(
    fleet: Any, ear: Any
) -> None:
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
    sent = fleet.put("agentic-framework.policy", "policy.validated", verdict)
    [failed] = fleet.until(lambda: ear.answers(sent))
    assert (failed["type"], failed["artifact"]) == ("tests.failed", key)


def test_a_model_that_breaks_its_schema_is_replaced_by_rules_and_the_report_says_so(
    fleet: Any,
) -> None:
    """Also: after everything above, the fleet still works."""
    done = fleet.run("submit", "Create a microservice called last-service", "--watch", "--json")
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout.splitlines()[-1])
    assert state["planned_by"] == "rules"
    report = fleet.until(lambda: fleet.report(state["workflow_id"]))
    assert any("the model gave no usable reply" in note for note in report["notes"])
