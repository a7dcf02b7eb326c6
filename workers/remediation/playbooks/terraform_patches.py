"""Proposed repairs of Terraform, which a person has to approve: access and networks. Pure."""

import re
from collections.abc import Iterator
from functools import partial

from workers.remediation.errors import Unrepairable
from workers.remediation.hcl import Argument, Block, objects
from workers.remediation.hcl_edit import removed
from workers.remediation.playbooks.buckets import BUCKET, POLICY, buckets
from workers.remediation.playbooks.case import Case, Files
from workers.remediation.playbooks.terraform_module import Resource, changed_at, resources, targets

# What a service usually does with its own resources, by the resource's kind.
_USUAL: dict[str, tuple[str, ...]] = {
    "aws_s3_bucket": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"),
    "aws_dynamodb_table": (
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:Query",
    ),
    "aws_sqs_queue": ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
    "aws_sns_topic": ("sns:Publish",),
    "aws_secretsmanager_secret": ("secretsmanager:GetSecretValue",),
}
_POLICIES = ("aws_iam_policy", "aws_iam_role_policy", "data.aws_iam_policy_document")
_NARROWED = ("action", "resource")
_DOCUMENT = re.compile(r"\bdata\.aws_iam_policy_document\.[\w-]+")
_STRINGS = re.compile(r'"([^"$\\]*)"')
_PLAIN = re.compile(r'\s*(?:"[^"$\\]*"|\[\s*(?:"[^"$\\]*"\s*(?:,\s*)?)*\])\s*')

# Wider than anybody's own network; private ones take their place (RFC 1918, RFC 4193).
_WIDE_V4 = re.compile(r'"[0-9.]+/[0-7]"')
_WIDE_V6 = re.compile(r'"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*/[0-7]"')
_RULES = ("aws_security_group_rule", "aws_vpc_security_group_ingress_rule")


def narrow_policy(case: Case) -> Files:
    """Wildcards give way to the usual actions on what the folder itself creates."""
    every = list(resources(case.files))
    own = [r for r in every if r.kind in _USUAL]
    found = targets(case, _POLICIES)
    read = " ".join(r.text[r.block.opened : r.block.closed] for r in found)
    documents = set(_DOCUMENT.findall(read))
    found += [r for r in every if r.address in documents]
    return changed_at(case.files, found, partial(_narrowed, own))


def close_ingress(case: Case) -> Files:
    """Ingress from everywhere becomes ingress from private networks, but for HTTPS."""
    return changed_at(case.files, targets(case, ("aws_security_group", *_RULES)), _closed)


def drop_bucket_policy(case: Case) -> Files:
    """The bucket has no policy of its own any more, so it grants nothing to everybody."""
    found = targets(case, (BUCKET,))
    policies = [r for r in found if r.kind == POLICY]
    files = changed_at(case.files, policies, removed)
    for bucket in buckets(case, [r for r in found if r.kind == BUCKET]):
        files = bucket.change(files, POLICY, removed)
    return files


def _narrowed(own: list[Resource], text: str, block: Block) -> str:
    places = [place for statement in _statements(text, block) for place in statement]
    for place in sorted(places, key=lambda found: found.value_start, reverse=True):
        value = text[place.value_start : place.value_end]
        if _PLAIN.fullmatch(value):
            narrower = _narrower(place.name.lower(), _STRINGS.findall(value), own)
            if narrower:
                text = text[: place.value_start] + narrower + text[place.value_end :]
    return text


def _statements(text: str, block: Block) -> Iterator[list[Argument]]:
    """The actions and resources of every statement that allows something."""
    bodies = [b for b in block.walk() if b.type == "statement"]
    for argument in (found for inner in block.walk() for found in inner.arguments):
        bodies += objects(text, argument.value_start, argument.value_end)
    for body in bodies:
        effect = body.argument("Effect") or body.argument("effect")
        if effect is None or text[effect.value_start : effect.value_end] == '"Allow"':
            yield [a for a in body.arguments if a.name.lower().rstrip("s") in _NARROWED]


def _narrower(name: str, values: list[str], own: list[Resource]) -> str | None:
    """The list that takes the place of one with wildcards; None when it has none."""
    if name.startswith("action"):
        wide = [v for v in values if v == "*" or v.endswith(":*")]
        found = [f'"{action}"' for value in wide for action in _usual(value, own)]
    else:
        wide = [v for v in values if v == "*"]
        found = [expression for resource in own for expression in _arns(resource)] if wide else []
    if not wide or (not found and not name.startswith("action")):
        return None
    if not found:
        raise Unrepairable("nothing in its folder says what the policy is meant to allow")
    kept = [f'"{value}"' for value in values if value not in wide]
    return f"[{', '.join(dict.fromkeys(kept + found))}]"


def _usual(wide: str, own: list[Resource]) -> list[str]:
    kinds = {resource.kind for resource in own} if wide == "*" else set(_USUAL)
    prefix = "" if wide == "*" else wide.removesuffix("*")
    return [
        action
        for kind, actions in _USUAL.items()
        if kind in kinds
        for action in actions
        if action.startswith(prefix)
    ]


def _arns(resource: Resource) -> list[str]:
    arn = f"{resource.address}.arn"
    return [arn, f'"${{{arn}}}/*"'] if resource.kind == "aws_s3_bucket" else [arn]


def _closed(text: str, block: Block) -> str:
    for found in sorted(_ranges(text, block), key=lambda found: found.value_start, reverse=True):
        value = text[found.value_start : found.value_end]
        narrow = _WIDE_V6.sub('"fd00::/8"', _WIDE_V4.sub('"10.0.0.0/8"', value))
        text = text[: found.value_start] + narrow + text[found.value_end :]
    return text


def _ranges(text: str, block: Block) -> Iterator[Argument]:
    """The arguments that say where traffic may come from, on ports other than 443."""
    for body in _ingresses(text, block):
        ports = [body.argument("from_port"), body.argument("to_port")]
        if [text[p.value_start : p.value_end] for p in ports if p] != ["443", "443"]:
            yield from (a for a in body.arguments if a.name.startswith(("cidr", "ipv6_cidr")))


def _ingresses(text: str, block: Block) -> Iterator[Block]:
    if block.labels[0] in _RULES:
        kind = block.argument("type")
        if kind is None or text[kind.value_start : kind.value_end] == '"ingress"':
            yield block
        return
    yield from (inner for inner in block.blocks if inner.type == "ingress")
    yield from (c for d in block.blocks if d.labels == ("ingress",) for c in d.blocks)
    if listed := block.argument("ingress"):
        yield from objects(text, listed.value_start, listed.value_end)
