"""`flotilla migrate`: pipelines of Jenkins to workflows, by files."""

import os
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from workers.cli.migrate_explain import explain
from workers.cli.migrate_files import Draft, is_own, write
from workers.cli.migrate_known import libraries, loaded_scripts, parts, project
from workers.cli.migrate_processes import Known, results
from workers.cli.migrate_progress import progress
from workers.cli.migrate_runners import runner_map
from workers.cli.migrate_sources import sources
from workers.cli.migrate_view import show
from workers.cli.output import ERR, USAGE, CommandError, emit, plain
from workers.migration.action_files import action_files
from workers.migration.library import library
from workers.migration.loads import scripts
from workers.migration.summary import Summary, as_tree, report, summed

REPORT = "migration-report.md"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a migration is asked to do. `report` is None for the default place."""

    source: Path
    output: Path
    _: KW_ONLY
    runner_map: Path | None = None
    repo: Path | None = None
    library: tuple[Path, ...] = ()
    report: Path | None = None
    explain: bool = False
    check: bool = False
    force: bool = False
    as_json: bool = False


def migrate(wish: Wish) -> bool:
    """Writes and shows what came of the source; True when that is what was asked for."""
    files, unopened = libraries(wish.library)
    found, unread = sources(wish.source, parts(wish.library))
    loaded, missed = loaded_scripts(wish.repo, found)
    known = Known(runner_map(wish.runner_map), project(wish.repo), files, loaded)
    failed = [*unread, *unopened, *missed, *library(files).unread, *scripts(loaded).unread]
    with progress(len(found)) as advance:
        summary = summed([*failed, *results(found, known, advance)])
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
    return _beside(wish) / REPORT


def _beside(wish: Wish) -> Path:
    folder = wish.output
    return folder.parent if folder.name == "workflows" else folder


def _actions(wish: Wish, summary: Summary) -> dict[Path, Draft]:
    """The actions that the workflows call, but for those that a person has filled in."""
    made = action_files(each.actions for each in summary.migrated)
    drafts = {_beside(wish) / name: Draft(text, name) for name, text in made.items()}
    return {
        path: draft
        for path, draft in drafts.items()
        if wish.force or not os.path.lexists(path) or is_own(path, draft.origin)
    }


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
    others = {**_actions(wish, summary), page: Draft(said, REPORT)}
    write({**drafts, **others}, force=wish.force)
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
