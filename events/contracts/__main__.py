"""`python -m events.contracts` writes each event's JSON Schema to `schemas/exported/`.

It refuses, one line a change, to put an incompatible schema in the place of a committed one, and
writes nothing then. With `--check` it writes nothing at all, and exits with 1 when a file is stale
too.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from events.contracts.export import file_name, render
from events.contracts.gate import Folder, absences, refusals, stale, unroutable
from events.routes import ROUTES, Route
from schemas.base import Event
from schemas.catalog import EVENTS

PATH = Path("schemas/exported")


def main(
    arguments: Sequence[str] | None = None,
    *,
    events: Sequence[type[Event]] = EVENTS,
    routes: Sequence[Route] = ROUTES,
) -> int:
    """Write the schemas, or check the committed ones; 1 means stale or incompatible."""
    parser = argparse.ArgumentParser(prog="python -m events.contracts", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--path", type=Path, default=PATH, help=f"default: {PATH}")
    options = parser.parse_args(arguments)
    folder = Folder(options.path)
    refused = [*refusals(events, folder), *absences(events, folder), *unroutable(routes, folder)]
    outdated = stale(events, folder)
    if not options.check and not refused:
        _write(outdated, folder)
        return 0
    # What is refused is stale as well, and to write it anew would be the wrong mend.
    if not refused:
        refused = [_stale(event, folder) for event in outdated]
    for line in refused:
        print(line, file=sys.stderr)
    return 1 if refused else 0


def _write(events: Sequence[type[Event]], folder: Folder) -> None:
    folder.path.mkdir(parents=True, exist_ok=True)
    for event in events:
        path = folder.path / file_name(event.type, event.schema_version)
        path.write_text(render(event), encoding="utf-8")


def _stale(event: type[Event], folder: Folder) -> str:
    path = folder.path / file_name(event.type, event.schema_version)
    return f"{path} is stale: run python -m events.contracts"


if __name__ == "__main__":
    raise SystemExit(main())
