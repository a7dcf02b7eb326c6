"""What could not be handled comes back: mended by a person, or as it was once the cause is gone."""

import json
from typing import Any

import pytest

from workers.bundle import Bundle, Manifest, artifact_key, pack

pytestmark = pytest.mark.process

CODEGEN = "codegen-on-task-created"
POLICY = "policy-on-codegen-completed"
TASK = {
    "workflow_id": "wf-dlq",
    "task_id": "t1",
    "agent": "codegen",
    "service_name": "../etc",
    "template": "rest-api",
    "database": "none",
    "environment": "staging",
}


def test_an_event_with_a_bad_field_is_edited_right_and_handled(
    fleet: Any, ear: Any, tmp_path: Any
) -> None:
    fleet.put("me", "task.created", TASK)
    [letter] = fleet.until(lambda: fleet.answer("dlq", "show", CODEGEN))
    assert (letter["cause"], letter["fields"][0][0]) == ("undecodable", "service_name")
    assert letter["attempts"] == 1
    assert letter["worker_version"]
    words = ("dlq", "edit", CODEGEN, "--message", letter["message_id"], "--detail")

    still_wrong = fleet.run(*words, json.dumps({**TASK, "service_name": "Still Wrong"}))
    assert still_wrong.returncode == 2
    assert "service_name" in still_wrong.stderr
    assert len(fleet.answer("dlq", "show", CODEGEN)) == 1

    file = tmp_path / "detail.json"
    file.write_text(json.dumps({**TASK, "service_name": "mended-service"}))
    told = fleet.answer(*words, f"@{file}")

    assert told == {"sent": True, "event_id": letter["event_id"], "queue": CODEGEN}
    fleet.until(lambda: ear.answers(letter["event_id"]))
    assert fleet.answer("dlq", "show", CODEGEN) == []


def test_what_failed_for_want_of_a_thing_is_redriven_when_it_is_there(fleet: Any, ear: Any) -> None:
    manifest = Manifest(service_name="late-service", part="service")
    packed = pack(Bundle({"README.md": b"# late\n"}, manifest))
    completed = {
        "workflow_id": "wf-late",
        "task_id": "t1",
        "service_name": "late-service",
        "artifact": artifact_key(packed),
        "files": 1,
    }
    # Two of them, which fail alike.
    for number in ("1", "2"):
        detail = {**completed, "workflow_id": f"wf-late-{number}"}
        fleet.put("agentic-framework.codegen", "codegen.completed", detail)

    def both() -> Any:
        found = fleet.answer("dlq", "show", POLICY)
        return found if len(found) == 2 else None

    letters = fleet.until(both)
    assert {letter["cause"] for letter in letters} == {"rejected"}
    assert len({letter["fingerprint"] for letter in letters}) == 1
    [held] = [each for each in fleet.answer("dlq", "list") if each["queue"] == POLICY]
    assert [each["messages"] for each in held["failures"]] == [2]
    for letter in letters:
        noted = fleet.record(POLICY, letter["event_id"])
        assert noted is not None
        assert noted["parked"]["M"]["fingerprint"]["S"] == letter["fingerprint"]
        assert letter["first_failed_at"] <= letter["last_failed_at"]

    key = artifact_key(packed)
    fleet.client("s3").put_object(Bucket="agent-artifacts-local", Key=key, Body=packed)
    words = ("dlq", "redrive", POLICY, "--fingerprint", letters[0]["fingerprint"])
    assert fleet.answer(*words, "--dry-run")["would_redrive"] == 2
    assert fleet.answer(*words, "--rate", "100/s")["redriven"] == 2

    for letter in letters:
        assert len(fleet.until(lambda letter=letter: ear.answers(letter["event_id"]))) == 1
        fleet.until(lambda letter=letter: fleet.done(POLICY, letter["event_id"]))
        assert "parked" not in (fleet.record(POLICY, letter["event_id"]) or {})
    assert fleet.answer("dlq", "show", POLICY) == []
    assert fleet.run("dlq", "redrive", POLICY).stdout.startswith("redrove 0")


def test_what_is_of_no_use_is_purged_for_good(fleet: Any) -> None:
    fleet.put("me", "task.craeted", TASK)
    fleet.until(lambda: fleet.answer("dlq", "show", "unrouted"))

    skipped = fleet.run("dlq", "redrive", "unrouted")
    assert "nearest: task.created" in skipped.stdout
    refused = fleet.run("dlq", "purge", "unrouted")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)

    assert fleet.answer("dlq", "purge", "unrouted", "--yes") == {
        "deleted": 1,
        "left": 0,
        "interrupted": False,
    }
