"""Files of a bundle -> documents for the policy engine. Pure.

What a file is follows from its path, and for YAML from what it says. A file that belongs to a kind
and can't be read is a violation: what can't be judged does not pass.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from schemas.policy import Violation
from workers.policy import configuration, dockerfile, yaml_file
from workers.policy.plain import Unreadable, plain, read_json
from workers.ports import Document

FILE_BYTES = 1024 * 1024

Form = Literal["terraform", "dockerfile", "yaml", "json", "ignored"]
_FORMS: tuple[tuple[str, Form], ...] = (
    ("*.tf", "terraform"),
    ("*.tf.json", "terraform"),
    ("*.tfvars", "terraform"),
    ("*.tfvars.json", "terraform"),
    ("*.dockerignore", "ignored"),
    ("dockerfile", "dockerfile"),
    ("dockerfile.*", "dockerfile"),
    ("*.dockerfile", "dockerfile"),
    ("containerfile", "dockerfile"),
    ("*.yaml", "yaml"),
    ("*.yml", "yaml"),
    ("*.json", "json"),
)


@dataclass(slots=True)
class Reading:
    """What the rules judge, and what they can't because it can't be read."""

    documents: list[Document] = field(default_factory=list)
    unreadable: list[Violation] = field(default_factory=list)


def read(files: Mapping[str, bytes]) -> Reading:
    """The documents among the files."""
    reading = Reading()
    terraform: dict[str, str] = {}
    for path in sorted(files):
        try:
            form = _form(path)
            if form == "ignored":
                continue
            text = _text(files[path])
            if form == "terraform":
                terraform[path] = text
            else:
                reading.documents.extend(_parsed(form, path, text))
        except Unreadable as error:
            reading.unreadable.append(unreadable(path, str(error)))
    for path, content in configuration.read(terraform).items():
        if isinstance(content, Unreadable):
            reading.unreadable.append(unreadable(path, str(content)))
        else:
            reading.documents.append(Document("terraform", path, content))
    return reading


def unreadable(path: str, reason: str) -> Violation:
    """The violation of a file that can't be judged."""
    return Violation(
        severity="high",
        rule="unreadable-document",
        message=f"{path} can't be read, so it can't be judged: {reason}",
        path=path,
    )


def _form(path: str) -> Form:
    name = posixpath.basename(path).lower()
    return next((form for pattern, form in _FORMS if fnmatchcase(name, pattern)), "ignored")


def _text(content: bytes) -> str:
    if len(content) > FILE_BYTES:
        raise Unreadable(f"it is larger than {FILE_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8") from error


def _parsed(form: Form, path: str, text: str) -> Iterator[Document]:
    if form == "dockerfile":
        yield Document("dockerfile", path, plain(dockerfile.instructions(text)))
    elif form == "json":
        # A file of data is not ours to judge; a Kubernetes manifest may be JSON, too.
        if '"apiVersion"' in text:
            yield from _manifests(path, [read_json(text)])
    elif (pipeline := _pipeline(path)) is not None:
        found = yaml_file.documents(text) or [{}]
        if len(found) != 1 or not isinstance(found[0], dict):
            raise Unreadable("it is not one mapping")
        yield Document(pipeline, path, found[0])
    else:
        yield from _manifests(path, yaml_file.documents(text))


def _pipeline(path: str) -> Literal["github_workflow", "gitlab_ci"] | None:
    folder, name = posixpath.split(path.lower())
    if f"/{folder}/".endswith("/.github/workflows/") or name in ("action.yml", "action.yaml"):
        return "github_workflow"
    return "gitlab_ci" if name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")) else None


def _manifests(path: str, found: list[Any]) -> Iterator[Document]:
    if any(isinstance(value, dict) and {"apiVersion", "kind"} <= value.keys() for value in found):
        yield Document("kubernetes", path, list(_objects(found)))


def _objects(found: list[Any]) -> Iterator[dict[str, Any]]:
    for value in found:
        if not isinstance(value, dict):
            raise Unreadable("it holds something beside Kubernetes objects")
        if str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
            yield from _objects(value["items"])
        else:
            yield value
