"""What became of many files: their sums, one report, and the same for programs. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.migration.batch import Failed, Migrated
from workers.migration.ledger import Outcome, Task, Verdict
from workers.migration.ledger_report import as_markdown

# What one repository has for all of its workflows; other tasks are about one file.
_SHARED = frozenset({"environment", "runner", "secret"})
_LOSS = (Verdict.DROPPED, Verdict.MANUAL)


@dataclass(frozen=True, slots=True)
class Summary:
    """The files of one run, each group in the order of their paths."""

    migrated: tuple[Migrated, ...]
    failed: tuple[Failed, ...]

    @property
    def lossless(self) -> bool:
        """Whether every statement of every file is kept or changed."""
        counts = self.counts()
        return not self.failed and not any(counts[each] for each in _LOSS)

    def counts(self) -> dict[Verdict, int]:
        """How many statements of all files ended how."""
        sums: Counter[Verdict] = Counter()
        for each in self.migrated:
            sums.update(each.ledger.counts())
        return {each: sums[each] for each in Verdict}

    def outcomes(self) -> dict[Outcome, int]:
        """How many files came how far."""
        sums = Counter(each.ledger.outcome() for each in self.migrated)
        return {each: sums[each] for each in Outcome}

    def tasks(self) -> tuple[Task, ...]:
        """What the repository needs, each thing once however many files need it."""
        found = {task for each in self.migrated for task in each.ledger.tasks}
        return tuple(sorted(task for task in found if task.kind in _SHARED))


def summed(results: Sequence[Migrated | Failed]) -> Summary:
    """The summary of results in any order."""
    return Summary(
        tuple(sorted((x for x in results if isinstance(x, Migrated)), key=lambda x: x.path)),
        tuple(sorted((x for x in results if isinstance(x, Failed)), key=lambda x: x.path)),
    )


def sentence(summary: Summary) -> str:
    """The sums in one line."""
    total = len(summary.migrated) + len(summary.failed)
    outcomes = ", ".join(f"{number} {each}" for each, number in summary.outcomes().items())
    failed = f"; {len(summary.failed)} not converted" if summary.failed else ""
    statements = ", ".join(f"{number} {each}" for each, number in summary.counts().items())
    noun = "file" if total == 1 else "files"
    return f"{total} {noun}: {outcomes}{failed}. Statements: {statements}."


def as_tree(summary: Summary, files: dict[str, str]) -> dict[str, object]:
    """The summary for programs. `files` has the workflow's file by the source's path."""
    return {
        "files": [_file(each, files.get(each.path)) for each in summary.migrated],
        "failed": [
            {"source": x.path, "line": x.line, "column": x.column, "reason": x.reason}
            for x in summary.failed
        ],
        "outcomes": summary.outcomes(),
        "counts": summary.counts(),
        "lossless": summary.lossless,
    }


def report(summary: Summary, files: dict[str, str]) -> str:
    """All ledgers as one page of Markdown."""
    return "\n".join(_page(summary, files)).rstrip("\n") + "\n"


def _file(each: Migrated, file: str | None) -> dict[str, object]:
    ledger = each.ledger
    return {
        "source": each.path,
        "workflow": file,
        "outcome": ledger.outcome(),
        "counts": ledger.counts(),
        "tasks": [{"kind": x.kind, "name": x.name, "text": x.text} for x in ledger.tasks],
        "losses": [
            {"line": x.span.line, "column": x.span.column, "verdict": x.verdict, "note": x.note}
            for x in ledger.entries
            if x.verdict in _LOSS
        ],
    }


def _page(summary: Summary, files: dict[str, str]) -> Iterator[str]:
    yield from ("# Migration report", "", sentence(summary), "")
    if summary.failed:
        yield from ("## Not converted", "")
        yield from (f"- {_inert(str(each))}" for each in summary.failed)
        yield ""
    if len(summary.migrated) > 1:
        yield from _table(summary, files)
        yield from _all_tasks(summary)
    for each in summary.migrated:
        for line in as_markdown(each.ledger, each.text, each.path).splitlines():
            # One page has one title.
            yield f"#{line}" if line.startswith("#") else line
        yield ""


def _table(summary: Summary, files: dict[str, str]) -> Iterator[str]:
    yield from ("## Files", "")
    yield "| source | workflow | outcome | " + " | ".join(Verdict) + " |"
    yield "| --- | --- | --- | " + " | ".join("---:" for _ in Verdict) + " |"
    for each in summary.migrated:
        counts = each.ledger.counts()
        numbers = " | ".join(str(counts[verdict]) for verdict in Verdict)
        file = _inert(files.get(each.path, each.name))
        yield f"| {_inert(each.path)} | {file} | {each.ledger.outcome()} | {numbers} |"
    yield ""


def _all_tasks(summary: Summary) -> Iterator[str]:
    tasks = summary.tasks()
    if tasks:
        yield from ("## What the repository needs, for all files", "")
        yield from (f"- [ ] {x.kind} `{_inert(x.name)}`: {_inert(x.text)}" for x in tasks)
        yield ""


def _inert(text: str) -> str:
    """Text that starts no cell and no tag, on one line."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
