"""A job of a Jenkins server to a workflow, with its Jenkinsfile from where that stands."""

import asyncio
import posixpath

from pydantic import Field

from schemas.migration import Files, RefusedFile, Runner
from workers.migration.batch import refusal
from workers.migration.convert.project_versions import named_files
from workers.migration.jenkinsfile.errors import Refused as NoPipeline
from workers.migration.naming import workflow_name
from workers.migration.service.job_place import Place, place, repository
from workers.migration.service.messages import JobName, Message, MigrateRequest, Migration
from workers.migration.service.migrate import migration
from workers.ports.code_host import CodeHost
from workers.ports.jenkins_server import JenkinsServer
from workers.ports.remote import NotFound, Refused
from workers.redaction import redacted


class MigrateJobRequest(Message):
    """A job by its full name, and what is known besides its configuration.

    `jenkinsfile` is for a job whose pipeline stands where this service can't read it.
    """

    job: JobName
    jenkinsfile: str | None = Field(default=None, max_length=16 * 1024 * 1024)
    library: Files = ()
    runners: dict[str, Runner] = Field(default={})


class JobSource(Message):
    """Where the pipeline stands: in the job itself, or in a file of a repository."""

    path: str
    repository: str = ""
    branch: str | None = None


class MigratedJob(Message):
    """What came of a job; without a migration, `needs` says what to give for one.

    `notes` tell what the job has and its Jenkinsfile does not.
    """

    job: str
    source: JobSource
    migration: Migration | None = None
    needs: str = ""
    notes: tuple[str, ...] = ()


async def migrate_job(
    server: JenkinsServer, host: CodeHost | None, request: MigrateJobRequest
) -> MigratedJob:
    """Raises RemoteError: NotFound for the job, Refused for what is no job with a pipeline.

    Without a host, the Jenkinsfile of a job that names a repository has to be given.
    """
    return await asyncio.to_thread(_migrated, server, host, request)


def _migrated(
    server: JenkinsServer, host: CodeHost | None, request: MigrateJobRequest
) -> MigratedJob:
    config = server.config(request.job)
    path = f"{_folder(request.job)}/config.xml"
    try:
        elsewhere = place(config, workflow_name(path))
    except NoPipeline as error:
        return _no_pipeline(request, path, error)
    if elsewhere is None:
        came = migration({path: config.encode()}, _besides(request))
        return MigratedJob(job=request.job, source=JobSource(path=path), migration=came)
    return _from_repository(host, request, elsewhere)


def _from_repository(
    host: CodeHost | None, request: MigrateJobRequest, found: Place
) -> MigratedJob:
    name = repository(found.address, host.host) if host else None
    source = JobSource(
        path=found.path, repository=name or redacted(found.address), branch=found.branch
    )
    notes = (redacted(found.reason),)
    path = f"{_folder(request.job)}/Jenkinsfile"
    if request.jenkinsfile is not None:
        files = {path: request.jenkinsfile.encode()}
    elif host is None or name is None:
        needs = f"give the content of {found.path} as jenkinsfile: {_why(host, found)}"
        return MigratedJob(job=request.job, source=source, needs=needs, notes=notes)
    else:
        files = _fetched(host, name, found, path)
    came = migration(files, _besides(request))
    return MigratedJob(job=request.job, source=source, migration=came, notes=notes)


def _fetched(host: CodeHost, name: str, found: Place, path: str) -> dict[str, bytes]:
    """The Jenkinsfile under `path`, and what says the versions of tools."""
    if posixpath.normpath(found.path) != found.path or found.path.startswith(".."):
        raise Refused(f"{found.path[:200]} is no path in a repository", "mend it in the job")
    files = dict(host.files(name, (found.path, *named_files()), found.branch))
    if found.path not in files:
        where = f"{name}, branch {found.branch}" if found.branch else name
        raise NotFound(
            f"there is no {found.path} in {where}", "see the job's script path, and its branch"
        )
    return {path: files.pop(found.path), **files}


def _why(host: CodeHost | None, found: Place) -> str:
    if not found.address:
        return "the job does not name one repository"
    if host is None:
        return f"it stands in {redacted(found.address)}, and no host is given to read it from"
    return f"it stands in {redacted(found.address)}, which is not on {host.host}"


def _no_pipeline(request: MigrateJobRequest, path: str, error: NoPipeline) -> MigratedJob:
    said = refusal(path, error)
    refused = RefusedFile(
        path=path, reason=redacted(said.reason), line=said.line, column=said.column
    )
    zero = {"kept": 0, "changed": 0, "dropped": 0, "manual": 0}
    came = Migration.model_validate({"verdict": None, "statements": zero, "refused": (refused,)})
    return MigratedJob(job=request.job, source=JobSource(path=path), migration=came)


def _besides(request: MigrateJobRequest) -> MigrateRequest:
    return MigrateRequest.model_construct(
        files=(), library=request.library, runners=request.runners
    )


def _folder(job: str) -> str:
    """The job's name as a path: a workflow is named by it."""
    parts = (part.strip(". ") or "job" for part in job.split("/"))
    return "/".join("".join(x if x.isprintable() and x != "\\" else "-" for x in p) for p in parts)
