"""Repairs of GitHub Actions workflows: the token's rights, and what is run. Pure."""

import re
from collections.abc import Iterator
from functools import partial

import yaml

from workers.remediation.errors import Unreadable, Unrepairable
from workers.remediation.playbooks.case import Case, Files
from workers.remediation.yaml_edit import Path, compose, insert_before, set_value

_PERMISSIONS = "permissions:\n  contents: read"
_READ = "{contents: read}"

# Commits of releases, so that a moved tag runs nothing new: name -> (major tag, commit, release).
_RELEASES: dict[str, tuple[str, str, str]] = {
    "actions/checkout": ("v4", "11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2"),
    "actions/setup-python": ("v5", "a26af69be951a213d495a4c3e4e4022e16d87065", "v5.6.0"),
    "actions/setup-node": ("v4", "49933ea5288caeca8642d1e84afbd3f7d6820020", "v4.4.0"),
    "actions/cache": ("v4", "5a3ec84eff668545956fd18022155c47e93e2684", "v4.2.3"),
    "actions/upload-artifact": ("v4", "ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
}
_COMMIT = re.compile(r"[0-9a-f]{40}")


def restrict_token(case: Case) -> Files:
    """The workflow's token reads the repository and does nothing else, unless a job says more."""
    return case.edited(_restricted)


def pin_actions(case: Case) -> Files:
    """Actions of known releases are named by commit, the release beside it as a comment."""
    return case.edited(partial(_pinned, case))


def _restricted(text: str) -> str:
    root = next(iter(compose(text)), None)
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable("the workflow is not a mapping")
    own, jobs = _under(root, "permissions"), _under(root, "jobs")
    if own is None:
        text = insert_before(text, "jobs", _PERMISSIONS)
    text = _reading(text, own, (0, "permissions"))
    for name, access in own.value if isinstance(own, yaml.MappingNode) else ():
        if access.value not in ("read", "none"):
            text = set_value(text, (0, "permissions", name.value), "read")
    for key, job in jobs.value if isinstance(jobs, yaml.MappingNode) else ():
        place = (0, "jobs", key.value, "permissions")
        text = _reading(text, _under(job, "permissions"), place)
    return text


def _reading(text: str, permissions: yaml.Node | None, place: Path) -> str:
    """The text in which permissions that are one word, such as write-all, are scopes."""
    one_word = isinstance(permissions, yaml.ScalarNode) and permissions.value != "read-all"
    return set_value(text, place, _READ) if one_word else text


def _pinned(case: Case, text: str) -> str:
    used = {place: node for root in compose(text) if root for place, node in _uses(root)}
    named = used.get(case.violation.resource or "")
    chosen = [named] if named else [node for node in used.values() if not _is_fixed(node.value)]
    for node in sorted(chosen, key=lambda found: found.start_mark.index, reverse=True):
        action, _, reference = node.value.partition("@")
        repository = "/".join(action.split("/")[:2])
        major, commit, release = _RELEASES.get(repository, ("", "", ""))
        if not commit or reference not in (major, release, "main", "master"):
            raise Unrepairable(f"the commit of {node.value} is not known here")
        start, end = node.start_mark.index, node.end_mark.index
        line_end = text.find("\n", end)
        rest = text[end : line_end if line_end >= 0 else len(text)]
        comment = "" if rest.strip() else f" # {release}"
        text = f"{text[:start]}{action}@{commit}{comment}{text[end:]}"
    return text


def _uses(root: yaml.Node) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """What jobs and steps use, by the place that a violation names."""
    places: list[tuple[str, yaml.Node | None]] = [("runs", _under(root, "runs"))]
    jobs = _under(root, "jobs")
    for key, job in jobs.value if isinstance(jobs, yaml.MappingNode) else ():
        places.append((f"jobs.{key.value}", job))
    for place, holder in places:
        steps = _under(holder, "steps")
        inner = steps.value if isinstance(steps, yaml.SequenceNode) else []
        numbered = [(f"{place}.steps[{number}]", step) for number, step in enumerate(inner)]
        for name, node in [(place, holder), *numbered]:
            used = _under(node, "uses")
            if isinstance(used, yaml.ScalarNode):
                yield name, used


def _is_fixed(used: str) -> bool:
    """Whether it can't change under the workflow: part of the repository, or named by digest."""
    reference = used.rpartition("@")[2]
    fixed = _COMMIT.fullmatch(reference) or reference.startswith("sha256:")
    return used.startswith("./") or bool(fixed)


def _under(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)
