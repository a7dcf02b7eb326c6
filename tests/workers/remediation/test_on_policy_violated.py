"""policy.violated: the story of a public bucket, and of what ends in a person's hands."""

import subprocess
from pathlib import Path

import pytest

from schemas.codegen import CodegenCompleted
from schemas.policy import PolicyViolated
from schemas.task import TaskFailed
from workers.bundle import Bundle, Manifest
from workers.ports import Reject
from workers.remediation.on_policy_violated import handle
from workers.testing import FakeArtifacts

MAIN = b"""\
resource "aws_s3_bucket" "avatars" {
  bucket = "avatars"
}

resource "aws_s3_bucket_acl" "avatars" {
  bucket = aws_s3_bucket.avatars.id
  acl    = "public-read"
}
"""
ROLE = b"""\
resource "aws_iam_role_policy" "task" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
"""
FILES = {"bucket/main.tf": MAIN, "iam/main.tf": ROLE, "README.md": b"# user-service\n"}
PUBLIC = {
    "severity": "critical",
    "rule": "no-public-s3-buckets",
    "message": "S3 bucket 'avatars' is publicly accessible",
    "remedy": "automated",
    "path": "bucket/main.tf",
    "resource": "aws_s3_bucket.avatars",
}
UNTAGGED = {**PUBLIC, "rule": "required-tags", "severity": "low", "message": "no tags"}
WILDCARD = {
    "severity": "critical",
    "rule": "no-wildcard-iam",
    "message": "the role may do anything",
    "remedy": "assisted",
    "path": "iam/main.tf",
    "resource": "aws_iam_role_policy.task",
}


async def test_a_public_bucket_comes_back_private_as_the_next_revision() -> None:
    artifacts, event = await _stored([PUBLIC, UNTAGGED])
    answer = await handle(event, artifacts)
    assert isinstance(answer, CodegenCompleted)
    assert (answer.revision, answer.made_by, answer.files) == (2, "remediation", 3)
    better = await artifacts.read(answer.artifact)
    assert b'acl    = "private"' in better.files["bucket/main.tf"]
    assert better.files["iam/main.tf"] == ROLE
    assert (better.manifest.revision, better.manifest.parent) == (2, event.artifact)
    assert [r.rule for r in better.manifest.repairs] == ["no-public-s3-buckets", "required-tags"]


async def test_the_second_delivery_makes_the_same_bundle() -> None:
    artifacts, event = await _stored([PUBLIC])
    assert await handle(event, artifacts) == await handle(event, artifacts)
    assert len(artifacts.packed) == 2


async def test_what_needs_approval_stops_the_task_with_a_patch_that_applies(
    tmp_path: Path,
) -> None:
    artifacts, event = await _stored([PUBLIC, WILDCARD])
    answer = await handle(event, artifacts)
    assert isinstance(answer, TaskFailed)
    assert answer.reason == (
        "1 violation needs a person: no-wildcard-iam in iam/main.tf (the role may do anything)"
    )
    assert len(artifacts.packed) == 1
    (proposal,) = answer.proposals
    assert proposal.kind == "assisted"
    assert proposal.patch is not None
    assert '"s3:GetObject"' in _applied(proposal.patch, tmp_path)


async def test_advice_that_does_not_block_stops_nothing() -> None:
    low = {**WILDCARD, "severity": "low"}
    artifacts, event = await _stored([PUBLIC, low])
    assert isinstance(await handle(event, artifacts), CodegenCompleted)


async def test_in_production_everything_blocks() -> None:
    low = {**WILDCARD, "severity": "low"}
    artifacts, event = await _stored([PUBLIC, low], environment="production")
    assert isinstance(await handle(event, artifacts), TaskFailed)


async def test_a_bundle_is_not_repaired_a_fourth_time() -> None:
    artifacts, event = await _stored([PUBLIC], revision=4)
    answer = await handle(event, artifacts)
    assert isinstance(answer, TaskFailed)
    assert (
        answer.reason == "after 3 rounds of repair the policy still objects: no-public-s3-buckets"
    )
    assert len(answer.proposals) == 1
    assert len(artifacts.packed) == 1


async def test_a_repair_that_does_not_convince_the_gate_ends_in_a_failure_not_a_loop() -> None:
    artifacts, event = await _stored([PUBLIC])
    first = await handle(event, artifacts)
    assert isinstance(first, CodegenCompleted)
    again = event.model_copy(update={"artifact": first.artifact, "revision": first.revision})
    second = await handle(again, artifacts)
    assert isinstance(second, TaskFailed)
    assert "changes nothing here" in second.proposals[0].advice


async def test_a_bundle_that_is_gone_is_rejected() -> None:
    _, event = await _stored([PUBLIC])
    with pytest.raises(Reject):
        await handle(event, FakeArtifacts())


def _applied(patch: str, folder: Path) -> str:
    (folder / "iam").mkdir()
    (folder / "iam/main.tf").write_bytes(ROLE)
    subprocess.run(["git", "apply"], cwd=folder, input=patch, text=True, check=True)
    return (folder / "iam/main.tf").read_text()


async def _stored(
    violations: list[dict[str, str]], revision: int = 1, environment: str = "staging"
) -> tuple[FakeArtifacts, PolicyViolated]:
    artifacts = FakeArtifacts()
    made = Manifest(service_name="user-service", part="infrastructure", revision=revision)
    event = PolicyViolated.model_validate(
        {
            "workflow_id": "w-1",
            "task_id": "infrastructure",
            "service_name": "user-service",
            "environment": environment,
            "part": "infrastructure",
            "artifact": await artifacts.write(Bundle(FILES, made)),
            "revision": revision,
            "violations": violations,
        }
    )
    return artifacts, event
