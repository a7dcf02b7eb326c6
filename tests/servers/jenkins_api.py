"""The part of Jenkins' remote API that python-jenkins speaks, with folders and a crumb issuer.

`items` are configurations by full names; a folder is an item of that class. Crumbs belong to a
session, as Jenkins has it.
"""

import base64
import re
import ssl
from dataclasses import dataclass, field
from typing import Any

from tests.servers.recording import Answer, Asked, RecordingServer, said

USER, TOKEN = "ada", "11c0ffee11c0ffee11c0ffee11c0ffee11"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
_CRUMB, _FIELD, _SESSION = "c0ffee", "Jenkins-Crumb", "JSESSIONID.1=node01"
_CONTAINERS = (FOLDER, MULTIBRANCH)


@dataclass
class Item:
    type: str
    config: str = ""
    color: str = "blue"


@dataclass
class JenkinsApi:
    items: dict[str, Item] = field(default_factory=dict)
    crumbs: bool = True
    url: str = ""

    def serve(self, context: ssl.SSLContext | None = None) -> RecordingServer:
        server = RecordingServer(self._answer, context)
        self.url = server.url
        return server

    def _answer(self, asked: Asked) -> Answer:
        pair = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            return Answer(401, b"<html>Invalid token</html>")
        if asked.path == "/crumbIssuer/api/json":
            return self._crumb()
        if asked.path == "/me/api/json":
            return said({"id": USER}, X_Jenkins="2.528.3")
        return self._post(asked) if asked.method == "POST" else self._read(asked)

    def _crumb(self) -> Answer:
        if not self.crumbs:
            return Answer(404, b"no crumbs")
        crumb = {"crumb": _CRUMB, "crumbRequestField": _FIELD}
        return said(crumb, Set_Cookie=f"{_SESSION}; Path=/")

    def _post(self, asked: Asked) -> Answer:
        cookie = asked.headers.get("cookie", "")
        known = asked.headers.get(_FIELD.lower()) == _CRUMB and _SESSION in cookie
        if self.crumbs and not known:
            return Answer(403, b"No valid crumb was included in the request")
        folder = _name(asked.parts[:-1])
        if asked.parts[-1] != "createItem" or (folder and folder not in self.items):
            return Answer(404)
        name = "/".join(filter(None, (folder, asked.query["name"])))
        if name in self.items:
            error = f"A job already exists with the name {asked.query['name']}"
            return Answer(400, b"", {"X-Error": error})
        self.items[name] = Item(PIPELINE, asked.body.decode())
        return Answer(200)

    def _read(self, asked: Asked) -> Answer:
        if asked.path.endswith("/config.xml"):
            item = self.items.get(_name(asked.parts[:-1]))
            return Answer(200, item.config.encode()) if item else Answer(404, b"gone")
        if asked.path.endswith("/api/json"):
            name = _name(asked.parts[:-2])
            if name and name not in self.items:
                return Answer(404, b"gone")
            depth = len(re.findall(r"jobs\[", asked.query.get("tree", "")))
            return said(self._tree(name, depth))
        return Answer(404, b"no such page")

    def _tree(self, name: str, depth: int) -> dict[str, Any]:
        item = self.items.get(name)
        tree: dict[str, Any] = {"_class": item.type if item else "hudson.model.Hudson"}
        if item:
            path = "".join(f"/job/{part}" for part in name.split("/"))
            tree |= {"name": name.rpartition("/")[2], "url": f"{self.url}{path}/"}
        if item and item.type not in _CONTAINERS:
            return {**tree, "color": item.color}
        below = [each for each in self.items if each.rpartition("/")[0] == name]
        # Deeper than the query asks, Jenkins has an empty object for each.
        tree["jobs"] = [self._tree(x, depth - 1) if depth else {} for x in below]
        return tree


def _name(parts: list[str]) -> str:
    """`job/a/job/b` is a/b."""
    assert parts[::2] == ["job"] * len(parts[::2]), parts
    return "/".join(parts[1::2])


def flow(script: str) -> str:
    """The configuration of a pipeline job with its script."""
    escaped = script.replace("&", "&amp;").replace("<", "&lt;")
    return (
        "<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition plugin=\"workflow-job\">\n"
        '<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">'
        f"<script>{escaped}</script><sandbox>true</sandbox></definition>\n</flow-definition>\n"
    )


def from_scm(url: str, path: str = "Jenkinsfile", branch: str = "*/main") -> str:
    """The configuration of a job whose pipeline stands in a repository."""
    return (
        "<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition>\n"
        '<definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition">'
        '<scm class="hudson.plugins.git.GitSCM"><userRemoteConfigs>'
        f"<hudson.plugins.git.UserRemoteConfig><url>{url}</url>"
        "</hudson.plugins.git.UserRemoteConfig></userRemoteConfigs><branches>"
        f"<hudson.plugins.git.BranchSpec><name>{branch}</name></hudson.plugins.git.BranchSpec>"
        f"</branches></scm><scriptPath>{path}</scriptPath></definition>\n</flow-definition>\n"
    )


def multibranch(owner: str, name: str, api: str = "https://api.github.com") -> str:
    """The configuration of a multibranch project of GitHub's branch source."""
    return (
        f"<?xml version='1.1' encoding='UTF-8'?>\n<{MULTIBRANCH}>\n<sources><data>"
        "<jenkins.branch.BranchSource>"
        '<source class="org.jenkinsci.plugins.github_branch_source.GitHubSCMSource">'
        f"<apiUri>{api}</apiUri><repoOwner>{owner}</repoOwner><repository>{name}</repository>"
        "</source></jenkins.branch.BranchSource></data></sources>"
        '<factory class="org.jenkinsci.plugins.workflow.multibranch.WorkflowBranchProjectFactory">'
        f"<scriptPath>ci/Jenkinsfile</scriptPath></factory>\n</{MULTIBRANCH}>\n"
    )
