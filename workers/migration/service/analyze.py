"""What a pipeline consists of, without a workflow of it."""

import asyncio
from typing import TypeVar

from pydantic import Field

from schemas.identifiers import RelativePath
from schemas.migration import ManualTask, RefusedFile, Statements, Text, Verdict
from workers.migration.batch import MOST_BYTES, refusal
from workers.migration.jenkinsfile.errors import Refused
from workers.migration.jenkinsfile.read import read
from workers.migration.job_config.job import read_job
from workers.migration.naming import workflow_name
from workers.migration.pipeline.agents import Agent
from workers.migration.pipeline.directives import (
    BuildParameter,
    EnvironmentVariable,
    Library,
    Tool,
    Trigger,
)
from workers.migration.pipeline.nodes import Node
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.service.messages import Message, MigrateRequest
from workers.migration.service.migrate import migration
from workers.migration.service.outline import StageOutline, outlines, words
from workers.redaction import redacted

NodeT = TypeVar("NodeT", bound=Node)


class AnalyzeRequest(Message):
    """One file: a Jenkinsfile, or the `config.xml` of a job."""

    path: RelativePath = "Jenkinsfile"
    content: Text = Field(max_length=MOST_BYTES)


class Analysis(Message):
    """The parts of a pipeline, in the words of its source, and how far a migration would come."""

    declarative: bool
    agents: tuple[str, ...] = ()
    stages: tuple[StageOutline, ...] = ()
    environment: tuple[str, ...] = Field(default=(), description="names, without their values")
    parameters: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    verdict: Verdict | None
    statements: Statements
    tasks: tuple[ManualTask, ...] = ()


async def analyze(request: AnalyzeRequest) -> Analysis | RefusedFile:
    """The refused file says where what is wrong with it stands."""
    return await asyncio.to_thread(_analyzed, request)


def _analyzed(request: AnalyzeRequest) -> Analysis | RefusedFile:
    content = request.content.encode()
    try:
        pipeline = _read(request.path, content)
    except Refused as error:
        said = refusal(request.path, error)
        return RefusedFile(
            path=said.path, reason=redacted(said.reason), line=said.line, column=said.column
        )
    # Under a name by which it is found for sure.
    path = "config.xml" if request.path.lower().endswith(".xml") else "Jenkinsfile"
    came = migration({path: content}, MigrateRequest.model_construct(files=()))
    return Analysis(
        declarative=pipeline.declarative,
        agents=_said(pipeline, Agent),
        stages=outlines(pipeline),
        environment=_names(pipeline),
        parameters=_said(pipeline, BuildParameter),
        triggers=_said(pipeline, Trigger),
        tools=_said(pipeline, Tool),
        libraries=tuple(dict.fromkeys(each.name for each in _all(pipeline, Library))),
        verdict=came.verdict,
        statements=came.statements,
        tasks=came.tasks,
    )


def _read(path: str, content: bytes) -> Pipeline:
    name = workflow_name(path)
    return (
        read_job(content, name).pipeline if path.lower().endswith(".xml") else read(content, name)
    )


def _names(pipeline: Pipeline) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in _all(pipeline, EnvironmentVariable)))


def _all(pipeline: Pipeline, kind: type[NodeT]) -> list[NodeT]:
    return [each for each in pipeline.nodes if isinstance(each, kind)]


def _said(pipeline: Pipeline, kind: type[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words(each, pipeline.source) for each in _all(pipeline, kind)))
