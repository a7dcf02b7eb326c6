"""What the policy gate objects to as automated is what remediation mends, judged by the gate."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.codegen import CodegenCompleted
from schemas.identifiers import Environment
from schemas.policy import PolicyValidated, PolicyViolated, Violation
from schemas.service import Bucket
from schemas.task import TaskCreated, TaskFailed
from workers.adapters.rego_wasm import RegoWasm
from workers.bundle import Bundle, Manifest
from workers.codegen.rendering import render
from workers.policy import on_codegen_completed
from workers.ports import Context
from workers.remediation import on_policy_violated
from workers.testing import FakeArtifacts, FakePolicyAudit

POLICIES = Path(__file__).parents[3] / "policies/bundle.wasm"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
CONTEXT = Context("e-1", NOW, NOW + timedelta(seconds=30))

TERRAFORM = """\
resource "aws_s3_bucket" "old" {
  bucket = "old"
  acl    = var.acl
  grant {
    uri         = "http://acs.amazonaws.com/groups/global/AllUsers"
    permissions = ["READ"]
  }
}

resource "aws_s3_bucket" "many" {
  count = 2
}

resource "aws_s3_bucket_public_access_block" "elsewhere" {
  bucket = var.bucket
}

resource "aws_s3_bucket_acl" "elsewhere" {
  bucket = var.bucket
  acl    = "authenticated-read"
}

resource "aws_db_instance" "main" {
  instance_class      = "db.t4g.micro"
  publicly_accessible = true
}

resource "aws_redshift_cluster" "main" { node_type = "ra3.large" }

resource "aws_rds_cluster_instance" "main" {
  publicly_accessible = var.public
  tags                = { Owner = "data", Service = " " }
}

resource "aws_sqs_queue" "work" {
  tags = merge(local.tags, { Owner = "data" })
}

locals {
  tags = { Service = "user-service" }
}
"""
KUBERNETES = """\
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      securityContext: {runAsUser: 0}
      initContainers:
        - {name: migrate, image: "a:1", securityContext: {runAsUser: 0}}
      containers:
        - name: api
          image: a:1
          securityContext:
            privileged: true # for debugging
          resources: {limits: {cpu: 0}}
          livenessProbe: &probe
            httpGet: {path: /health, port: 8000}
          readinessProbe: *probe
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - image: a:1
            name: job
            resources:
"""
DOCKERFILE = """\
FROM python:3.12-slim AS build
USER app

FROM build
USER 0
HEALTHCHECK NONE
CMD ["python", "-m", "app"]
"""
WORKFLOW = """\
on: push
permissions:
  contents: write
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: write-all
    steps:
      - run: make test
"""
FILES = {
    "infra/main.tf": TERRAFORM,
    "deploy/k8s/api.yaml": KUBERNETES,
    "Dockerfile": DOCKERFILE,
    ".github/workflows/test.yml": WORKFLOW,
    ".github/workflows/bare.yml": WORKFLOW.replace("permissions:\n  contents: write\n", ""),
}


class NoSecrets:
    """Finds nothing."""

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]:
        return ()


@pytest.fixture(scope="module")
def engine() -> RegoWasm:
    return RegoWasm(POLICIES)


@pytest.mark.parametrize("environment", ["staging", "production"])
async def test_the_gate_takes_every_automated_repair(
    environment: Environment, engine: RegoWasm
) -> None:
    bundle = _bundle({path: text.encode() for path, text in FILES.items()})
    first, answer = await _until_settled(bundle, environment, engine)
    assert {v.remedy for v in first.violations} == {"automated"}
    assert {v.rule for v in first.violations} == {
        "no-public-s3-buckets",
        "s3-encryption-at-rest",
        "required-tags",
        "database-encrypted",
        "database-not-public",
        "database-backups",
        "run-as-non-root",
        "no-privileged-containers",
        "resource-limits",
        "non-root-user",
        "healthcheck-present",
        "least-privilege-permissions",
    }
    assert isinstance(answer, PolicyValidated), answer
    assert answer.violations == ()
    assert answer.revision == 2


async def test_a_public_bucket_as_codegen_makes_it_passes_after_one_round(
    engine: RegoWasm,
) -> None:
    task = TaskCreated(
        workflow_id="w-1",
        task_id="infrastructure",
        agent="codegen",
        service_name="user-service",
        part="infrastructure",
        buckets=(Bucket(name="avatars", public=True),),
    )
    first, answer = await _until_settled(render(task), "staging", engine)
    assert "no-public-s3-buckets" in {v.rule for v in first.violations}
    assert isinstance(answer, PolicyValidated), answer
    assert answer.revision == 2


async def _until_settled(
    bundle: Bundle, environment: Environment, engine: RegoWasm
) -> tuple[PolicyViolated, PolicyValidated | TaskFailed]:
    """The gate's first objection, and what becomes of the bundle between gate and repair."""
    artifacts = FakeArtifacts()
    event = CodegenCompleted(
        workflow_id="w-1",
        task_id="t-1",
        service_name="user-service",
        environment=environment,
        artifact=await artifacts.write(bundle),
        files=len(bundle.files),
    )
    first = await _judged(event, artifacts, engine)
    assert isinstance(first, PolicyViolated)
    verdict: PolicyViolated | PolicyValidated = first
    while isinstance(verdict, PolicyViolated):
        answer = await on_policy_violated.handle(verdict, artifacts)
        if isinstance(answer, TaskFailed):
            return first, answer
        verdict = await _judged(answer, artifacts, engine)
    return first, verdict


async def _judged(
    event: CodegenCompleted, artifacts: FakeArtifacts, engine: RegoWasm
) -> PolicyViolated | PolicyValidated:
    return await on_codegen_completed.handle(
        event, artifacts, engine, NoSecrets(), FakePolicyAudit(), CONTEXT
    )


def _bundle(files: dict[str, bytes]) -> Bundle:
    return Bundle(files, Manifest(service_name="user-service", part="service"))
