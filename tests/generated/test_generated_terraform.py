"""Generated Terraform, as it is written and as the fleet repairs it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import hcl2
import pytest

from schemas.policy import Violation
from workers.adapters.detect_secrets import DetectSecrets
from workers.adapters.rego_wasm import RegoWasm
from workers.bundle import Bundle
from workers.policy.documents import read
from workers.ports import PolicyEngine
from workers.remediation.repair import Place, repaired

POLICIES = Path(__file__).parents[2] / "policies" / "bundle.wasm"
NONE = {"template": "rest-api", "database": "none"}
BUCKETS = [{"name": "avatars", "public": True}, {"name": "log-files"}]
OBJECTIONS = {"no-public-s3-buckets", "s3-encryption-at-rest", "required-tags"}
VARIANTS = pytest.mark.parametrize(
    "fields",
    [{"buckets": BUCKETS}, {**NONE, "buckets": [], "environment": "production"}],
    ids=["postgresql", "none"],
)

BundleOf = Callable[..., Bundle]
Written = Callable[[Bundle], Path]
Suite = Callable[[Path], CompletedProcess[str]]


async def violations(
    policies: PolicyEngine, bundle: Bundle, environment: str = "staging"
) -> tuple[Violation, ...]:
    reading = read(bundle.files)
    assert not reading.unreadable
    return await policies.evaluate(reading.documents, environment)


async def after_repair(policies: PolicyEngine, bundle: Bundle) -> Bundle:
    """The bundle after one round of the remediation worker."""
    place = Place("user-service", "staging", revision=2)
    done = repaired(bundle.files, await violations(policies, bundle), place)
    assert done.repairs and done.unrepaired == ()
    return replace(bundle, files={**bundle.files, **done.files})


@pytest.fixture(scope="session")
def policies(tmp_path_factory: pytest.TempPathFactory) -> PolicyEngine:
    """The committed policies in the embedded engine."""
    return RegoWasm(POLICIES, cache=tmp_path_factory.mktemp("policies"))


@pytest.fixture
def suite(run: Callable[..., CompletedProcess[str]], python: Path, terraform: Path) -> Suite:
    """Runs the bundle's own tests, with Terraform."""

    def ran(root: Path) -> CompletedProcess[str]:
        command = [python, "-m", "pytest", "-q", "-rs"]
        return run(*command, folder=root, TERRAFORM_PLUGIN_DIR=str(terraform))

    return ran


@VARIANTS
def test_every_file_parses(bundle: BundleOf, fields: dict[str, Any]) -> None:
    files = bundle("infrastructure", **fields).files
    modules = [content for path, content in files.items() if path.endswith(".tf")]
    assert modules
    for content in modules:
        hcl2.loads(content.decode())


async def test_policy_objects_to_the_buckets_and_to_nothing_else(
    bundle: BundleOf, policies: PolicyEngine
) -> None:
    found = await violations(policies, bundle("infrastructure", buckets=BUCKETS))
    assert {violation.rule for violation in found} == OBJECTIONS
    assert all("/bucket_" in (violation.path or "") for violation in found)
    public = [v.path for v in found if v.rule == "no-public-s3-buckets"]
    assert set(public) == {"infra/terraform/modules/bucket_avatars/main.tf"}


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
@pytest.mark.parametrize("fields", [{}, NONE], ids=["postgresql", "none"])
@pytest.mark.parametrize("part", ["service", "infrastructure", "delivery"])
async def test_policy_has_nothing_against_the_rest(
    bundle: BundleOf, policies: PolicyEngine, part: str, fields: dict[str, str], environment: str
) -> None:
    made = bundle(part, buckets=[], environment=environment, **fields)
    assert await violations(policies, made, environment) == ()
    assert await DetectSecrets().scan(made.files) == ()


async def test_the_fleet_repairs_what_policy_objects_to(
    bundle: BundleOf, policies: PolicyEngine
) -> None:
    made = await after_repair(policies, bundle("infrastructure", buckets=BUCKETS))
    assert await violations(policies, made) == ()


@pytest.mark.process
@VARIANTS
def test_terraform_finds_it_valid_as_generated(
    bundle: BundleOf, written: Written, suite: Suite, fields: dict[str, Any]
) -> None:
    answer = suite(written(bundle("infrastructure", **fields)))
    assert answer.returncode == 0, answer.stdout
    assert "skipped" not in answer.stdout


@pytest.mark.process
async def test_terraform_finds_it_valid_as_repaired(
    bundle: BundleOf, policies: PolicyEngine, written: Written, suite: Suite
) -> None:
    made = await after_repair(policies, bundle("infrastructure", buckets=BUCKETS))
    answer = suite(written(made))
    assert answer.returncode == 0, answer.stdout
    assert "skipped" not in answer.stdout
