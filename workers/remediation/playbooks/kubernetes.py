"""Repairs of Kubernetes manifests, container by container. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import yaml

from workers.remediation.errors import Unreadable, Unrepairable
from workers.remediation.playbooks.case import Case, Files
from workers.remediation.yaml_edit import Path, set_value

# A user that no image ships: not root, and above those that distributions hand out.
_USER = "10001"
_REQUESTS = {"cpu": "100m", "memory": "128Mi"}
# A Kubernetes quantity that is not zero.
_QUANTITY = re.compile(r"(?=[^eE]*[1-9])[0-9]{0,20}(\.[0-9]{0,20})?([eE][0-9]+)?(m|k|[KMGTPE]i?)?")
_GROUPS = ("initContainers", "containers", "ephemeralContainers")
_LIMITS = {"cpu": "500m", "memory": "512Mi"}


# What a container should say, by the keys that lead there.
Wanted: TypeAlias = dict[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a manifest, and the path to it."""

    path: Path
    kind: str
    workload: str
    pod: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.body.get("name", "?"))

    @property
    def keeps_running(self) -> bool:
        """Whether it is one that can be probed."""
        return self.path[-2] == "containers"

    def at(self, *keys: str) -> Any:
        """The value under the keys; None when there is none."""
        found: Any = self.body
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def run_as_non_root(case: Case) -> Files:
    """The container may not run as root, and names another user where root was named."""
    return case.edited(partial(_each, case, _non_root))


def drop_privileges(case: Case) -> Files:
    """The container is not privileged and can't become so."""
    return case.edited(partial(_each, case, _unprivileged))


def limit_resources(case: Case) -> Files:
    """The container has limits for processor and memory."""
    return case.edited(partial(_each, case, _limited))


def probe_health(case: Case) -> Files:
    """The container is asked on `/health` whether it lives and is ready."""
    return case.edited(partial(_each, case, _probed))


def containers(text: str) -> list[Container]:
    """Every container of the manifests in a file. Raises Unreadable."""
    try:
        documents = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(f"not YAML: {' '.join(str(error).split())[:200]}") from error
    return [c for at, document in enumerate(documents) for c in _of_document(at, document)]


def _each(case: Case, wanted: Callable[[Container], Wanted], text: str) -> str:
    for container in _chosen(case, containers(text)):
        for keys, value in wanted(container).items():
            text = set_value(text, (*container.path, *keys), value)
    return text


def _chosen(case: Case, found: list[Container]) -> list[Container]:
    """Those that `Kind/name/container` names; what it leaves out matches all."""
    resource = case.violation.resource or ""
    parts = [part for part in resource.split("/") if part]
    chosen = [
        c
        for c in found
        if all(
            part.lower() == own.lower()
            for part, own in zip(parts, (c.kind, c.workload, c.name), strict=False)
        )
    ]
    if not chosen:
        raise Unrepairable(f"there is no container {resource!r} in the manifest")
    return chosen


def _of_document(at: int, document: Any) -> Iterator[Container]:
    """The containers of every pod in an object, wherever in it the pod is."""
    if not isinstance(document, Mapping):
        return
    metadata = document.get("metadata")
    name = str(metadata.get("name", "?")) if isinstance(metadata, Mapping) else "?"
    for path, pod in _pods((at,), document, set()):
        for group in _GROUPS:
            listed = pod.get(group)
            for index, body in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(body, Mapping):
                    place = (*path, group, index)
                    yield Container(place, str(document.get("kind", "")), name, pod, body)


def _pods(path: Path, value: Any, seen: set[int]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    # Aliases make a value appear again; followed each time, a small file could go on for ever.
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        if "containers" in value:
            yield path, value
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _pods((*path, key), inner, seen)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _pods((*path, index), inner, seen)


def _non_root(container: Container) -> Wanted:
    wanted: Wanted = {("securityContext", "runAsNonRoot"): "true"}
    context = container.pod.get("securityContext")
    inherited = context.get("runAsUser") if isinstance(context, Mapping) else None
    own = container.at("securityContext", "runAsUser")
    user = inherited if own is None else own
    if user is not None and not (isinstance(user, int) and user > 0):
        wanted["securityContext", "runAsUser"] = _USER
    return wanted


def _unprivileged(container: Container) -> Wanted:
    return {
        ("securityContext", "privileged"): "false",
        ("securityContext", "allowPrivilegeEscalation"): "false",
    }


def _limited(container: Container) -> Wanted:
    wanted: Wanted = {}
    for name, usual in _LIMITS.items():
        request = container.at("resources", "requests", name)
        if _QUANTITY.fullmatch(str(container.at("resources", "limits", name))):
            continue
        # A limit below what is requested would be refused, and sizes are not compared here.
        wanted["resources", "limits", name] = usual if request is None else str(request)
        if request is None:
            wanted["resources", "requests", name] = _REQUESTS[name]
    return wanted


def _probed(container: Container) -> Wanted:
    if not container.keeps_running:
        return {}
    wanted: Wanted = {}
    for probe in ("livenessProbe", "readinessProbe"):
        if not container.at(probe):
            wanted[probe, "httpGet", "path"] = "/health"
            wanted[probe, "httpGet", "port"] = _port(container)
    return wanted


def _port(container: Container) -> str:
    ports = container.at("ports")
    first = ports[0] if isinstance(ports, list) and ports else None
    port = first.get("containerPort") if isinstance(first, Mapping) else None
    if not isinstance(port, int):
        raise Unrepairable(f"container {container.name!r} names no port that could be asked")
    return str(port)
