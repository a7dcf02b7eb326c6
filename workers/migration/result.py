"""What came of a request: the files of its artifact, and the event that says so. Pure."""

import json
from collections.abc import Iterator, Mapping

from schemas.migration import (
    ManualTask,
    MigratedFile,
    MigrationCompleted,
    MigrationFailed,
    RefusedFile,
    Statements,
    Verdict,
)
from workers.bundle import Bundle, Manifest
from workers.migration.action_files import action_files
from workers.migration.batch import Failed, Migrated
from workers.migration.ledger import Outcome, by_hand
from workers.migration.ledger import Verdict as Became
from workers.migration.ledger_report import as_json
from workers.migration.summary import Summary, report
from workers.redaction import redacted

FOLDER = ".github"
WORKFLOWS = f"{FOLDER}/workflows"
REPORT = f"{FOLDER}/migration-report.md"
REPORT_JSON = f"{FOLDER}/migration-report.json"
NOTHING = Failed(
    "",
    "no pipeline in it: looked for Jenkinsfile, Jenkinsfile.*, *.jenkinsfile, *.groovy with a "
    "pipeline, config.xml",
)

# An event is to be read; the whole list stands in the report.
MOST_TASKS = 1000
_LONGEST = 500


def bundle(summary: Summary) -> Bundle:
    """The workflows, the actions that they call, and the report for people and for programs.

    Raises BundleError.
    """
    files = {path(each): each.workflow.encode() for each in summary.migrated}
    actions = action_files(each.actions for each in summary.migrated)
    said = report(summary, {each.path: path(each) for each in summary.migrated})
    reports = {REPORT: said.encode(), REPORT_JSON: _as_json(summary).encode()}
    manifest = Manifest(service_name="migration", part="migration", made_by="migration")
    own = {f"{FOLDER}/{name}": text.encode() for name, text in actions.items()}
    return Bundle({**files, **own, **reports}, manifest)


def completed(
    workflow_id: str, requested_by: str, summary: Summary, artifact: str
) -> MigrationCompleted:
    """The success of a request whose bundle is stored as `artifact`."""
    found = [task for each in summary.migrated for task in _tasks(each)]
    return MigrationCompleted(
        workflow_id=workflow_id,
        requested_by=requested_by,
        verdict=verdict(summary),
        statements=_statements(summary.counts()),
        files=tuple(_file(each) for each in summary.migrated),
        refused=_refused(summary),
        tasks=tuple(found[:MOST_TASKS]),
        more_tasks=max(0, len(found) - MOST_TASKS),
        artifact=artifact,
        report=REPORT,
        report_json=REPORT_JSON,
    )


def failed(workflow_id: str, requested_by: str, summary: Summary, first: Failed) -> MigrationFailed:
    """The failure of a request, and what it is said to be about first."""
    return MigrationFailed(
        workflow_id=workflow_id,
        requested_by=requested_by,
        reason=_said(first.reason),
        path=first.path or None,
        line=first.line,
        column=first.column,
        refused=_refused(summary),
    )


def verdict(summary: Summary) -> Verdict:
    """How far all files together came, as an audit counts it."""
    outcomes = {each.ledger.outcome() for each in summary.migrated}
    if outcomes == {Outcome.UNSUPPORTED}:
        return "unsupported"
    return "successful" if outcomes == {Outcome.SUCCESSFUL} and not summary.failed else "partial"


def path(migrated: Migrated) -> str:
    """Where the workflow of a file lies in the artifact."""
    return f"{WORKFLOWS}/{migrated.name}.yml"


def _file(each: Migrated) -> MigratedFile:
    return MigratedFile(
        source=each.path,
        workflow=path(each),
        verdict=each.ledger.outcome().value,
        statements=_statements(each.ledger.counts()),
    )


def _statements(counts: Mapping[Became, int]) -> Statements:
    return Statements.model_validate({each.value: number for each, number in counts.items()})


def _refused(summary: Summary) -> tuple[RefusedFile, ...]:
    return tuple(
        RefusedFile(path=x.path, reason=_said(x.reason), line=x.line, column=x.column)
        for x in summary.failed
    )


def _tasks(each: Migrated) -> Iterator[ManualTask]:
    for task in each.ledger.tasks:
        yield ManualTask(
            source=each.path, kind=task.kind, name=_said(task.name), text=_said(task.text)
        )
    for entry in by_hand(each.ledger):
        name = f"line {entry.span.line}"
        yield ManualTask(
            source=each.path,
            line=entry.span.line,
            kind="statement",
            name=name,
            text=_said(entry.note),
        )


def _said(text: str) -> str:
    """What goes on the bus, where many may read it."""
    plain = redacted(text)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _as_json(summary: Summary) -> str:
    tree = {
        "verdict": verdict(summary),
        "counts": summary.counts(),
        "files": [
            {"workflow": path(each), **json.loads(as_json(each.ledger, each.text, each.path))}
            for each in summary.migrated
        ],
        "refused": [_tree(each) for each in summary.failed],
    }
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _tree(each: Failed) -> dict[str, object]:
    return {"path": each.path, "line": each.line, "column": each.column, "reason": each.reason}
