"""The part of GitHub's REST API that a pull request with files needs, with real trees and refs.

Commits are whole maps of files; digests are made of what is in them, as Git does it.
"""

import base64
import hashlib
import ssl
from dataclasses import dataclass, field
from typing import Any

from tests.servers.recording import Answer, Asked, RecordingServer, said

OWNER, TOKEN = "ada", "ghp_0123456789abcdefghijABCDEFGHIJ012345"
LIMIT = 65_536


@dataclass
class Repo:
    """A repository: trees by digest, commits as (tree, parent), branches, pull requests."""

    private: bool = False
    trees: dict[str, dict[str, str]] = field(default_factory=dict)
    commits: dict[str, tuple[str, str]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def tree(self, files: dict[str, str]) -> str:
        sha = _sha(repr(sorted(files.items())))
        self.trees[sha] = dict(files)
        return sha

    def commit(self, tree: str, parent: str) -> str:
        sha = _sha(f"{tree} {parent} {len(self.commits)}")
        self.commits[sha] = (tree, parent)
        return sha

    def files(self, ref: str) -> dict[str, str] | None:
        commit = self.commits.get(self.branches.get(ref, ref))
        return self.trees[commit[0]] if commit else None


def repo(files: dict[str, str], **branches: dict[str, str]) -> Repo:
    """A repository with files on `main`, and on others."""
    made = Repo()
    for name, each in {"main": files, **branches}.items():
        made.branches[name] = made.commit(made.tree(each), "")
    return made


@dataclass
class GitHubApi:
    repos: dict[str, Repo] = field(default_factory=dict)
    url: str = ""

    def serve(self, context: ssl.SSLContext | None = None) -> RecordingServer:
        server = RecordingServer(self._answer, context)
        self.url = server.url
        return server

    def _answer(self, asked: Asked) -> Answer:  # noqa: PLR0911  a table
        if asked.headers.get("authorization") not in (f"token {TOKEN}", f"Bearer {TOKEN}"):
            return said({"message": "Bad credentials"}, 401)
        match asked.method, asked.parts:
            case "GET", ["user"]:
                return said(
                    {"login": OWNER, "url": f"{self.url}/users/{OWNER}"}, X_OAuth_Scopes="repo"
                )
            case "GET", ["orgs", name]:
                return said({"login": name, "url": f"{self.url}/orgs/{name}"})
            case "POST", ["user", "repos"]:
                return self._create(OWNER, asked.json())
            case "POST", ["orgs", owner, "repos"]:
                return self._create(owner, asked.json())
            case method, ["repos", owner, name, *rest]:
                found = self.repos.get(f"{owner}/{name}")
                if found is None:
                    return said({"message": "Not Found"}, 404)
                return self._repo(found, f"{owner}/{name}", (method, rest), asked)
        return said({"message": "Not Found"}, 404)

    def _create(self, owner: str, wish: dict[str, Any]) -> Answer:
        name = f"{owner}/{wish['name']}"
        if name in self.repos:
            errors = [{"message": "name already exists on this account"}]
            return said({"message": "Repository creation failed.", "errors": errors}, 422)
        assert wish["auto_init"]
        self.repos[name] = repo({"README.md": "# New\n"})
        self.repos[name].private = wish["private"]
        return said(self._shown(name), 201)

    def _shown(self, name: str) -> dict[str, Any]:
        return {
            "full_name": name,
            "html_url": f"https://github.com/{name}",
            "url": f"{self.url}/repos/{name}",
            "default_branch": "main",
            "private": self.repos[name].private,
        }

    def _repo(  # noqa: PLR0911  a table
        self, repo: Repo, name: str, what: tuple[str, list[str]], asked: Asked
    ) -> Answer:  # fmt: skip
        match what:
            case "GET", []:
                return said(self._shown(name))
            case "GET", ["contents", *path]:
                return _content(repo, "/".join(path), asked.query.get("ref", "main"))
            case "GET", ["git", "ref", "heads", *branch]:
                return _ref(repo, "/".join(branch))
            case "PATCH", ["git", "refs", "heads", *branch]:
                return _moved(repo, "/".join(branch), asked.json())
            case "POST", ["git", "refs"]:
                return _branched(repo, asked.json())
            case "GET", ["git", "commits", sha]:
                return _commit(repo, sha)
            case "POST", ["git", "commits"]:
                wish = asked.json()
                return _commit(repo, repo.commit(wish["tree"], wish["parents"][0]), 201)
            case "POST", ["git", "trees"]:
                return _tree(repo, asked.json())
            case "GET", ["pulls"]:
                return said(_pulls(repo, name, asked.query))
            case "POST", ["pulls"]:
                return _pull(repo, name, asked.json())
        return said({"message": "Not Found"}, 404)


def _content(repo: Repo, path: str, ref: str) -> Answer:
    files = repo.files(ref)
    if files is None or path not in files:
        return said({"message": "Not Found"}, 404)
    content = base64.encodebytes(files[path].encode()).decode()
    return said({"type": "file", "encoding": "base64", "path": path, "content": content})


def _ref(repo: Repo, branch: str, status: int = 200) -> Answer:
    if branch not in repo.branches:
        return said({"message": "Not Found"}, 404)
    target = {"type": "commit", "sha": repo.branches[branch]}
    return said({"ref": f"refs/heads/{branch}", "object": target}, status)


def _moved(repo: Repo, branch: str, wish: dict[str, Any]) -> Answer:
    if repo.commits[wish["sha"]][1] != repo.branches[branch]:
        return said({"message": "Update is not a fast forward"}, 422)
    repo.branches[branch] = wish["sha"]
    return _ref(repo, branch)


def _branched(repo: Repo, wish: dict[str, Any]) -> Answer:
    branch = wish["ref"].removeprefix("refs/heads/")
    if branch in repo.branches:
        return said({"message": "Reference already exists"}, 422)
    repo.branches[branch] = wish["sha"]
    return _ref(repo, branch, 201)


def _commit(repo: Repo, sha: str, status: int = 200) -> Answer:
    if sha not in repo.commits:
        return said({"message": "Not Found"}, 404)
    return said({"sha": sha, "tree": {"sha": repo.commits[sha][0]}}, status)


def _tree(repo: Repo, wish: dict[str, Any]) -> Answer:
    files = dict(repo.trees[wish["base_tree"]])
    assert {each["mode"] for each in wish["tree"]} == {"100644"}
    files |= {each["path"]: each["content"] for each in wish["tree"]}
    return said({"sha": repo.tree(files), "tree": []}, 201)


def _pulls(repo: Repo, name: str, query: dict[str, str]) -> list[dict[str, Any]]:
    owner = name.partition("/")[0]
    return [
        each
        for each in repo.pulls
        if each["state"] == query.get("state", "open")
        and query.get("head") in (None, f"{owner}:{each['head']['ref']}")
        and query.get("base") in (None, each["base"]["ref"])
    ]


def _pull(repo: Repo, name: str, wish: dict[str, Any]) -> Answer:
    if len(wish["body"]) > LIMIT:
        return said({"message": "Validation Failed", "errors": ["body is too long"]}, 422)
    if any(each["head"]["ref"] == wish["head"] for each in repo.pulls):
        errors = [{"message": f"A pull request already exists for {wish['head']}."}]
        return said({"message": "Validation Failed", "errors": errors}, 422)
    number = len(repo.pulls) + 1
    made = {
        "number": number,
        "state": "open",
        "title": wish["title"],
        "body": wish["body"],
        "html_url": f"https://github.com/{name}/pull/{number}",
        "head": {"ref": wish["head"]},
        "base": {"ref": wish["base"]},
    }
    repo.pulls.append(made)
    return said(made, 201)


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
