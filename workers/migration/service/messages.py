"""What goes in and out of the service's functions, besides what each has for itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.migration import (
    Files,
    ManualTask,
    MigratedFile,
    RefusedFile,
    Runner,
    SourceFile,
    Statements,
    Verdict,
)
from workers.ports.remote import Kind, RemoteError

JobName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\\]{1,1000}$")]
RepositoryName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$")
]


class Message(BaseModel):
    """A request or an answer: frozen, and with no field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MigrateRequest(Message):
    """Files of a project, looked through as a folder is, and what is known besides them."""

    files: Files = Field(min_length=1)
    library: Files = ()
    runners: dict[str, Runner] = Field(default={})


class Migration(Message):
    """What came of the files. `files` are the workflows and the reports, by where they belong."""

    verdict: Verdict | None = Field(description="null when no file gave a workflow")
    statements: Statements
    workflows: tuple[MigratedFile, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    tasks: tuple[ManualTask, ...] = ()
    more_tasks: int = 0
    files: tuple[SourceFile, ...] = ()
    report: str = Field(default="", description="the report for people, in Markdown")


class Problem(Message):
    """Why a server did not do what it was asked, and what helps; neither holds a token."""

    kind: Kind
    reason: str
    mend: str


def problem(error: RemoteError) -> Problem:
    """The same as a message."""
    return Problem(kind=error.kind, reason=error.reason, mend=error.mend)
