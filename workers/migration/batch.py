"""One source to its workflow and its report: what every way in does with a file. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from workers.migration.actions.model import CompositeAction
from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.errors import InvalidPipeline, ParseError, Refused
from workers.migration.jenkinsfile.read import read
from workers.migration.job_config.errors import Elsewhere
from workers.migration.job_config.job import converted_job, read_job
from workers.migration.ledger import Ledger
from workers.migration.pipeline.pipeline import Pipeline

Lines: TypeAlias = tuple[int, int]

# Far more than any pipeline; what is larger is something else.
MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A file: where it lies as its user says it, the name of its workflow, and its bytes."""

    path: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Migrated:
    """A workflow's text and its ledger.

    `text` is what the ledger's places count in, `marks` the first and last line of the source
    that each step of the workflow stems from, in their order. `actions` are those of the
    repository itself that the workflow calls, by their names (`action_files` has their files).
    """

    path: str
    name: str
    workflow: str
    ledger: Ledger
    text: str
    marks: tuple[Lines | None, ...]
    actions: Mapping[str, CompositeAction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a file gave no workflow; `line` and `column` are 0 when it is not about a place."""

    path: str
    reason: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.path}{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Given:
    """What is known besides the files that are migrated; see `converted` for what each means."""

    runners: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, str] = field(default_factory=dict)
    library: Mapping[str, Pipeline] = field(default_factory=dict)
    scripts: Mapping[str, Pipeline] = field(default_factory=dict)


def migrated(source: Source, given: Given) -> Migrated | Failed:
    """The workflow of a file, or why there is none."""
    if len(source.content) > MOST_BYTES:
        return Failed(source.path, f"larger than {MOST_BYTES // 1024 // 1024} MiB: not a pipeline")
    try:
        conversion, text = _converted(source, given)
    except Refused as error:
        return refusal(source.path, error)
    return Migrated(
        source.path,
        source.name,
        rendered(conversion.workflow),
        conversion.ledger,
        text,
        _marks(conversion),
        conversion.actions,
    )


def refusal(path: str, error: Refused) -> Failed:
    """What is said of a file that is no pipeline; of several problems the first, and how many."""
    match error:
        case ParseError() | Elsewhere():
            return Failed(path, error.message, error.line, error.column)
        case InvalidPipeline():
            first, *others = error.problems
            more = f" (and {len(others)} more)" if others else ""
            return Failed(path, f"{first.message}{more}", first.line, first.column)
    return Failed(path, str(error))


def _converted(source: Source, given: Given) -> tuple[Conversion, str]:
    surroundings = (given.runners, given.project, given.library)
    if source.path.lower().endswith(".xml"):
        job = read_job(source.content, source.name)
        job = replace(job, pipeline=replace(job.pipeline, origin=source.path))
        return converted_job(job, *surroundings), job.pipeline.source
    pipeline = replace(read(source.content, source.name), origin=source.path)
    return converted(pipeline, *surroundings, given.scripts), pipeline.source


def _marks(conversion: Conversion) -> tuple[Lines | None, ...]:
    return tuple(
        (step.source.line, step.source.end_line) if step.source else None
        for job in conversion.workflow.jobs
        for step in job.steps
        if step.uses is not None or step.run is not None
    )
