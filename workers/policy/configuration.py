"""All Terraform files of a bundle -> what the rules see of each, references put in. Pure."""

import json
import posixpath
from collections.abc import Mapping
from typing import Any

from workers.policy import terraform
from workers.policy.plain import Unreadable, plain
from workers.policy.references import Folder, References

# python-hcl2 takes about 17 seconds for a megabyte. The infrastructure of a service is a few ten
# kilobytes, all files together.
BYTES = 256 * 1024

# Arguments whose text is a JSON document.
_DOCUMENTS = frozenset({"policy", "assume_role_policy", "inline_policy", "container_definitions"})


def read(files: Mapping[str, str]) -> dict[str, dict[str, Any] | Unreadable]:
    """The content of each file: its folder and its blocks; or why it can't be read."""
    made: dict[str, dict[str, Any] | Unreadable] = {}
    parsed: dict[str, dict[str, Any]] = {}
    left = BYTES
    for path, text in sorted(files.items()):
        left -= len(text)
        try:
            if left < 0:
                raise Unreadable(f"there is more than {BYTES} bytes of Terraform")
            parsed[path] = _parsed(path, text)
        except Unreadable as error:
            made[path] = error
    references = References(_folders(parsed))
    for path, file in parsed.items():
        try:
            made[path] = _content(_folder(path), file["blocks"], references)
        except (Unreadable, RecursionError) as error:
            made[path] = Unreadable(str(error) or "it nests too deep")
    return made


def _parsed(path: str, text: str) -> dict[str, Any]:
    raw = terraform.parse(path, text)
    if path.endswith((".tfvars", ".tfvars.json")):
        return {"blocks": [], "set": raw, "always": _is_always_loaded(path)}
    return {"blocks": terraform.blocks(raw)}


def _is_always_loaded(path: str) -> bool:
    name = posixpath.basename(path).removesuffix(".json")
    return name == "terraform.tfvars" or name.endswith(".auto.tfvars")


def _folder(path: str) -> str:
    return posixpath.normpath(posixpath.dirname(path))


def _folders(parsed: Mapping[str, dict[str, Any]]) -> list[Folder]:
    by_folder: dict[str, list[dict[str, Any]]] = {}
    for path, file in parsed.items():
        by_folder.setdefault(_folder(path), []).append(file)
    return [
        Folder(
            path=path,
            blocks=tuple(block for file in files for block in file["blocks"]),
            always=tuple(file["set"] for file in files if file.get("always")),
            sometimes=tuple(file["set"] for file in files if file.get("always") is False),
        )
        for path, files in by_folder.items()
    ]


def _content(folder: str, blocks: list[terraform.Block], references: References) -> dict[str, Any]:
    content = plain({"folder": folder, "blocks": references.put_in(folder, blocks)})
    return {**content, "blocks": [_with_documents(block) for block in content["blocks"]]}


def _with_documents(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: _document(item) if name in _DOCUMENTS else _with_documents(item)
                for name, item in value.items()
            }
        case list():
            return [_with_documents(item) for item in value]
    return value


def _document(value: Any) -> Any:
    """The JSON document that a text is. Text that is none stays: no rule takes it for judged."""
    if not isinstance(value, str):
        return _with_documents(value)
    try:
        return plain(json.loads(value))
    except (ValueError, RecursionError):
        return value
