"""What an engine gave for the rules' entrypoint -> violations. Pure.

An answer that is missing, or isn't violations, is a deny: a rule base that was not found, or was
changed under the fleet, must not look like one that has nothing to object to.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.policy import Violation
from workers.ports import Document

PACKAGE = "flotilla"
RULE = "violations"
MISSING = object()

_LENGTH = 400
_VIOLATIONS = TypeAdapter(tuple[Violation, ...])


def question(documents: Sequence[Document], environment: str) -> dict[str, Any]:
    """The input of the rules."""
    return {
        "environment": environment,
        "documents": [
            {"kind": document.kind, "path": document.path, "content": document.content}
            for document in documents
        ],
    }


def violations(result: object) -> tuple[Violation, ...]:
    """The violations in a result, in order; one that says so when there is no result."""
    if result is MISSING:
        return (deny(f"the policies have no {PACKAGE}.{RULE}"),)
    try:
        return ordered(_bounded(found) for found in _VIOLATIONS.validate_python(result))
    except ValidationError as error:
        return (deny(f"the policies answered with something else, {error.error_count()} problems"),)


def _bounded(violation: Violation) -> Violation:
    """The violation with text that a terminal may show and an event can carry.

    Names in it come from the files that are judged, so they may be of any length, and control
    characters.
    """
    return violation.model_copy(
        update={
            "message": _shown(violation.message),
            "resource": violation.resource and _shown(violation.resource),
        }
    )


def _shown(text: str) -> str:
    cut = text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut
    )


def deny(reason: str) -> Violation:
    """The violation that stands for a missing judgement."""
    return Violation(
        severity="critical",
        rule="policy-missing",
        message=f"policy missing: {reason}, so nothing was judged",
    )


def ordered(found: Iterable[Violation]) -> tuple[Violation, ...]:
    """By path, rule and message, then resource."""
    return tuple(
        sorted(found, key=lambda v: (v.path or "", v.rule, v.message, v.resource or "", v.severity))
    )
