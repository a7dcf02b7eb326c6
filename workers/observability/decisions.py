"""Whether a release is well: what it answered, against what is promised. Pure."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from schemas.anomaly import AnomalyDetected
from schemas.deployment import DeploymentCompleted
from schemas.health import HealthCheck, HealthVerified, ServiceLevel
from schemas.remediation import RemediationApplied
from workers.observability.exchange import Exchange

Release = DeploymentCompleted | RemediationApplied
Kind = Literal["unreachable", "unhealthy", "wrong_answers", "too_slow"]

# The requirements have latency and error rate validated after a deployment ("Data Flow &
# Orchestration", step 7) and leave the numbers open. 99 % of the some thirty requests of one look
# means that none may fail; half a second is what the requirements ask of the fleet's own fastest
# answers ("Performance Targets").
AVAILABILITY = 0.99
P95_LATENCY = timedelta(milliseconds=500)

_NAMED = 3


def verdict(release: Release, exchanges: Sequence[Exchange]) -> HealthVerified | AnomalyDetected:
    """Decide whether the release may stay. `exchanges` begins with the health check."""
    checks = health_checks(exchanges)
    level = service_level(exchanges)
    evidence = {
        **_identity(release),
        "checks": checks,
        "service_level": level,
        "attempt": _attempt(release),
    }
    kind = anomaly(exchanges, level)
    if kind is None:
        summary = f"{len(checks)} checks passed, {_measured(level)}"
        return HealthVerified.model_validate({**evidence, "summary": summary})
    return AnomalyDetected.model_validate(
        {
            **evidence,
            "kind": kind,
            "description": _description(checks, level),
            "previous_version": release.previous_version,
            "smoke": release.smoke,
        }
    )


def anomaly(exchanges: Sequence[Exchange], level: ServiceLevel) -> Kind | None:
    """What is wrong, the most fundamental first; None when nothing is."""
    health, *others = exchanges
    if health.status is None:
        return "unreachable"
    if not health.ok:
        return "unhealthy"
    failed = [e for e in others if not e.ok]
    if any(e.status is not None and e.status < 500 for e in failed):
        return "wrong_answers"
    if failed or level.availability < level.availability_objective:
        return "unhealthy"
    if level.p95_latency_ms > level.p95_latency_objective_ms:
        return "too_slow"
    return None


def service_level(exchanges: Sequence[Exchange]) -> ServiceLevel:
    """Availability over all requests, and the latency below which 95 % of the answers came."""
    answered = [e.elapsed for e in exchanges if e.status is not None]
    return ServiceLevel(
        availability=sum(e.ok for e in exchanges) / len(exchanges),
        availability_objective=AVAILABILITY,
        p95_latency_ms=_milliseconds(_p95(answered)),
        p95_latency_objective_ms=_milliseconds(P95_LATENCY),
    )


def health_checks(exchanges: Sequence[Exchange]) -> tuple[HealthCheck, ...]:
    """One check a name, in the order of their first exchange."""
    by_name: dict[str, list[Exchange]] = {}
    for done in exchanges:
        by_name.setdefault(done.name, []).append(done)
    return tuple(_check(name, alike) for name, alike in by_name.items())


def _check(name: str, alike: Sequence[Exchange]) -> HealthCheck:
    failed = [e for e in alike if not e.ok]
    counted = f"{len(alike) - len(failed)} of {len(alike)} succeeded" if len(alike) > 1 else ""
    said = [counted, failed[0].problem or ""] if failed else [counted or str(alike[0].status)]
    return HealthCheck(
        name=name,
        ok=not failed,
        detail="; ".join(filter(None, said)),
        latency_ms=_milliseconds(_p95([e.elapsed for e in alike])),
    )


def _p95(durations: Sequence[timedelta]) -> timedelta:
    """The nearest-rank percentile: a duration that was really measured."""
    if not durations:
        return timedelta()
    return sorted(durations)[math.ceil(0.95 * len(durations)) - 1]


def _milliseconds(duration: timedelta) -> float:
    return round(duration / timedelta(milliseconds=1), 3)


def _identity(release: Release) -> dict[str, Any]:
    shared = HealthVerified.model_fields.keys() & type(release).model_fields.keys() - {"attempt"}
    return {name: getattr(release, name) for name in shared}


def _attempt(release: Release) -> int:
    """A deployment is looked at for the first time, a remedy's effect for one time more."""
    return release.attempt + 1 if isinstance(release, RemediationApplied) else 1


def _measured(level: ServiceLevel) -> str:
    return (
        f"availability {level.availability:.1%} (objective {level.availability_objective:.0%}), "
        f"p95 {level.p95_latency_ms:.0f} ms (objective {level.p95_latency_objective_ms:.0f} ms)"
    )


def _description(checks: Sequence[HealthCheck], level: ServiceLevel) -> str:
    failed = [f"{c.name}: {c.detail}" for c in checks if not c.ok]
    if not failed:
        return _measured(level)
    rest = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return f"{len(failed)} of {len(checks)} checks failed: {'; '.join(failed[:_NAMED])}{rest}"
