"""What a workflow made, laid down in a folder: merged bundles, OpenAPI document, report."""
# ruff: noqa: PLC0415

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workers import ports
from workers.bundle import check_path
from workers.cli.output import CommandError
from workers.connections import Connections
from workers.settings import Settings
from workers.workflow import WorkflowState

OPENAPI = "docs/openapi.json"
REPORT = "delivery-report.json"

_PATIENCE_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.2


async def collect(
    state: WorkflowState, settings: Settings, connections: Connections
) -> Mapping[str, bytes]:
    """Every file of the delivery by its path in the folder."""
    from workers.adapters.s3 import S3Artifacts, S3Reports

    s3 = await connections.client("s3")
    bucket = settings.names.bucket("agent-artifacts")
    artifacts: ports.Artifacts = S3Artifacts(s3, bucket)
    files: dict[str, bytes] = {}
    for task in state.tasks:
        if task.artifact is not None:
            files |= (await artifacts.read(task.artifact)).files
    openapi = next(
        (t.evidence.get("openapi") for t in state.tasks if "openapi" in t.evidence), None
    )
    if openapi:
        files[OPENAPI] = (await artifacts.read(openapi)).files["openapi.json"]
    return files | dict(await S3Reports(s3, bucket).read(state.workflow_id))


async def reported(
    workflow_id: str, settings: Settings, connections: Connections
) -> Mapping[str, Any]:
    """The delivery report, which the notifier writes after the workflow has closed.

    Raises CommandError when it does not come.
    """
    from workers.adapters.s3 import S3Reports

    bucket = settings.names.bucket("agent-artifacts")
    reports = S3Reports(await connections.client("s3"), bucket)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                files = await reports.read(workflow_id)
                if REPORT in files:
                    found: Mapping[str, Any] = json.loads(files[REPORT])
                    return found
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise CommandError(
            f"{workflow_id} has ended without a delivery report; see `flotilla dlq list` and "
            f"{settings.home / 'logs'}"
        ) from None


def check_writable(folder: Path) -> None:
    """Raises CommandError when nothing can be written below the folder."""
    with _room_in(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"room")


def lay_down(files: Mapping[str, bytes], folder: Path) -> None:
    """Replaces the folder by these files, whole or not at all. Raises CommandError."""
    if folder.exists() and not (folder / REPORT).exists():
        raise CommandError(
            f"{folder} exists and holds no {REPORT}, so it is not replaced; "
            "move it away, or name another folder with --output"
        )
    with _room_in(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            fresh = Path(scratch) / "fresh"
            for path, content in files.items():
                target = fresh / check_path(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            fresh.rename(folder)


@contextmanager
def _room_in(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(
            f"{folder} can't be written ({error.strerror}): make room there, or name another "
            "folder with --output"
        ) from error
