"""How much of a model's reply is believed: nothing against the request's own words. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.service import Bucket
from workers.planner import nouns
from workers.planner.draft import Draft, Problem
from workers.planner.reply import BucketReply, PlanReply
from workers.planner.rules import BUCKET_LIMIT

_SAYINGS = 10


def question(request: str) -> str:
    """The request as a model is shown it: quoted, so that it can't end its own quotation."""
    quoted = json.dumps(request, ensure_ascii=False).replace("<", "\\u003c")
    return f"<request>\n{quoted}\n</request>"


def believed(reply: PlanReply, rules: Draft, request: str) -> Draft:
    """The draft of a model where it adds to what the rules found, and does not contradict it."""
    draft = replace(
        rules,
        notes=(),
        left_out=(),
        unknown=(),
        database=rules.database if "database" in rules.stated else reply.database,
        resource=_resource(reply) or rules.resource,
        buckets=_buckets(reply, rules),
        unsupported=_united(rules.unsupported, reply.unsupported),
    )
    return _with_missing(_with_environment(_with_name(draft, reply, request), reply), reply)


def _with_name(draft: Draft, reply: PlanReply, request: str) -> Draft:
    settled = {p.kind for p in draft.problems if p.about == "service_name"} - {"missing"}
    name = reply.service_name
    if "service_name" in draft.stated or settled or not name:
        return draft
    if not _is_said(name, request):
        return draft.noted(f"the model's service name {nouns.shown(name)} is not in the request")
    # What a request in other words or another language is about, the model can tell.
    read = ("service_name", "request")
    problems = tuple(p for p in draft.problems if p.about not in read or p.kind == "invalid")
    if nouns.is_name(name):
        draft = replace(draft, problems=problems, service_name=name)
        return draft.noted(f"service name read by the model: {name}")
    invalid = Problem("service_name", "invalid", nouns.name_problem("service name", name))
    return replace(draft, problems=(*problems, invalid), service_name=None)


def _is_said(name: str, request: str) -> bool:
    """Whether a name is made of the request's own words; "service" and the like may be added."""
    words = [word for word in re.split(r"[-_\s]+", name.lower()) if word]
    own = [word for word in words if word not in ("service", "api", "app", "backend")] or words
    return all(word in request.lower() for word in own)


def _with_environment(draft: Draft, reply: PlanReply) -> Draft:
    unsettled = any(problem.about == "environment" for problem in draft.problems)
    if "environment" in draft.stated or unsettled or reply.environment is None:
        return draft
    draft = replace(draft, environment=reply.environment)
    return draft.noted(f"environment read by the model: {reply.environment}")


def _with_missing(draft: Draft, reply: PlanReply) -> Draft:
    """What the model misses is a problem only where a service can't be named without it."""
    said = _sayings(reply.missing)
    if not said:
        return draft
    if draft.service_name is None:
        missing = tuple(Problem("request", "missing", text) for text in said)
        return replace(draft, problems=(*draft.problems, *missing))
    return draft.noted(f"the model would like to know: {', '.join(said)}")


def _resource(reply: PlanReply) -> str | None:
    return nouns.resource(re.split(r"[\s_-]+", reply.resource)) if reply.resource else None


def _buckets(reply: PlanReply, rules: Draft) -> tuple[Bucket, ...]:
    """The model's buckets, with the rules' word on the ones that both found."""
    if any(problem.about == "buckets" for problem in rules.problems) or not reply.buckets:
        return rules.buckets
    known: Mapping[str, Bucket] = {bucket.name: bucket for bucket in rules.buckets}
    made: dict[str, Bucket] = {}
    for said in reply.buckets:
        bucket = _bucket(said)
        if bucket is not None:
            made.setdefault(bucket.name, known.get(bucket.name, bucket))
    return tuple(made.values())[:BUCKET_LIMIT]


def _bucket(said: BucketReply) -> Bucket | None:
    name = nouns.slug(said.name[:200])
    return Bucket(name=name, public=said.public) if name else None


def _united(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    seen = {text.casefold(): text for text in (*reversed(_sayings(second)), *first)}
    return tuple(dict.fromkeys((*first, *(t for t in seen.values() if t not in first))))


def _sayings(texts: Iterable[str]) -> list[str]:
    """What a model says, fit for a message: one line each, not too long, not too many."""
    lines = [" ".join("".join(c if c.isprintable() else " " for c in t).split()) for t in texts]
    return [line[:120] for line in lines if line][:_SAYINGS]
