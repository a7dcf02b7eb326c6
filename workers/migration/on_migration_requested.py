"""migration.requested -> migration.completed | migration.failed"""

import asyncio

from schemas.migration import MigrationCompleted, MigrationFailed, MigrationRequested, SourceFile
from workers.bundle import BundleError
from workers.migration.batch import Failed, migrated
from workers.migration.request import Files, contents, work, workflow_id
from workers.migration.result import NOTHING, bundle, completed, failed
from workers.migration.summary import summed
from workers.ports import Artifacts, Context


async def handle(
    event: MigrationRequested, artifacts: Artifacts, context: Context
) -> MigrationCompleted | MigrationFailed:
    """Stores one bundle of workflows and reports; the same event stores the same bytes again."""
    name = workflow_id(event, context.event_id)
    files = await _files(event.files, event.artifact, artifacts)
    library = await _files(event.library, event.library_artifact, artifacts)
    found = await asyncio.to_thread(work, files, library, event.runners)
    # File by file in a thread: other messages are waiting, and a deadline can end it in between.
    results = [await asyncio.to_thread(migrated, each, found.given) for each in found.sources]
    summary = summed([*found.unread, *results])
    if not summary.migrated:
        first = next((each for each in results if isinstance(each, Failed)), NOTHING)
        return failed(name, event.requested_by, summary, first)
    try:
        made = await asyncio.to_thread(bundle, summary)
    except BundleError as error:
        too_large = Failed("", f"the result is too large: {error}")
        return failed(name, event.requested_by, summary, too_large)
    key = await artifacts.write(made)
    return completed(name, event.requested_by, summary, key)


async def _files(given: tuple[SourceFile, ...], key: str | None, artifacts: Artifacts) -> Files:
    stored = {} if key is None else (await artifacts.read(key)).files
    return {**stored, **contents(given)}
