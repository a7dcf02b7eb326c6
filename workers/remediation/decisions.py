"""What the remediation worker answers: to violations by repair, to anomalies by measures. Pure."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from schemas.anomaly import AnomalyDetected
from schemas.codegen import CodegenCompleted
from schemas.policy import BLOCKING, PolicyViolated, Violation
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import Proposal, TaskFailed
from workers.bundle import Bundle, Manifest, Repair

# A bundle is repaired at most this often. What is then still wrong, repairs don't reach.
MAX_ROUNDS = 3
MAX_RESTARTS = 2

# More than a person reads, and few enough that the event stays far below what EventBridge takes.
_PROPOSALS = 20
_NAMED = 5

Measure: TypeAlias = Literal["restart", "rollback"]


def blocking(event: PolicyViolated) -> tuple[Violation, ...]:
    """The violations that stop the bundle: by the shared table, or all if it names none."""
    severities = BLOCKING[event.environment]
    return tuple(v for v in event.violations if v.severity in severities) or event.violations


def is_last_round(event: PolicyViolated) -> bool:
    """Whether the bundle has been repaired as often as it may be."""
    return event.revision > MAX_ROUNDS


def gave_up(event: PolicyViolated, proposals: Sequence[Proposal]) -> TaskFailed:
    """The failure of a bundle that still breaks rules after its last round."""
    open_rules = _listed([v.rule for v in blocking(event)])
    reason = f"after {MAX_ROUNDS} rounds of repair the policy still objects: {open_rules}"
    return _failed(event, reason, proposals)


def needs_a_person(
    event: PolicyViolated, unrepaired: Sequence[tuple[Violation, Proposal]]
) -> TaskFailed | None:
    """The failure of a bundle with blocking violations that were not repaired; None without."""
    blocks = blocking(event)
    stopping = [(v, proposal) for v, proposal in unrepaired if v in blocks]
    if not stopping:
        return None
    named = _listed([f"{v.rule} in {v.path or 'the bundle'} ({v.message})" for v, _ in stopping])
    count = "1 violation needs" if len(stopping) == 1 else f"{len(stopping)} violations need"
    return _failed(event, f"{count} a person: {named}", [proposal for _, proposal in stopping])


def manifest(bundle: Bundle, event: PolicyViolated, repairs: Sequence[Repair]) -> Manifest:
    """The manifest of the next revision: what was made from what, and why."""
    before = bundle.manifest
    return before.model_copy(
        update={
            "revision": before.revision + 1,
            "parent": event.artifact,
            "made_by": "remediation",
            "repairs": (*before.repairs, *repairs),
        }
    )


def completed(event: PolicyViolated, artifact: str, files: int) -> CodegenCompleted:
    """The next revision, on its way back to the gate."""
    return CodegenCompleted(
        workflow_id=event.workflow_id,
        task_id=event.task_id,
        service_name=event.service_name,
        environment=event.environment,
        part=event.part,
        artifact=artifact,
        iteration=event.iteration,
        revision=event.revision + 1,
        origin=event.origin,
        files=files,
        made_by="remediation",
    )


def measures(event: AnomalyDetected) -> tuple[Measure, ...]:
    """What to try, in this order. A restart mends a process, not an answer that is wrong."""
    tried: list[Measure] = []
    if event.kind in ("unreachable", "unhealthy") and event.attempt <= MAX_RESTARTS:
        tried.append("restart")
    if event.previous_version is not None:
        tried.append("rollback")
    return tuple(tried)


def applied(event: AnomalyDetected, measure: Measure, *, endpoint: str) -> RemediationApplied:
    """The measure that worked. What both events say is carried over from the anomaly."""
    names = RemediationApplied.model_fields.keys() & AnomalyDetected.model_fields.keys()
    carried = {name: getattr(event, name) for name in names}
    done = {
        "restart": f"restarted {event.version} (attempt {event.attempt})",
        "rollback": f"rolled back from {event.version} to {event.previous_version}",
    }
    detail = f"{done[measure]}: {event.description}"
    return RemediationApplied.model_validate(
        carried | {"action": measure, "endpoint": endpoint, "detail": detail}
    )


def proposed(event: AnomalyDetected, failures: Sequence[str]) -> RemediationProposed:
    """What a person should look at, when no measure is left."""
    tried = "; ".join(failures) or "no measure is left that the fleet may take by itself"
    names = RemediationProposed.model_fields.keys() & AnomalyDetected.model_fields.keys()
    return RemediationProposed.model_validate(
        {name: getattr(event, name) for name in names}
        | {
            "reason": f"{event.service_name} {event.version}: {event.description}; {tried}",
            "proposals": [
                Proposal(kind="advisory", rule=f"release-{event.kind.replace('_', '-')}", advice=a)
                for a in _advice(event)
            ],
        }
    )


def _advice(event: AnomalyDetected) -> list[str]:
    """Where to look first, from the evidence."""
    look = {
        "unreachable": "Look at the release's log for why it does not listen, and whether its "
        "port and environment are right.",
        "unhealthy": "Look at what /health reports: most often a database or a setting is missing.",
        "wrong_answers": "Replay the failed requests against the version under test and compare.",
        "too_slow": "Profile the slowest request, then its queries; more instances help only "
        "when processors are busy.",
    }
    found = [
        f"Check {c.name!r} failed: {c.detail or 'no detail'}." for c in event.checks if not c.ok
    ]
    level = event.service_level
    if level.availability < level.availability_objective:
        found.append(
            f"Availability was {level.availability:.1%}, "
            f"promised {level.availability_objective:.1%}."
        )
    if level.p95_latency_ms > level.p95_latency_objective_ms:
        found.append(
            f"95% of requests took up to {level.p95_latency_ms:.0f} ms, "
            f"promised {level.p95_latency_objective_ms:.0f} ms."
        )
    return [look[event.kind], *found]


def _failed(event: PolicyViolated, reason: str, proposals: Sequence[Proposal]) -> TaskFailed:
    return TaskFailed(
        workflow_id=event.workflow_id,
        task_id=event.task_id,
        agent="remediation",
        reason=reason,
        service_name=event.service_name,
        iteration=event.iteration,
        origin=event.origin,
        violations=event.violations,
        proposals=tuple(proposals[:_PROPOSALS]),
    )


def _listed(words: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(words))
    rest = len(distinct) - _NAMED
    return "; ".join(distinct[:_NAMED]) + (f"; and {rest} more" if rest > 0 else "")
