"""One workflow from its request to a person's folder, and everybody who gets in its way.

It stands still for as long as the tests need a running one: the tester is stopped meanwhile.
"""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from workers.bundle import Bundle, Manifest, artifact_key, pack

pytestmark = pytest.mark.process

WORKFLOW = "wf-delivery"
SERVICE = "parcel-service"
TASK = {
    "workflow_id": WORKFLOW,
    "task_id": "t1",
    "agent": "codegen",
    "service_name": SERVICE,
    "template": "rest-api",
    "database": "none",
    "environment": "staging",
}
CODEGEN = "codegen-on-task-created"
DEPLOYMENT = "deployment-on-task-created"
POLICY = "policy-on-codegen-completed"
TESTER = "tester-on-policy-validated"


def one_line(done: CompletedProcess[str]) -> str:
    [line] = done.stderr.splitlines()
    return str(line)


def tell(fleet: Any, name: str, number: signal.Signals) -> None:
    [pid] = [p["pid"] for p in fleet.place.status()["processes"] if p["name"] == name]
    os.kill(pid, number)


def task(state: dict[str, Any], agent: str) -> dict[str, Any]:
    """The first task of the agent."""
    found: dict[str, Any] = next(t for t in state["tasks"] if t["plan"]["agent"] == agent)
    return found


@pytest.fixture(scope="module")
def request_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("request") / "request.yaml"
    parameters = {"service_name": SERVICE, "database": "none", "environment": "staging"}
    wanted = {"workflow_id": WORKFLOW, "template": "rest-api", "parameters": parameters}
    file.write_text(yaml.safe_dump(wanted))
    return str(file)


@pytest.fixture(scope="module")
def held(fleet: Any, request_file: str) -> Iterator[Any]:
    """The fleet with a workflow whose first task is running, and stays so."""
    tell(fleet, TESTER, signal.SIGSTOP)
    try:
        done = fleet.run("submit", "--file", request_file)
        assert done.returncode == 0, done.stderr
        fleet.until(lambda: fleet.run("status", WORKFLOW).returncode == 0)
        yield fleet
    finally:
        tell(fleet, TESTER, signal.SIGCONT)


@pytest.fixture(scope="module")
def delivered(held: Any) -> tuple[CompletedProcess[str], dict[str, Any]]:
    """How `watch` ended, and what it said, once the workflow was let go."""
    tell(held, TESTER, signal.SIGCONT)
    done = held.run("watch", WORKFLOW, "--json")
    return done, json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}


def test_a_strangers_task_that_fails_fails_no_task_of_the_workflow(held: Any, ear: Any) -> None:
    impossible = {**TASK, "database": "postgresql"}
    sent = held.put("me", "task.created", impossible)
    [failed] = held.until(lambda: ear.answers(sent))
    assert (failed["type"], failed["origin"]) == ("task.failed", "outside")
    told = failed["metadata"]["id"]

    held.until(lambda: held.done("conductor-on-task-failed", told))

    state = held.answer("status", WORKFLOW)
    assert state["status"] == "running"
    assert (task(state, "codegen")["status"], task(state, "codegen")["iteration"]) == ("running", 1)
    # The attack was a good one: but for its origin it is about a running task.
    assert task(state, "codegen")["plan"]["task_id"] == failed["task_id"]


def test_a_stranger_deploys_nothing_that_has_not_passed_the_gates(held: Any, ear: Any) -> None:
    manifest = Manifest(service_name=SERVICE, part="service")
    packed = pack(Bundle({"app/main.py": b"raise SystemExit\n"}, manifest))
    key = artifact_key(packed)
    held.client("s3").put_object(Bucket="agent-artifacts-local", Key=key, Body=packed)
    planned = task(held.answer("status", WORKFLOW), "deployment")["plan"]["task_id"]
    wanted = {**TASK, "agent": "deployment", "task_id": planned, "artifacts": [key]}

    sent = held.put("me", "task.created", wanted)

    [failed] = held.until(lambda: ear.answers(sent))
    assert (failed["type"], failed["origin"]) == ("deployment.failed", "outside")
    assert f"{key} has not passed policy and tests for staging" in failed["reason"]
    assert not list((held.place.home / "services").glob("*/*/releases/*"))
    told = failed["metadata"]["id"]
    held.until(lambda: held.done("conductor-on-deployment-failed", told))
    assert held.answer("status", WORKFLOW)["status"] == "running"


