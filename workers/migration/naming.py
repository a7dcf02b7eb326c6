"""Names for workflows, from where their sources lie. Pure."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 120
# What says no more than that a pipeline is in it.
_KINDS = frozenset({"groovy", "jenkinsfile", "jenkins", "xml", "config", "jobs", "pipeline"})
_DEFAULT = "build"
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def workflow_name(path: str) -> str:
    """The name for the workflow of a source, safe as a file's name on any system.

    `services/api/Jenkinsfile` gives services-api, `Jenkinsfile.release` release, and
    `jobs/shop/config.xml` shop. A Jenkinsfile at the top is `build`.
    """
    words = [word for part in PurePosixPath(path).parts for word in _words(part)]
    name = "-".join(words)[:_LONGEST].strip("-") or _DEFAULT
    return f"{name}-workflow" if _DEVICES.fullmatch(name) else name


def workflow_names(paths: Iterable[str]) -> dict[str, str]:
    """The names of several, each another one; the same paths give the same names."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for path in sorted(paths):
        base = name = workflow_name(path)
        number = 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        found[path] = name
    return found


def _words(part: str) -> list[str]:
    said = part.lower().removeprefix("jenkinsfile")
    words = [_OTHER.sub("-", each).strip("-") for each in said.split(".")]
    return [word for word in words if word and word not in _KINDS]
