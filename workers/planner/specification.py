"""A draft and the request's parameters become a specification, or a refusal that says why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.identifiers import ServiceName
from schemas.service import Database, ServiceFields, Template
from schemas.workflow import WorkflowRequested
from workers.planner import nouns
from workers.planner.draft import Draft, Problem

EXAMPLE = (
    "Create a new microservice called user-service with REST API, PostgreSQL, "
    "a public bucket for avatars, and deploy to staging"
)
SUPPORTED = (
    "a Python service with a REST API (FastAPI), PostgreSQL or no database, and S3 buckets, "
    "deployed to dev, staging or production"
)
MISSING = "missing: "

_DATABASE_OF: dict[Template, Database] = {"rest-api": "none", "rest-api-postgres": "postgresql"}
_TEMPLATE_OF: dict[Database, Template] = {"none": "rest-api", "postgresql": "rest-api-postgres"}


@dataclass(frozen=True, slots=True)
class Specified:
    """A service that can be made, and what a reader should know about how it was read."""

    service: ServiceFields
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that can't be carried out; `missing` is what would have to be said."""

    reason: str
    missing: tuple[str, ...]
    service_name: ServiceName | None
    notes: tuple[str, ...]


def checked(event: WorkflowRequested, draft: Draft) -> Specified | Refused:
    """The specification of a request. What its parameters state wins over all that was read."""
    draft = _with_parameters(event, draft)
    reasons = _reasons(draft)
    if reasons or draft.service_name is None:
        return _refused(draft, reasons)
    database = draft.database or "postgresql"
    service = ServiceFields(
        service_name=draft.service_name,
        template=_TEMPLATE_OF[database],
        environment=draft.environment or "staging",
        database=database,
        resource=draft.resource or nouns.resource_of(draft.service_name) or "item",
        buckets=draft.buckets,
    )
    return Specified(service, (*draft.notes, *_defaults(draft, service), *_left_out(draft)))


def _with_parameters(event: WorkflowRequested, draft: Draft) -> Draft:
    given = event.parameters
    database = given.database or (_DATABASE_OF[event.template] if event.template else None)
    if event.template and given.database and _DATABASE_OF[event.template] != given.database:
        text = f"one answer about the database ({event.template} and {given.database} disagree)"
        draft = draft.against(Problem("database", "conflict", text))
        database = None
    overruled = (
        _overruled("service name", draft.service_name, given.service_name),
        _overruled("environment", draft.environment, given.environment),
        _overruled("database", draft.database, database),
    )
    settled = {
        "service_name": given.service_name,
        "environment": given.environment,
        "database": database,
        "buckets": given.buckets,
    }
    # Who gives the name in a parameter has said what is to be made.
    named = given.service_name is not None
    return replace(
        draft,
        service_name=given.service_name or draft.service_name,
        environment=given.environment or draft.environment,
        database=database or draft.database,
        resource=given.resource or draft.resource,
        buckets=given.buckets or draft.buckets,
        problems=tuple(
            problem
            for problem in draft.problems
            if not settled.get(problem.about)
            and not (named and (problem.about, problem.kind) == ("request", "missing"))
        ),
        notes=(*draft.notes, *(note for note in overruled if note)),
    )


def _overruled(what: str, said: str | None, given: str | None) -> str | None:
    if said is None or given is None or said == given:
        return None
    return f"{what}: the sentence says {said}, the parameters say {given}, which holds"


def _reasons(draft: Draft) -> list[str]:
    """Everything that stands against the request, the gravest first."""
    invalid = [problem.text for problem in draft.problems if problem.kind == "invalid"]
    reasons: list[str] = []
    if draft.unsupported:
        reasons.append(f"not supported: {', '.join(draft.unsupported)}; {SUPPORTED} is")
    if draft.unknown:
        asked = ", ".join(repr(phrase) for phrase in draft.unknown[:5])
        reasons.append(f"asked for, but not understood: {asked}; supported is {SUPPORTED}")
    reasons += invalid
    wanting = _wanting(draft.problems)
    if wanting:
        reasons.append(f"the request does not tell {', nor '.join(wanting)}")
    return reasons


def _wanting(problems: Sequence[Problem]) -> tuple[str, ...]:
    """What is missing or told twice; beside the point when no service is asked for at all."""
    if any((problem.about, problem.kind) == ("request", "invalid") for problem in problems):
        return ()
    return tuple(dict.fromkeys(p.text for p in problems if p.kind in ("missing", "conflict")))


def _refused(draft: Draft, reasons: Sequence[str]) -> Refused:
    missing = _wanting(draft.problems)
    reason = "; ".join(reasons) or "the request names no service"
    return Refused(
        reason=f"{reason}. An example: {EXAMPLE}",
        missing=missing,
        service_name=draft.service_name,
        notes=(*draft.notes, *_left_out(draft), *(MISSING + text for text in missing)),
    )


def _defaults(draft: Draft, service: ServiceFields) -> list[str]:
    notes = []
    if draft.environment is None:
        notes.append(f"environment not mentioned: {service.environment}")
    if draft.database is None:
        notes.append(f"database not mentioned: {service.database}")
    if draft.resource is None:
        notes.append(f"resource of the API read from the service's name: {service.resource}")
    return notes


def _left_out(draft: Draft) -> list[str]:
    shown = ", ".join(repr(phrase) for phrase in draft.left_out[:10])
    return [f"left out of the plan, as not understood: {shown}"] if shown else []
