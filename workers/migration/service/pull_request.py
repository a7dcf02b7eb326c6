"""A pull request with workflows and their report, the same one however often it is asked for."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.migration import SourceFile
from workers.migration.result import REPORT
from workers.migration.service.messages import Message, RepositoryName
from workers.migration.service.pull_request_text import body
from workers.ports.code_host import CodeHost, Proposal, PullRequest
from workers.ports.remote import Conflict, NotFound

BranchName = Annotated[
    str,
    StringConstraints(
        max_length=200, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_][A-Za-z0-9_-]*)*$"
    ),
]
_TITLE = "Jenkins pipelines as GitHub Actions workflows"
_SHOWN = 5


class OpenPullRequestRequest(Message):
    """Files for a repository in one commit, and the report as the text of the pull request.

    `overwrite` allows for what is there under the same paths and says something else: in `base`,
    or on a branch of this name from an earlier request.
    """

    repository: RepositoryName
    files: tuple[SourceFile, ...] = Field(min_length=1, max_length=2000)
    report: Annotated[str, StringConstraints(strip_whitespace=False)] = ""
    title: str = Field(default=_TITLE, min_length=1, max_length=200)
    base: BranchName | None = Field(default=None, description="the default branch without one")
    branch: BranchName | None = Field(
        default=None, description="follows from the paths without one"
    )
    overwrite: bool = False


class OpenedPullRequest(Message):
    """The pull request with the files; without one, `base` has them all already."""

    outcome: Literal["opened", "found", "updated", "unchanged"]
    branch: str
    base: str
    number: int | None = None
    url: str = ""


async def open_pull_request(host: CodeHost, request: OpenPullRequestRequest) -> OpenedPullRequest:
    """Raises RemoteError: Conflict for files that are there and differ, unless they may.

    Asked again with the same files it finds what it made, also after it was cut off in between.
    """
    return await asyncio.to_thread(_opened, host, request)


def branch_name(paths: Mapping[str, str]) -> str:
    """The same branch for the same paths, whatever is in them."""
    said = "\0".join(sorted(paths))
    return f"flotilla/jenkins-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _opened(host: CodeHost, request: OpenPullRequestRequest) -> OpenedPullRequest:
    files = {each.path: each.content for each in request.files}
    base = request.base or host.repository(request.repository).default_branch
    branch = request.branch or branch_name(files)
    if branch == base:
        raise Conflict(f"{branch} is the base itself", "name another branch")
    start = host.head(request.repository, base)
    if start is None:
        raise NotFound(
            f"{request.repository} has no branch {base}", "name another, or make a first commit"
        )
    if not _missing(host, request, files, start):
        return OpenedPullRequest(outcome="unchanged", branch=branch, base=base)
    changed = _pushed(host, request, branch, (start, files))
    pull, opened = _asked(host, request, Proposal(branch, base, request.title, _text(request)))
    outcome: Literal["opened", "found", "updated"] = (
        "opened" if opened else "updated" if changed else "found"
    )
    return OpenedPullRequest(
        outcome=outcome, branch=branch, base=base, number=pull.number, url=pull.url
    )


def _pushed(
    host: CodeHost,
    request: OpenPullRequestRequest,
    branch: str,
    wanted: tuple[str, Mapping[str, str]],
) -> bool:
    """Whether the branch had to be made or moved to have the files."""
    start, files = wanted
    head = host.head(request.repository, branch)
    if head is None:
        commit = host.commit(request.repository, start, files, request.title)
        try:
            host.create_branch(request.repository, branch, commit)
        except Conflict:
            # Made in the meantime by the same request: then it has the same files.
            head = host.head(request.repository, branch)
            if head is None:
                raise
        else:
            return True
    missing = _missing(host, request, files, head)
    if missing:
        commit = host.commit(request.repository, head, missing, request.title)
        host.advance_branch(request.repository, branch, commit)
    return bool(missing)


def _missing(
    host: CodeHost, request: OpenPullRequestRequest, files: Mapping[str, str], commit: str
) -> Mapping[str, str]:
    """Those of the files that a commit has not. Raises Conflict for others in their places."""
    there = host.files(request.repository, files, commit)
    differ = [path for path in files if path in there and there[path] != files[path].encode()]
    if differ and not request.overwrite:
        more = f" and {len(differ) - _SHOWN} more" if len(differ) > _SHOWN else ""
        said = f"{', '.join(differ[:_SHOWN])}{more}"
        raise Conflict(f"there and different: {said}", "move them away, or ask to overwrite them")
    return {path: text for path, text in files.items() if path not in there or path in differ}


def _asked(
    host: CodeHost, request: OpenPullRequestRequest, proposal: Proposal
) -> tuple[PullRequest, bool]:
    """The pull request, and whether it is new."""
    found = host.pull_request(request.repository, proposal.branch, proposal.base)
    if found is not None:
        return found, False
    try:
        return host.open_pull_request(request.repository, proposal), True
    except Conflict:
        found = host.pull_request(request.repository, proposal.branch, proposal.base)
        if found is None:
            raise
        return found, False


def _text(request: OpenPullRequestRequest) -> str:
    return body(request.report, REPORT)
