"""The policy worker's story, on fakes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from schemas.codegen import CodegenCompleted
from schemas.policy import PolicyValidated, PolicyViolated, Violation
from workers.bundle import Bundle, Manifest
from workers.policy.on_codegen_completed import handle
from workers.ports import Context, Document
from workers.testing import FakeArtifacts, FakePolicyAudit

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context("event-1", NOW, NOW)
PUBLIC = Violation(severity="high", rule="no-public-s3-buckets", message="public", path="main.tf")


class FakeEngine:
    """Objects to every Terraform document, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str]] = []

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        self.asked.append(([document.kind for document in documents], environment))
        return (PUBLIC,) if any(d.kind == "terraform" for d in documents) else ()


class FakeScanner:
    """Objects to files that say so."""

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]:
        return tuple(
            Violation(severity="critical", rule="no-secrets", message="secret", path=path)
            for path, content in files.items()
            if content == b"secret"
        )


async def judged(
    files: Mapping[str, bytes], audit: FakePolicyAudit, engine: FakeEngine | None = None
) -> PolicyValidated | PolicyViolated:
    artifacts = FakeArtifacts()
    bundle = Bundle(files, Manifest(service_name="user-service", part="infrastructure"))
    event = CodegenCompleted(
        workflow_id="w-1",
        task_id="generate",
        service_name="user-service",
        artifact=await artifacts.write(bundle),
        files=len(files),
    )
    verdict = await handle(event, artifacts, engine or FakeEngine(), FakeScanner(), audit, CONTEXT)
    through = isinstance(verdict, PolicyValidated)
    expected = {"policy"} if through else set()
    assert await artifacts.attested(event.artifact, event.environment) == expected
    return verdict


async def test_everything_that_is_wrong_is_told_and_recorded_once() -> None:
    audit = FakePolicyAudit()
    files = {"main.tf": b"", "Dockerfile": b"NONSENSE", "a.txt": b"secret"}

    first = await judged(files, audit)
    again = await judged(files, audit)

    assert isinstance(first, PolicyViolated)
    assert first == again
    rules = ["no-secrets", "no-public-s3-buckets", "unreadable-document"]
    assert [violation.rule for violation in first.violations] == rules
    recorded = audit.violations.values()
    assert sorted(record.violation.rule for record in recorded) == sorted(rules)
    assert {record.timestamp for record in recorded} == {NOW}


async def test_a_bundle_without_fault_goes_on() -> None:
    audit, engine = FakePolicyAudit(), FakeEngine()

    answer = await judged({"Dockerfile": b"FROM a:1", "app.py": b"pass"}, audit, engine)

    assert answer.valid
    assert audit.violations == {}
    assert engine.asked == [(["dockerfile"], "staging")]
