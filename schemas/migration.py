"""Pipelines of Jenkins become workflows of GitHub Actions: asked for, done or refused."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Event, Value
from schemas.identifiers import ArtifactKey, RelativePath, WorkflowId

Verdict = Literal["successful", "partial", "unsupported"]

# One line: it ends up behind `runs-on:`.
Runner = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
# Lines and columns are counted in it: nothing of it may be stripped.
Text = Annotated[str, StringConstraints(strip_whitespace=False)]

MOST_FILES = 2000


class SourceFile(Value):
    """A text file of a project or of a library, by where it lies in there."""

    path: RelativePath
    content: Text


Files = Annotated[tuple[SourceFile, ...], Field(max_length=MOST_FILES)]


class MigrationRequested(Event):
    """Somebody asks for pipelines of Jenkins as GitHub Actions. Open to any source.

    Among `files` and those of the bundle `artifact`, what holds a pipeline is found by name and
    content, as in a folder; files at the top that name versions of tools are read. The same holds
    for `library` and `library_artifact`: of two files with one path the one in the event counts.
    """

    type: ClassVar[str] = "migration.requested"

    workflow_id: WorkflowId | None = Field(
        default=None, description="given by the caller, or derived from the event's id"
    )
    requested_by: str = Field(default="unknown", max_length=200)
    files: Files = Field(default=(), description="pipelines, .tool-versions, pom.xml and the like")
    artifact: ArtifactKey | None = None
    library: Files = Field(default=(), description="vars/*.groovy of a shared library")
    library_artifact: ArtifactKey | None = None
    runners: dict[str, Runner] = Field(
        default={}, description="labels of Jenkins, or words of them, to runners of GitHub"
    )

    @model_validator(mode="after")
    def _says_something_once(self) -> "MigrationRequested":
        if not self.files and self.artifact is None:
            raise ValueError("give files or artifact")
        for files in (self.files, self.library):
            if len({each.path for each in files}) < len(files):
                raise ValueError("give each path once")
        return self


class Statements(Value):
    """How many statements ended how; each counts once, as its worst."""

    kept: int = Field(ge=0)
    changed: int = Field(ge=0)
    dropped: int = Field(ge=0)
    manual: int = Field(ge=0)


class MigratedFile(Value):
    """A pipeline and its workflow, a file of the artifact."""

    source: str
    workflow: str
    verdict: Verdict
    statements: Statements


class RefusedFile(Value):
    """A file that gave nothing, and why. Line and column count from 1; 0 is the whole file."""

    path: str
    reason: str
    line: int = Field(default=0, ge=0)
    column: int = Field(default=0, ge=0)


class ManualTask(Value):
    """What a person does before the first run; `line` is 0 when it is about the whole file."""

    source: str
    kind: str = Field(
        description="secret, environment, runner, workflow, action, value, decision and the like; "
        "or statement, for one that is left to a person"
    )
    name: str
    text: str
    line: int = Field(default=0, ge=0)


class MigrationCompleted(Event):
    """At least one workflow is in the artifact store, with the report on every statement."""

    type: ClassVar[str] = "migration.completed"

    workflow_id: WorkflowId
    requested_by: str = "unknown"
    verdict: Verdict = Field(
        description="successful: nothing refused, nothing left to a person; unsupported: nothing "
        "else came of any file"
    )
    statements: Statements
    files: tuple[MigratedFile, ...] = Field(min_length=1)
    refused: tuple[RefusedFile, ...] = ()
    tasks: tuple[ManualTask, ...] = ()
    more_tasks: int = Field(default=0, ge=0, description="how many more are in the report alone")
    artifact: ArtifactKey
    report: str = Field(description="the Markdown report in the artifact")
    report_json: str = Field(description="the same for programs")


class MigrationFailed(Event):
    """No workflow came of it; where it is about a place, that of the first file."""

    type: ClassVar[str] = "migration.failed"

    workflow_id: WorkflowId
    requested_by: str = "unknown"
    reason: str
    path: str | None = None
    line: int = Field(default=0, ge=0)
    column: int = Field(default=0, ge=0)
    refused: tuple[RefusedFile, ...] = ()
