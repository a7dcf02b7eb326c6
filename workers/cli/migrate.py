"""`flotilla migrate`: pipelines of Jenkins to workflows, by files."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from workers.cli.migrate_explain import explain
from workers.cli.migrate_files import Draft, write
from workers.cli.migrate_processes import results
from workers.cli.migrate_progress import progress
from workers.cli.migrate_runners import runner_map
from workers.cli.migrate_sources import sources
from workers.cli.migrate_view import show
from workers.cli.output import ERR, USAGE, CommandError, emit, plain
from workers.migration.summary import Summary, as_tree, report, summed

REPORT = "migration-report.md"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a migration is asked to do. `report` is None for the default place."""

    source: Path
    output: Path
    _: KW_ONLY
    runner_map: Path | None = None
    report: Path | None = None
    explain: bool = False
    check: bool = False
    force: bool = False
    as_json: bool = False


def migrate(wish: Wish) -> bool:
    """Writes and shows what came of the source; True when that is what was asked for."""
    runners = runner_map(wish.runner_map)
    found, unread = sources(wish.source)
    with progress(len(found)) as advance:
        summary = summed([*unread, *results(found, runners, advance)])
    for each in summary.failed:
        ERR.print(plain(str(each)))
    writes = not (wish.check or wish.explain)
    page = _written(wish, summary) if writes else None
    _shown(wish, summary, page)
    return summary.lossless if wish.check else not summary.failed


def report_path(wish: Wish) -> Path:
    """Where the report goes: never into the folder in which GitHub looks for workflows."""
    if wish.report is not None:
        return wish.report
    folder = wish.output
    return (folder.parent if folder.name == "workflows" else folder) / REPORT


def _files(wish: Wish, summary: Summary) -> dict[str, Path]:
    """The file for each workflow, right in the output folder."""
    return {each.path: wish.output / f"{each.name}.yml" for each in summary.migrated}


def _written(wish: Wish, summary: Summary) -> Path:
    files = _files(wish, summary)
    page = report_path(wish)
    drafts = {files[each.path]: Draft(each.workflow, each.path) for each in summary.migrated}
    if page in drafts:
        raise CommandError(f"{page} is a workflow: name another file with --report", USAGE)
    said = report(summary, {path: str(file) for path, file in files.items()})
    # The report is of the last run, whatever that migrated.
    write({**drafts, page: Draft(said, REPORT)}, force=wish.force)
    return page


def _shown(wish: Wish, summary: Summary, page: Path | None) -> None:
    files = {path: str(file) for path, file in _files(wish, summary).items()}
    if wish.as_json:
        written = files if page else {}
        emit({**as_tree(summary, written), "report": str(page) if page else None})
        return
    if wish.explain:
        for each in summary.migrated:
            explain(each)
    show(summary, files, page)