def test_a_used_id_is_refused_while_its_workflow_runs(held: Any, request_file: str) -> None:
    done = held.run("submit", "--file", request_file)

    assert done.returncode == 2
    assert WORKFLOW in one_line(done)


def test_what_is_still_being_made_is_not_fetched(held: Any, tmp_path: Path) -> None:
    done = held.run("fetch", WORKFLOW, "--output", str(tmp_path / "out"))

    assert done.returncode == 1
    assert f"flotilla watch {WORKFLOW}" in one_line(done)
    assert not list(tmp_path.glob("out/*"))


def test_watch_says_so_when_the_workflow_is_stuck(held: Any) -> None:
    missing = f"artifacts/{'0' * 64}.tar.gz"
    made = {**TASK, "artifact": missing, "files": 1}
    held.put("agentic-framework.codegen", "codegen.completed", made)
    try:
        done = held.run("watch", WORKFLOW)
    finally:
        held.until(lambda: held.letters(POLICY, "rejected"))
        assert held.answer("dlq", "purge", POLICY, "--yes")["deleted"] == 1

    assert done.returncode == 1
    line = one_line(done)
    assert line.startswith(f"flotilla: {WORKFLOW} is stuck: codegen.completed was parked in")
    assert POLICY in line


def test_rubbish_that_names_the_workflow_is_parked(held: Any) -> None:
    """It stays there, and `watch` must not take it for what the workflow waits for."""
    held.put("me", "task.created", {**TASK, "service_name": "../etc"})

    [letter] = held.until(lambda: held.letters(CODEGEN, "undecodable"))

    assert letter["group"] == WORKFLOW


def test_the_workflow_completes_in_spite_of_all_that(
    delivered: tuple[CompletedProcess[str], dict[str, Any]],
) -> None:
    done, state = delivered
    assert done.returncode == 0, done.stderr
    assert state["status"] == "completed"
    assert {each["status"] for each in state["tasks"]} == {"done"}


@pytest.mark.usefixtures("delivered")
def test_what_it_made_is_fetched_with_the_report(fleet: Any, tmp_path: Path) -> None:
    told = fleet.answer("fetch", WORKFLOW, "--output", str(tmp_path))

    folder = tmp_path / SERVICE
    assert told == {"output_dir": str(folder)}
    report = json.loads((folder / "delivery-report.json").read_text())
    assert (report["workflow_id"], report["outcome"]) == (WORKFLOW, "completed")
    assert SERVICE in (folder / "delivery-report.md").read_text()
    assert {"/health"} <= set(json.loads((folder / "docs/openapi.json").read_text())["paths"])
    for path in ("app/main.py", "Dockerfile", "README.md", ".github/workflows/ci.yml"):
        assert (folder / path).stat().st_size > 0
    # A delivery gives way to the next one.
    assert fleet.run("fetch", WORKFLOW, "--output", str(tmp_path)).returncode == 0


@pytest.mark.usefixtures("delivered")
def test_what_a_person_keeps_in_a_folder_of_that_name_is_left_alone(
    fleet: Any, tmp_path: Path
) -> None:
    mine = tmp_path / SERVICE / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")

    done = fleet.run("fetch", WORKFLOW, "--output", str(tmp_path))

    assert done.returncode == 1
    assert "--output" in one_line(done)
    assert [path.name for path in mine.parent.iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("delivered")
def test_a_used_id_is_refused_after_its_workflow_has_ended(fleet: Any, request_file: str) -> None:
    done = fleet.run("submit", "--file", request_file, "--watch")

    assert done.returncode == 2
    assert WORKFLOW in one_line(done)


@pytest.mark.parametrize("words", [("up",), ("up", "--detach"), ("demo",)])
def test_a_second_fleet_is_refused_and_the_services_of_the_first_answer_still(
    fleet: Any,
    delivered: tuple[CompletedProcess[str], dict[str, Any]],
    words: tuple[str, ...],
) -> None:
    endpoint = task(delivered[1], "deployment")["evidence"]["endpoint"]
    assert health(endpoint) == 200

    done = fleet.run(*words)

    assert done.returncode == 1
    [line] = [each for each in done.stderr.splitlines() if each.startswith("flotilla: ")]
    assert "already runs" in line
    assert "flotilla down" in line
    assert health(endpoint) == 200
    assert fleet.place.status()["state"] == "ready"


def health(endpoint: str) -> int:
    with urllib.request.urlopen(f"{endpoint}/health", timeout=30) as answer:
        status: int = answer.status
        return status
