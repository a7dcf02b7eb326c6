"""Where the Jenkinsfile of a job stands, when its configuration does not hold it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from workers.migration.job_config.elements import Element, elements
from workers.migration.job_config.errors import Elsewhere
from workers.migration.job_config.job import MULTIBRANCH, read_job
from workers.migration.job_config.xml_text import xml_text

_SSH = re.compile(r"(?:[A-Za-z0-9_.-]+@)(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:]+)")
_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_BRANCH = re.compile(r"(?:(?:refs/heads|\*|origin)/)?(?P<name>[A-Za-z0-9_][A-Za-z0-9._/-]*)")
_GITHUB = "github.com"


@dataclass(frozen=True, slots=True)
class Place:
    """A file in a repository; `address` is how Jenkins names that one, empty when it does not.

    `branch` is None for the default one.
    """

    path: str
    address: str
    branch: str | None
    reason: str


def place(config: str, name: str) -> Place | None:
    """The place that a `config.xml` names, None when it holds its pipeline itself.

    Raises Refused as `read_job` does.
    """
    try:
        read_job(config, name)
    except Elsewhere as error:
        root = elements(xml_text(config))
        address = next(_addresses(root), "")
        return Place(_relative(error.path), address, _branch(root), error.message)
    return None


def repository(address: str, host: str) -> str | None:
    """The name `owner/name` of a repository that lies on this host, by how Git names it."""
    ssh = _SSH.fullmatch(address.strip())
    if ssh:
        where, path = ssh["host"], ssh["path"]
    else:
        try:
            parts = urlsplit(address.strip())
            where, path = parts.hostname or "", parts.path
        except ValueError:
            return None
        if parts.scheme not in ("http", "https", "ssh", "git"):
            return None
    name = path.strip("/").removesuffix(".git")
    return name if where.lower() == host.lower() and _NAME.fullmatch(name) else None


def _addresses(root: Element) -> Iterator[str]:
    """The repositories of a job, of a branch of a project, or of the project."""
    if root.tag == "jenkins.branch.OrganizationFolder":
        # One file for each of many repositories.
        return
    for each in root.below():
        if each.tag in ("url", "remote", "repositoryUrl") and each.text.strip():
            yield each.text.strip()
        elif each.said("repoOwner") and each.said("repository"):
            server = urlsplit(each.said("apiUri")).hostname or _GITHUB
            host = server.removeprefix("api.")
            yield f"https://{host}/{each.said('repoOwner')}/{each.said('repository')}"


def _branch(root: Element) -> str | None:
    if root.tag in MULTIBRANCH:
        return None
    said = [each.said("name") for each in root.below() if each.tag.endswith("BranchSpec")]
    found = _BRANCH.fullmatch(said[0]) if len(said) == 1 else None
    return found["name"] if found else None


def _relative(path: str) -> str:
    return path.strip().removeprefix("./").lstrip("/")
