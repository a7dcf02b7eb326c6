"""A code host in memory, with the same promises as the port."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workers.ports.code_host import HostAccount, Proposal, PullRequest, Repository
from workers.ports.remote import Conflict


@dataclass
class MemoryCodeHost:
    """One repository: commits by number with all their files, and branches."""

    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    pulls: list[Proposal] = field(default_factory=list)
    scopes: tuple[str, ...] | None = None
    # Who comes between a question and what follows from it.
    rival: str = ""

    host: str = "github.com"

    def with_branch(self, name: str, files: dict[str, bytes]) -> "MemoryCodeHost":
        self.branches[name] = self._kept(files)
        return self

    def account(self) -> HostAccount:
        return HostAccount("ada", self.scopes)

    def repository(self, name: str) -> Repository:
        return Repository(name, f"https://github.com/{name}", "main", private=True)

    def create_repository(self, name: str, *, private: bool, description: str) -> Repository:
        return self.repository(name)

    def files(self, repository: str, paths: Iterable[str], ref: str | None) -> Mapping[str, bytes]:
        name = ref or "main"
        there = self.commits[self.branches.get(name, name)]
        return {path: there[path] for path in paths if path in there}

    def head(self, repository: str, branch: str) -> str | None:
        return self.branches.get(branch)

    def commit(
        self, repository: str, parent: str, files: Mapping[str, str], message: str
    ) -> str:  # fmt: skip
        new = {path: text.encode() for path, text in files.items()}
        return self._kept({**self.commits[parent], **new})

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        if self.rival == "branch":
            self.branches[branch] = commit
        if branch in self.branches:
            raise Conflict("there is a branch already", "name another")
        self.branches[branch] = commit

    def advance_branch(self, repository: str, branch: str, commit: str) -> None:
        self.branches[branch] = commit

    def pull_request(self, repository: str, branch: str, base: str) -> PullRequest | None:
        for number, each in enumerate(self.pulls, start=1):
            if (each.branch, each.base) == (branch, base):
                return PullRequest(number, f"https://github.com/{repository}/pull/{number}")
        return None

    def open_pull_request(self, repository: str, proposal: Proposal) -> PullRequest:
        if self.rival == "pull":
            self.pulls.append(proposal)
            raise Conflict("there is a pull request already", "see it")
        self.pulls.append(proposal)
        return PullRequest(len(self.pulls), f"https://github.com/{repository}/pull/1")

    def _kept(self, files: dict[str, bytes]) -> str:
        name = f"c{len(self.commits)}"
        self.commits[name] = files
        return name
