"""The ledger as a report: Markdown for people, JSON for programs. Pure."""

import json
from collections.abc import Iterable, Iterator

from workers.migration.ledger import Entry, Ledger, Task, Verdict

_EXCERPT = 72


def as_json(ledger: Ledger, source: str, origin: str) -> str:
    """The report as JSON, with line and column of every entry."""
    report = {
        "origin": origin,
        "outcome": ledger.outcome(),
        "counts": ledger.counts(),
        "tasks": [
            {"kind": task.kind, "name": task.name, "text": task.text} for task in ledger.tasks
        ],
        "entries": [
            {
                "line": entry.span.line,
                "column": entry.span.column,
                "end_line": entry.span.end_line,
                "verdict": entry.verdict,
                "note": entry.note,
                "source": excerpt(entry, source),
            }
            for entry in ledger.entries
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_markdown(ledger: Ledger, source: str, origin: str) -> str:
    """The report as Markdown: the sums, what is left to do, then every statement by line."""
    return "\n".join(_report(ledger, source, origin)) + "\n"


def excerpt(entry: Entry, source: str) -> str:
    """The first line of a statement, cut where it is long."""
    line = (entry.span.text(source).strip().splitlines() or [""])[0].rstrip()
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


def _report(ledger: Ledger, source: str, origin: str) -> Iterator[str]:
    counts = ledger.counts()
    total = sum(counts.values())
    yield f"# Migration of {_cell(origin)}: {ledger.outcome()}"
    yield ""
    yield "| statements | " + " | ".join(Verdict) + " |"
    yield "| ---: | " + " | ".join("---:" for _ in Verdict) + " |"
    yield f"| {total} | " + " | ".join(str(counts[each]) for each in Verdict) + " |"
    if ledger.tasks:
        yield from ("", "## Before the first run", "")
        yield from _tasks(ledger.tasks)
    by_hand = [entry for entry in ledger.entries if entry.verdict is Verdict.MANUAL]
    if by_hand:
        yield from ("", "## To decide by hand", "")
        yield from (f"- [ ] line {e.span.line}: {_cell(e.note)}" for e in by_hand)
    yield from ("", "## Every statement", "", "| line | statement | became | note |")
    yield "| ---: | --- | --- | --- |"
    yield from (_row(entry, source) for entry in ledger.entries)


def _tasks(tasks: Iterable[Task]) -> Iterator[str]:
    return (f"- [ ] {task.kind} `{_cell(task.name)}`: {_cell(task.text)}" for task in tasks)


def _row(entry: Entry, source: str) -> str:
    said = excerpt(entry, source).replace("`", "'")
    return f"| {entry.span.line} | `{_cell(said)}` | {entry.verdict} | {_cell(entry.note)} |"


def _cell(text: str) -> str:
    # A bar would end the cell, and a bracket of HTML would be taken for a tag.
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
