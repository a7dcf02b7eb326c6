"""What is asked of a Jenkins server besides migrations: whether it answers, its jobs, a new one."""

import asyncio
from typing import Literal
from xml.sax.saxutils import escape

from pydantic import Field, model_validator

from schemas.migration import Text
from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.job_config.elements import elements
from workers.migration.job_config.job import MULTIBRANCH
from workers.migration.job_config.xml_text import xml_text
from workers.migration.service.messages import JobName, Message, Problem, problem
from workers.ports.jenkins_server import JenkinsJob, JenkinsServer
from workers.ports.remote import Refused, RemoteError

JobKind = Literal["folder", "multibranch", "pipeline", "freestyle", "matrix", "maven", "other"]

_KINDS: dict[str, JobKind] = {
    "WorkflowJob": "pipeline",
    "FreeStyleProject": "freestyle",
    "MatrixProject": "matrix",
    "MavenModuleSet": "maven",
    "Folder": "folder",
}
_MULTIBRANCH = frozenset({each.rsplit(".", 1)[-1] for each in MULTIBRANCH})
_LONGEST = 1024 * 1024
_JOB = """<?xml version='1.1' encoding='UTF-8'?>
<flow-definition plugin="workflow-job">
  <description>{description}</description>
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps">
    <script>{script}</script>
    <sandbox>true</sandbox>
  </definition>
</flow-definition>
"""


class JenkinsConnection(Message):
    """Whether a server answers and knows the user; if not, why, and what helps."""

    connected: bool
    user: str = ""
    version: str = ""
    problem: Problem | None = None


class Job(Message):
    """An item of the server; `folder` is the name of what it is in."""

    name: str = Field(description="the full name, as FOLDER/NAME")
    folder: str
    kind: JobKind
    url: str
    disabled: bool
    migrates: bool = Field(description="whether a migration of it may give a workflow")


class ListJobsRequest(Message):
    """Which jobs: all, or those in one folder however deep."""

    folder: JobName | None = None


class JobList(Message):
    """Jobs in the order of their names."""

    jobs: tuple[Job, ...]


class CreateJobRequest(Message):
    """A new job, by its configuration, or by a Jenkinsfile that it is to hold."""

    name: JobName
    config_xml: Text | None = Field(default=None, max_length=_LONGEST)
    jenkinsfile: Text | None = Field(default=None, max_length=_LONGEST)
    description: Text = Field(default="", max_length=10_000)

    @model_validator(mode="after")
    def _says_it_once(self) -> "CreateJobRequest":
        if (self.config_xml is None) == (self.jenkinsfile is None):
            raise ValueError("give config_xml or jenkinsfile")
        return self


class CreatedJob(Message):
    """A job that was not there before."""

    name: str
    url: str


async def test_connection(server: JenkinsServer) -> JenkinsConnection:
    """Never raises a RemoteError: it is what was asked for."""
    try:
        found = await asyncio.to_thread(server.account)
    except RemoteError as error:
        return JenkinsConnection(connected=False, problem=problem(error))
    return JenkinsConnection(connected=True, user=found.user, version=found.version)


# pytest would otherwise try to run it where a test imports it.
test_connection.__test__ = False  # type: ignore[attr-defined]


async def list_jobs(server: JenkinsServer, request: ListJobsRequest) -> JobList:
    """Folders, multibranch projects and what is in them as well. Raises RemoteError."""
    found = await asyncio.to_thread(server.jobs)
    within = f"{request.folder}/" if request.folder else ""
    jobs = [job(each) for each in found if each.name.startswith(within)]
    return JobList(jobs=tuple(sorted(jobs, key=lambda each: each.name)))


async def create_job(server: JenkinsServer, request: CreateJobRequest) -> CreatedJob:
    """Raises RemoteError: Conflict where there is one, Refused for what is no configuration."""
    config = _config(request)
    url = await asyncio.to_thread(server.create_job, request.name, config)
    return CreatedJob(name=request.name, url=url)


def job(item: JenkinsJob) -> Job:
    """An item in the words of the answer."""
    short = item.type.rsplit(".", 1)[-1]
    kind = "multibranch" if short in _MULTIBRANCH else _KINDS.get(short, "other")
    return Job(
        name=item.name,
        folder=item.name.rpartition("/")[0],
        kind=kind,
        url=item.url,
        disabled=item.disabled,
        migrates=kind not in ("folder", "other"),
    )


def _config(request: CreateJobRequest) -> str:
    if request.jenkinsfile is not None:
        said = {"script": request.jenkinsfile, "description": request.description}
        config = _JOB.format(**{name: escape(text) for name, text in said.items()})
    else:
        config = request.config_xml or ""
    try:
        elements(xml_text(config))
    except ParseError as error:
        raise Refused(f"that is no configuration of a job: {error}", "mend the XML") from None
    return config
