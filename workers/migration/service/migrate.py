"""Files to workflows, for a request that waits for them."""

import asyncio
from collections.abc import Mapping

from schemas.migration import MigrationCompleted, SourceFile, Statements
from workers.bundle import BundleError
from workers.migration.batch import migrated
from workers.migration.ledger import Verdict
from workers.migration.request import Files, contents, work
from workers.migration.result import NOTHING, REPORT, bundle, completed, failed
from workers.migration.service.messages import MigrateRequest, Migration
from workers.migration.summary import Summary, summed
from workers.ports.remote import Refused

# What the event has besides, and an answer does not need: nothing is stored, and nobody waits.
_UNNAMED = "mig-service"
_UNSTORED = f"artifacts/{'0' * 64}.tar.gz"


async def migrate(request: MigrateRequest) -> Migration:
    """Raises Refused when no file holds a pipeline, or the result is too large."""
    return await asyncio.to_thread(migration, contents(request.files), request)


def migration(files: Files, request: MigrateRequest) -> Migration:
    """The same with files that come from elsewhere; it takes as long as it takes."""
    found = work(files, contents(request.library), request.runners)
    if not found.sources:
        raise Refused(NOTHING.reason, "give the pipeline under such a name")
    return answered(summed([*found.unread, *(migrated(x, found.given) for x in found.sources)]))


def answered(summary: Summary) -> Migration:
    """What came of the files, as an answer."""
    statements = Statements.model_validate(_numbers(summary.counts()))
    if not summary.migrated:
        refused = failed(_UNNAMED, "", summary, summary.failed[0]).refused
        return Migration(verdict=None, statements=statements, refused=refused)
    try:
        files = bundle(summary).files
    except BundleError as error:
        raise Refused(f"the result is too large: {error}", "migrate fewer files at once") from None
    told = _completed(summary)
    return Migration(
        verdict=told.verdict,
        statements=statements,
        workflows=told.files,
        refused=told.refused,
        tasks=told.tasks,
        more_tasks=told.more_tasks,
        files=tuple(SourceFile(path=path, content=x.decode()) for path, x in files.items()),
        report=files[REPORT].decode(),
    )


def _completed(summary: Summary) -> MigrationCompleted:
    # The event says the same, cut and without credentials as it has to be.
    return completed(_UNNAMED, "", summary, _UNSTORED)


def _numbers(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {each.value: number for each, number in counts.items()}
