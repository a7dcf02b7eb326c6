"""`flotilla demo` with real processes: once in peace, once with every worker killed in mid-run."""

import hashlib
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import yaml

from events.routes import ROUTES

pytestmark = pytest.mark.process

AT_MOST = 240
EVENT = re.compile(r"^ *[\d.]+ s +([a-z]+\.[a-z]+)(?: +(t\d))?")


class Delivered:
    """What a demo left: its summary and its files."""

    def __init__(self, place: Any, process: Popen[str], said: list[str]) -> None:
        out, _ = process.communicate(timeout=AT_MOST)
        self.place, self.code, self.said = place, process.returncode, said
        assert self.code == 0, (out, said[-5:])
        self.summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        self.folder = Path(self.summary["output_dir"])

    def text(self, path: str) -> str:
        return (self.folder / path).read_text()

    def digests(self) -> dict[str, str]:
        """Every file but the report, which holds times."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.startswith("delivery-report")
        }


@pytest.fixture(scope="module")
def delivered(new_place: Callable[..., Any]) -> Delivered:
    place = new_place()
    process = place.start("demo", "--json")
    return Delivered(place, process, list(process.stderr))


@pytest.fixture(scope="module")
def survived(new_place: Callable[..., Any]) -> Delivered:
    """A demo in which every worker and the pipe were killed once, when they had work to do."""
    place = new_place(FLOTILLA_LEASE_SECONDS="3")
    process = place.start("demo", "--json")
    said: list[str] = []
    left = {route.name for route in ROUTES} | {"forwarder"}
    for line in process.stderr:
        said.append(line)
        for name in _due(line, left):
            left.discard(name)
            _kill(place, name)
    assert left == set()
    return Delivered(place, process, said)


def _due(line: str, left: set[str]) -> Iterator[str]:
    """The processes that will work on the event of a line; those that never will, at once."""
    found = EVENT.match(line)
    if found is None:
        return
    event, task = found.groups()
    for route in ROUTES:
        deploys = route.worker == "deployment"
        if route.name in left and route.event.type == event and deploys <= (task == "t4"):
            yield route.name
    if event == "workflow.created":
        yield from sorted(name for name in left if _idle(name))
    if event == "codegen.completed" and "forwarder" in left:
        yield "forwarder"


def _idle(name: str) -> bool:
    unheard = (
        "tests-failed",
        "task-failed",
        "deployment-failed",
        "anomaly",
        "remediation-",
        "migration-",
    )
    return any(f"-on-{event}" in name for event in unheard) or name.endswith("workflow-failed")


def _kill(place: Any, name: str) -> None:
    [pid] = [p["pid"] for p in place.status()["processes"] if p["name"] == name]
    os.kill(pid, signal.SIGKILL)


def test_the_summary_is_one_json_object_with_every_figure(delivered: Delivered) -> None:
    summary = delivered.summary
    assert summary["status"] == "completed"
    assert [task["task_id"] for task in summary["tasks"]] == ["t1", "t2", "t3", "t4", "t5"]
    assert {task["status"] for task in summary["tasks"]} == {"done"}
    assert summary["violations_found"] == summary["violations_repaired"] >= 3
    assert summary["tests"]["passed"] > 0
    assert summary["tests"]["failed"] == summary["tests"]["errors"] == 0
    assert summary["deployment"]["status"] == "success"
    assert summary["dead_letters"] == 0
    assert summary["events"] >= 20
    assert summary["duration_seconds"] > 0


def test_every_event_of_the_way_is_shown_as_it_passes(delivered: Delivered) -> None:
    shown = {found[1] for line in delivered.said if (found := EVENT.match(line))}
    assert shown >= {
        "workflow.requested",
        "workflow.created",
        "task.created",
        "codegen.completed",
        "policy.violated",
        "policy.validated",
        "tests.passed",
        "infra.provisioned",
        "deployment.completed",
        "health.verified",
        "workflow.completed",
    }


def test_the_public_bucket_was_closed_encrypted_and_tagged(delivered: Delivered) -> None:
    terraform = delivered.text("infra/terraform/modules/bucket_avatars/main.tf")
    assert "public-read" not in terraform
    assert re.search(r"block_public_acls\s*= true", terraform)
    assert "aws_s3_bucket_server_side_encryption_configuration" in terraform
    assert re.search(r"Owner\s*=", terraform)


def test_the_report_tells_of_every_repair_as_a_diff(delivered: Delivered) -> None:
    report = json.loads(delivered.text("delivery-report.json"))
    assert report["outcome"] == "completed"
    assert {repair["rule"] for repair in report["repairs"]} == {
        "no-public-s3-buckets",
        "required-tags",
        "s3-encryption-at-rest",
    }
    assert all(repair["diff"].startswith("--- a/") for repair in report["repairs"])
    assert {check["ok"] for check in report["health"]["checks"]} == {True}
    text = delivered.text("delivery-report.md")
    assert "```diff" in text
    assert "-  block_public_acls       = false" in text


def test_the_delivery_is_whole(delivered: Delivered) -> None:
    assert "```mermaid" in delivered.text("README.md")
    openapi = json.loads(delivered.text("docs/openapi.json"))
    assert {"/users", "/health"} <= set(openapi["paths"])
    for path in (".github/workflows/ci.yml", ".gitlab-ci.yml"):
        assert "pytest" in str(yaml.safe_load(delivered.text(path)))
    assert "USER" in delivered.text("Dockerfile")


def test_the_policy_has_nothing_more_to_object_to(delivered: Delivered) -> None:
    done = delivered.place.run("policy", "check", str(delivered.folder))
    assert done.returncode == 0, done.stdout


def test_nothing_is_left_running(delivered: Delivered) -> None:
    assert delivered.place.left() == []
    assert delivered.place.status() == {}


def test_a_killed_worker_is_replaced_and_the_workflow_completes(survived: Delivered) -> None:
    assert survived.summary["status"] == "completed"
    assert survived.summary["dead_letters"] == 0
    assert survived.place.left() == []


def test_nothing_is_made_twice_when_workers_are_killed(
    delivered: Delivered, survived: Delivered
) -> None:
    assert survived.digests() == delivered.digests()
    assert survived.summary["events"] == delivered.summary["events"]


def test_no_log_line_is_a_traceback(delivered: Delivered) -> None:
    for log in (delivered.place.home / "logs").glob("*.log"):
        assert "Traceback" not in log.read_text(), log
