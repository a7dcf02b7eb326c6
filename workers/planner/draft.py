"""What was understood of a request, by the rules or by a model, before it is checked."""

from dataclasses import dataclass, replace
from typing import Literal

from schemas.identifiers import Environment
from schemas.service import Bucket, Database


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a field can't be filled: nothing said, two things said, or a thing that can't be."""

    about: Literal["request", "service_name", "environment", "database", "buckets"]
    kind: Literal["missing", "conflict", "invalid"]
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields that were found; None where nothing was said.

    `stated` names the fields that the request says in so many words: no other reading of it may
    change them. `unknown` are things asked for that nobody knows, `left_out` things only said.
    """

    service_name: str | None = None
    environment: Environment | None = None
    database: Database | None = None
    resource: str | None = None
    buckets: tuple[Bucket, ...] = ()
    stated: frozenset[str] = frozenset()
    unsupported: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def noted(self, note: str) -> "Draft":
        """The draft with one more thing that a reader of the report should know."""
        return replace(self, notes=(*self.notes, note))

    def against(self, problem: Problem) -> "Draft":
        """The draft with one more problem."""
        return replace(self, problems=(*self.problems, problem))
