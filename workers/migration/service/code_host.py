"""What is asked of GitHub besides pull requests: whether it answers, and a new repository."""

import asyncio

from pydantic import Field

from workers.migration.service.messages import Message, Problem, RepositoryName, problem
from workers.ports.code_host import CodeHost
from workers.ports.remote import RemoteError

# A classic token needs these; other tokens do not say what they may.
_SCOPES = frozenset({"repo", "workflow"})


class HostConnection(Message):
    """Whether the host answers and knows the token; if not, why, and what helps.

    `missing` are scopes that a pull request with workflows needs, as far as the host tells.
    """

    connected: bool
    login: str = ""
    missing: tuple[str, ...] = ()
    problem: Problem | None = None


class CreateRepositoryRequest(Message):
    """A new repository, with a first commit, of the account or of an organization."""

    name: RepositoryName
    private: bool = True
    description: str = Field(default="", max_length=350)


class CreatedRepository(Message):
    """A repository that was not there before."""

    name: str
    url: str
    default_branch: str
    private: bool


async def test_connection(host: CodeHost) -> HostConnection:
    """Never raises a RemoteError: it is what was asked for."""
    try:
        found = await asyncio.to_thread(host.account)
    except RemoteError as error:
        return HostConnection(connected=False, problem=problem(error))
    missing = () if found.scopes is None else tuple(sorted(_SCOPES - {*found.scopes}))
    return HostConnection(connected=True, login=found.login, missing=missing)


# pytest would otherwise try to run it where a test imports it.
test_connection.__test__ = False  # type: ignore[attr-defined]


async def create_repository(host: CodeHost, request: CreateRepositoryRequest) -> CreatedRepository:
    """Raises RemoteError: Conflict where there is one of that name."""
    made = await asyncio.to_thread(
        host.create_repository,
        request.name,
        private=request.private,
        description=request.description,
    )
    return CreatedRepository(
        name=made.name, url=made.url, default_branch=made.default_branch, private=made.private
    )
