"""What became of every statement of a source, so that nothing is lost in silence. Pure.

A statement may have several entries: one that is unrolled three times is kept three times.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from workers.migration.pipeline.nodes import Node, Span
from workers.migration.pipeline.walk import statements


class Verdict(StrEnum):
    """What became of a statement, from best to worst."""

    KEPT = "kept"
    CHANGED = "changed"
    DROPPED = "dropped"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of the statement at `span`; `note` says how, why, or what to do."""

    span: Span
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """Something that a person does once before the result runs.

    `kind` is secret, environment, runner, workflow, value or decision; `name` is what to create, to
    name or to look at.
    """

    kind: str
    name: str
    text: str


class Outcome(StrEnum):
    """How far a whole source came, as an audit counts it."""

    SUCCESSFUL = "successful"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries in document order, and the tasks that are left."""

    entries: tuple[Entry, ...]
    tasks: tuple[Task, ...] = ()

    def counts(self) -> dict[Verdict, int]:
        """How many statements ended how; one with several entries counts once, as its worst."""
        worst = self.worst()
        return {each: sum(1 for found in worst.values() if found is each) for each in Verdict}

    def worst(self) -> dict[Span, Verdict]:
        """The worst verdict on each statement."""
        order = list(Verdict)
        found: dict[Span, Verdict] = {}
        for entry in self.entries:
            before = found.get(entry.span, entry.verdict)
            found[entry.span] = max(before, entry.verdict, key=order.index)
        return found

    def outcome(self) -> Outcome:
        """Successful without anything left by hand; unsupported when nothing else came of it."""
        counts = self.counts()
        if not counts[Verdict.MANUAL]:
            return Outcome.SUCCESSFUL
        if counts[Verdict.KEPT] + counts[Verdict.CHANGED]:
            return Outcome.PARTIAL
        return Outcome.UNSUPPORTED


def unaccounted(pipeline: Node, ledger: Ledger) -> tuple[Span, ...]:
    """The statements of a pipeline that have no entry. Empty, or something was lost in silence."""
    known = {entry.span for entry in ledger.entries}
    return tuple(each.span for each in statements(pipeline) if each.span not in known)


def ordered(entries: Iterable[Entry], tasks: Iterable[Task] = ()) -> Ledger:
    """A ledger of these, in document order, each entry and each task once."""
    unique = dict.fromkeys(entries)
    in_order = sorted(unique, key=lambda entry: (entry.span.start, -entry.span.end))
    return Ledger(tuple(in_order), tuple(sorted(set(tasks))))


def by_hand(ledger: Ledger) -> Iterator[Entry]:
    """The entries that a person must act on."""
    return (entry for entry in ledger.entries if entry.verdict is Verdict.MANUAL)
