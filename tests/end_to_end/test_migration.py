"""Pipelines of Jenkins sent as a plain event to real processes: workflows lie in the store."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.bundle import Bundle, Manifest, artifact_key, pack, unpack

pytestmark = pytest.mark.process

ROUTE = "migration-on-migration-requested"
EXAMPLE = Path(__file__).parents[2] / "examples" / "migration.json"
BUCKET = "agent-artifacts-local"
PIPELINE = """@Library('tools') _
pipeline {
  agent { label 'big-linux' }
  tools { jdk 'default-jdk' }
  stages { stage('Build') { steps { compile('release') } } }
}
"""
LIBRARY = {"path": "vars/compile.groovy", "content": 'def call(kind) { sh "./compile.sh $kind" }'}


def stored(fleet: Any, key: str) -> Bundle:
    return unpack(fleet.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def told(fleet: Any, event_id: str) -> Any:
    """The notifier's own record, once it has told the person."""
    return fleet.until(lambda: fleet.done("notifier-on-migration-completed", event_id))


def test_a_plain_event_gives_workflows_in_the_store_and_the_asker_is_told(
    fleet: Any, ear: Any
) -> None:
    asked = {
        "workflow_id": "mig-plain",
        "requested_by": "ada",
        "files": [
            {"path": "api/Jenkinsfile", "content": PIPELINE},
            {"path": "old/Jenkinsfile", "content": "node {\n  sh 'x\n}"},
            {"path": ".tool-versions", "content": "java temurin-17.0.9\n"},
        ],
        "library": [LIBRARY],
        "runners": {"big-linux": "ubuntu-24.04"},
    }

    sent = fleet.put("me", "migration.requested", asked)

    [made] = fleet.until(lambda: ear.answers(sent))
    assert (made["type"], made["workflow_id"]) == ("migration.completed", "mig-plain")
    assert [(each["path"], each["line"]) for each in made["refused"]] == [("old/Jenkinsfile", 2)]
    files = stored(fleet, made["artifact"]).files
    [file] = made["files"]
    job = yaml.safe_load(files[file["workflow"]])["jobs"]["build"]
    assert job["runs-on"] == "ubuntu-24.04"
    assert job["steps"][-1]["run"] == "./compile.sh release"
    assert "api/Jenkinsfile" in files[made["report"]].decode()
    assert json.loads(files[made["report_json"]])["verdict"] == made["verdict"] == "partial"
    told(fleet, made["metadata"]["id"])
    log = (fleet.place.home / "logs" / "notifier-on-migration-completed.log").read_text()
    assert "[completed] mig-plain: migration partial: 1 workflow" in log


def test_a_file_that_is_refused_fails_with_its_place(fleet: Any, ear: Any) -> None:
    broken = {
        "files": [{"path": "Jenkinsfile", "content": "pipeline {\n  agent any\n  step {}\n}"}]
    }

    sent = fleet.put("me", "migration.requested", broken)

    [made] = fleet.until(lambda: ear.answers(sent))
    assert made["type"] == "migration.failed"
    assert made["workflow_id"].startswith("mig-")
    assert (made["path"], made["line"] > 0, made["column"] > 0) == ("Jenkinsfile", True, True)
    assert made["reason"]
    fleet.until(lambda: fleet.done("notifier-on-migration-failed", made["metadata"]["id"]))


def test_what_is_too_large_for_an_event_comes_as_a_bundle(fleet: Any, ear: Any) -> None:
    manifest = Manifest(service_name="anything", part="anything")
    steps = "".join(f"  sh 'echo {n} {'x' * 6000}'\n" for n in range(200))
    text = f"node {{\n{steps}}}\n"
    assert len(text) > 1024 * 1024
    packed = pack(Bundle({"Jenkinsfile": text.encode()}, manifest))
    key = artifact_key(packed)
    fleet.client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed)

    sent = fleet.put("me", "migration.requested", {"artifact": key})

    [made] = fleet.until(lambda: ear.answers(sent))
    assert made["type"] == "migration.completed"
    [file] = made["files"]
    assert "echo 199 x" in stored(fleet, made["artifact"]).files[file["workflow"]].decode()


def test_the_command_line_publishes_one_and_says_what_is_wrong_with_another(
    fleet: Any, ear: Any
) -> None:
    done = fleet.run("publish", "migration.requested", "--detail", f"@{EXAMPLE}")
    refused = fleet.run(
        "publish", "migration.requested", "--detail", '{"files": [{"path": "../x", "content": ""}]}'
    )

    assert done.returncode == 0, done.stderr
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "files.0.path" in refused.stderr

    def ended() -> list[dict[str, Any]]:
        ear.answers("anything")
        return [each for each in ear.heard if each.get("workflow_id") == "mig-example"]

    made = fleet.until(lambda: ended()[1:])[-1]
    assert (made["type"], made["verdict"]) == ("migration.completed", "successful")


def test_a_bundle_that_is_not_there_is_parked_with_the_reason(fleet: Any) -> None:
    missing = f"artifacts/{hashlib.sha256(b'nothing').hexdigest()}.tar.gz"

    fleet.put("me", "migration.requested", {"artifact": missing})

    [letter] = fleet.until(lambda: fleet.letters(ROUTE, "rejected"))
    assert missing in letter["reason"]


def test_a_verdict_that_a_stranger_forges_is_told_to_nobody(fleet: Any) -> None:
    forged = {"workflow_id": "mig-forged", "reason": "pay here"}

    fleet.put("me", "migration.failed", forged)

    def kept() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = fleet.letters("unrouted", "unrouted")
        return [each for each in found if "does not own migration.failed" in each["reason"]]

    fleet.until(kept)
