"""codegen.completed -> policy.validated | policy.violated"""

from schemas.codegen import CodegenCompleted
from schemas.policy import PolicyValidated, PolicyViolated
from workers.policy.decisions import audited, verdict
from workers.policy.judgement import judgement
from workers.ports import Artifacts, Context, PolicyAudit, PolicyEngine, SecretScanner


async def handle(
    event: CodegenCompleted,
    artifacts: Artifacts,
    engine: PolicyEngine,
    scanner: SecretScanner,
    audit: PolicyAudit,
    context: Context,
) -> PolicyValidated | PolicyViolated:
    """Judges the bundle, and writes down everything that there is to say against it."""
    bundle = await artifacts.read(event.artifact)
    violations = await judgement(bundle.files, event.environment, engine, scanner)
    await audit.record(audited(event, context, violations))
    judged = verdict(event, violations)
    if isinstance(judged, PolicyValidated):
        await artifacts.attest(event.artifact, "policy", event.environment)
    return judged
