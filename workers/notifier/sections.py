"""Sections of the Markdown report: what failed, what was repaired, what runs and how. Pure."""

from collections import Counter
from collections.abc import Iterator

from schemas.task import Proposal
from workers.notifier.escaping import block, code, facts, table, text
from workers.notifier.report import DeliveryReport, RepairReport

Section = Iterator[str]


def failure(report: DeliveryReport) -> Section:
    """Why it failed, and what a person can do about it."""
    if report.outcome == "completed":
        return
    yield "## Why it failed"
    yield block(report.reason or "unknown", "text")
    if report.missing:
        yield "Missing in the request:"
        yield "\n".join(f"- Field {code(name)}" for name in report.missing)
    if report.example:
        yield "A request that would work:"
        yield block(report.example, "text")
    if report.violations:
        yield "## Open violations"
        yield table(
            ("Task", "Rule", "Severity", "Where", "What"),
            [
                (
                    code(found.task_id),
                    code(found.violation.rule),
                    found.violation.severity,
                    code(found.violation.path or ""),
                    text(found.violation.message),
                )
                for found in report.violations
            ],
        )
    if report.proposals:
        yield "## Proposals"
        for proposal in report.proposals:
            yield from _proposal(proposal)


def repairs(report: DeliveryReport) -> Section:
    """Each violation that was repaired, with the change."""
    if not report.repairs:
        return
    yield "## Violations and their repairs"
    yield f"Found {report.violations_found}, repaired {report.violations_repaired}."
    # One change may mend several places that break a rule: it is shown once.
    places = Counter(map(_change, report.repairs))
    for repair in {_change(repair): repair for repair in report.repairs}.values():
        many = places[_change(repair)]
        yield f"### {code(repair.rule)} ({text(repair.severity)})"
        yield (
            f"In {code(repair.path)} of {code(repair.task_id)}, repaired in revision "
            f"{repair.revision}{f' ({many} places)' if many > 1 else ''}: {text(repair.message)}"
        )
        yield block(repair.diff, "diff")


def _change(repair: RepairReport) -> tuple[str, ...]:
    return (repair.task_id, repair.rule, repair.path, repair.message, repair.diff)


def deployment(report: DeliveryReport) -> Section:
    """The release and what it needs."""
    release = report.deployment
    if release is None:
        return
    took = release.duration_seconds
    rows = [
        ("Deployment", code(release.deployment_id or "")),
        ("Version", code(release.version or "")),
        ("Status", text(release.status or "")),
        ("Endpoint", code(release.endpoint or "")),
        ("Strategy", text(release.strategy or "")),
        ("Took", "" if took is None else f"{took:.1f} s"),
        ("Version before", code(release.previous_version or "")),
        ("Rolled back to", code(release.rolled_back_to or "")),
    ]
    yield "## Deployment"
    yield facts(rows)
    if release.resources:
        yield table(
            ("Resource", "Name", "Id"),
            [(text(r.type), code(r.name), code(r.id)) for r in release.resources],
        )


def health(report: DeliveryReport) -> Section:
    """What was seen from outside, beside what is promised."""
    seen = report.health
    if seen is None or not seen.checks:
        return
    yield "## Health"
    yield text(f"Attempt {seen.attempt}: {seen.summary or 'no summary'}")
    yield table(
        ("Check", "Result", "Latency", "Detail"),
        [
            (text(c.name), "ok" if c.ok else "**failed**", f"{c.latency_ms:.0f} ms", text(c.detail))
            for c in seen.checks
        ],
    )
    if level := seen.service_level:
        promised = level.p95_latency_objective_ms
        yield table(
            ("Objective", "Promised", "Measured"),
            [
                (
                    "Availability",
                    f"{level.availability_objective:.1%}",
                    f"{level.availability:.1%}",
                ),
                ("p95 latency", f"{promised:.0f} ms", f"{level.p95_latency_ms:.0f} ms"),
            ],
        )
    if seen.openapi:
        yield f"The running app's OpenAPI document: {code(seen.openapi)}"


def _proposal(proposal: Proposal) -> Section:
    where = f" in {code(proposal.path)}" if proposal.path else ""
    what = "apply after approval" if proposal.kind == "assisted" else "advice"
    yield f"### {code(proposal.rule)}{where} ({what})"
    yield f"Advice: {text(proposal.advice)}"
    if proposal.patch:
        yield block(proposal.patch, "diff")
