"""Repositories on GitHub through PyGithub, which is an extra and imported when it is needed."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from workers.adapters.github_client import asked, connected
from workers.ports.code_host import HostAccount, Proposal, PullRequest, Repository
from workers.ports.remote import NotFound, Refused

if TYPE_CHECKING:
    from github.PullRequest import PullRequest as Pull
    from github.Repository import Repository as Repo

    from workers.adapters.bounded_http import Limits

API = "https://api.github.com"
# GitHub's mode of an ordinary file in a tree.
_FILE = "100644"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


class GitHub:
    """GitHub, or a GitHub Enterprise server by the URL of its API, as one account.

    The token goes into the Authorization header and nowhere else.
    """

    def __init__(self, token: str, url: str = API, limits: "Limits | None" = None) -> None:
        """Raises Refused for a URL that may not be asked, and NotInstalled."""
        self._client, host = connected(url, token, limits)
        self._host = host.removeprefix("api.")
        self._who = f"GitHub on {host}"

    @property
    def host(self) -> str:
        return self._host

    def account(self) -> HostAccount:
        with asked(self._who):
            user = self._client.get_user()
            login = _text(user.login)
            scopes = self._client.oauth_scopes
            return HostAccount(login, tuple(each for each in scopes if each) if scopes else None)

    def repository(self, name: str) -> Repository:
        with asked(self._who):
            return _repository(self._client.get_repo(_checked(name)))

    def create_repository(self, name: str, *, private: bool, description: str) -> Repository:
        owner, _, short = _checked(name).partition("/")
        with asked(self._who, taken=f"there is a repository {name} already"):
            user = self._client.get_user()
            mine = user.login.lower() == owner.lower()
            place = user if mine else self._client.get_organization(owner)
            made = place.create_repo(
                short, description=description, private=private, auto_init=True
            )  # fmt: skip
            return _repository(made)

    def files(self, repository: str, paths: Iterable[str], ref: str | None) -> Mapping[str, bytes]:
        repo = self._repo(repository)
        found: dict[str, bytes] = {}
        for path in paths:
            try:
                found[path] = self._file(repo, path, ref)
            except NotFound:
                continue
        return found

    def head(self, repository: str, branch: str) -> str | None:
        try:
            with asked(self._who):
                return _text(self._repo(repository).get_git_ref(f"heads/{branch}").object.sha)
        except NotFound:
            return None

    def commit(
        self, repository: str, parent: str, files: Mapping[str, str], message: str
    ) -> str:  # fmt: skip
        from github import InputGitTreeElement  # noqa: PLC0415

        repo = self._repo(repository)
        made = [InputGitTreeElement(path, _FILE, "blob", text) for path, text in files.items()]
        with asked(self._who):
            before = repo.get_git_commit(parent)
            tree = repo.create_git_tree(made, before.tree)
            return _text(repo.create_git_commit(message, tree, [before]).sha)

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        with asked(self._who, taken=f"there is a branch {branch} already"):
            self._repo(repository).create_git_ref(f"refs/heads/{branch}", commit)

    def advance_branch(self, repository: str, branch: str, commit: str) -> None:
        with asked(self._who, taken=f"somebody else moved the branch {branch}"):
            repo = self._repo(repository)
            # The library's own way takes the address from another answer.
            address = f"{repo.url}/git/refs/heads/{quote(branch)}"
            wish = {"sha": commit, "force": False}
            repo.requester.requestJsonAndCheck("PATCH", address, input=wish)

    def pull_request(self, repository: str, branch: str, base: str) -> PullRequest | None:
        head = f"{repository.partition('/')[0]}:{branch}"
        with asked(self._who):
            pulls = self._repo(repository).get_pulls(state="open", head=head, base=base)
            # GitHub takes no notice of a `head` that it does not understand.
            fitting = (each for each in pulls.get_page(0) if each.head.ref == branch)
            found = next(fitting, None)
            return _pull_request(found) if found else None

    def open_pull_request(self, repository: str, proposal: Proposal) -> PullRequest:
        with asked(self._who, taken=f"there is a pull request of {proposal.branch} already"):
            made = self._repo(repository).create_pull(
                proposal.base, proposal.branch, title=proposal.title, body=proposal.body
            )
            return _pull_request(made)

    def _repo(self, name: str) -> "Repo":
        return self._client.get_repo(_checked(name))

    def _file(self, repo: "Repo", path: str, ref: str | None) -> bytes:
        with asked(self._who):
            found = repo.get_contents(path, ref) if ref else repo.get_contents(path)
            if isinstance(found, list) or found.type != "file":
                raise Refused(f"{path} is no file", "name a file")
            # Over 1 MB, GitHub gives the content of the blob alone.
            if found.encoding != "base64":
                raise Refused(f"{path} is over 1 MB", "give its content with the request")
            return bytes(found.decoded_content)


def _repository(found: "Repo") -> Repository:
    name, url, branch = found.full_name, found.html_url, found.default_branch
    return Repository(_text(name), _text(url), _text(branch), bool(found.private))


def _pull_request(found: "Pull") -> PullRequest:
    return PullRequest(int(found.number), _text(found.html_url))


def _text(value: object) -> str:
    """What the library gives for what an answer lacks is None."""
    if not isinstance(value, str):
        raise TypeError("a text is missing in the answer")
    return value


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or {".", ".."} & {*name.split("/")}:
        raise Refused("that is no name of a repository", "give it as OWNER/NAME")
    return name
