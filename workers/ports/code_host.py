"""Where repositories live and changes to them are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HostAccount:
    """Who the host takes us for; `scopes` are None where it does not say."""

    login: str
    scopes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its full name, `owner/name`."""

    name: str
    url: str
    default_branch: str
    private: bool


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request that is open."""

    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request to be: from `branch` into `base`, both of one repository."""

    branch: str
    base: str
    title: str
    body: str


class CodeHost(Protocol):
    """One host, as one account. Calls block: make them from a thread. All raise RemoteError.

    Repositories are named `owner/name`. What writes is sent once.
    """

    @property
    def host(self) -> str:
        """The host in the addresses from which its repositories are cloned."""

    def account(self) -> HostAccount: ...

    def repository(self, name: str) -> Repository:
        """Raises NotFound."""

    def create_repository(self, name: str, *, private: bool, description: str) -> Repository:
        """A new one with a first commit. Raises Conflict when there is one of that name."""

    def files(self, repository: str, paths: Iterable[str], ref: str | None) -> Mapping[str, bytes]:
        """Those of the files that are there; `ref` None is the default branch."""

    def head(self, repository: str, branch: str) -> str | None:
        """The commit of a branch, None without that branch."""

    def commit(
        self, repository: str, parent: str, files: Mapping[str, str], message: str
    ) -> str:  # fmt: skip
        """A new commit, of no branch yet, with these files on top of the parent's."""

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        """Raises Conflict when there is one of that name."""

    def advance_branch(self, repository: str, branch: str, commit: str) -> None:
        """Moves a branch forward. Raises Conflict when somebody else moved it in the meantime."""

    def pull_request(self, repository: str, branch: str, base: str) -> PullRequest | None:
        """The open one from a branch into a base."""

    def open_pull_request(self, repository: str, proposal: Proposal) -> PullRequest:
        """Raises Conflict when there is one."""
