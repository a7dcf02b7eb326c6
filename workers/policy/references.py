"""What Terraform expressions stand for, as far as the files alone say it. Pure.

`var.x`, `local.x`, templates of those, `merge(...)` and `jsonencode(...)` are put in. Everything
else stays `"${...}"`, which the rules take for unknown.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workers.policy.plain import Unreadable
from workers.policy.terraform import Block, read_hcl

_REFERENCE = r"(var|local)\.([\w-]+)((?:\.[\w-]+)*)"
_WHOLE = re.compile(rf"\$\{{{_REFERENCE}\}}")
_INSIDE = re.compile(rf"(?<!\$)\$\{{{_REFERENCE}\}}")
_CALL = re.compile(r"\$\{(merge|jsonencode|tomap|tolist|toset)\((.*)\)\}", re.DOTALL)

# Locals of locals: deeper than anybody writes, and an end to those that mean themselves.
_DEPTH = 20
_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Folder:
    """One Terraform module: the files of a folder, and the values in its `.tfvars` files.

    `always` are those that Terraform loads by itself, `sometimes` those that it may be given.
    """

    path: str
    blocks: tuple[Block, ...]
    always: tuple[Mapping[str, Any], ...] = ()
    sometimes: tuple[Mapping[str, Any], ...] = ()


_UNKNOWN = object()


class References:
    """Looks references up over all folders of a bundle; each is looked up once."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self._folders = {folder.path: folder for folder in folders}
        self._known: dict[tuple[str, str, str], Any] = {}

    def put_in(self, folder: str, value: Any, depth: int = 0) -> Any:
        """The value with all that is known put in."""
        match value:
            case str():
                return self._expression(folder, value, depth)
            case list():
                return [self.put_in(folder, item, depth) for item in value]
            case dict():
                return {
                    _name(self.put_in(folder, key, depth), key): self.put_in(folder, item, depth)
                    for key, item in value.items()
                }
        return value

    def _expression(self, folder: str, text: str, depth: int) -> Any:
        if whole := _WHOLE.fullmatch(text):
            found = self._look_up(folder, whole, depth)
            return text if found is _UNKNOWN else found
        if call := _CALL.fullmatch(text):
            return self._call(folder, call, depth)

        def known(match: re.Match[str]) -> str:
            found = self._look_up(folder, match, depth)
            return str(found) if isinstance(found, str | int | float) else match[0]

        made = _INSIDE.sub(known, text)
        return made if len(made) <= _TEXT else text

    def _call(self, folder: str, call: re.Match[str], depth: int) -> Any:
        """The value of a function call, or its text when its arguments are not all of it."""
        if depth > _DEPTH:
            return call[0]
        try:
            arguments = read_hcl(f"x = [{call[2]}]")["x"]
        except Unreadable:
            return call[0]
        values = [self.put_in(folder, argument, depth + 1) for argument in arguments]
        if call[1] == "merge":
            return _merged(values)
        return values[0] if len(values) == 1 else call[0]

    def _look_up(self, folder: str, reference: re.Match[str], depth: int) -> Any:
        kind, name, path = reference[1], reference[2], reference[3]
        key = (folder, kind, name)
        if key not in self._known:
            if depth > _DEPTH:
                return _UNKNOWN
            # A value that is made of itself finds this mark.
            self._known[key] = _UNKNOWN
            candidates = self._candidates(folder, kind, name, depth + 1)
            if candidates and all(candidate == candidates[0] for candidate in candidates):
                self._known[key] = candidates[0]
        found = self._known[key]
        for step in path.split(".")[1:]:
            found = found.get(step, _UNKNOWN) if isinstance(found, dict) else _UNKNOWN
        return found

    def _candidates(self, path: str, kind: str, name: str, depth: int) -> list[Any]:
        """Every value that the files give to the name; more than one that differ are none."""
        folder = self._folders[path]
        if kind == "local":
            bodies = [block["body"] for block in folder.blocks if block["kind"] == "locals"]
            return [self.put_in(path, body[name], depth) for body in bodies if name in body]
        declared = [b["body"] for b in folder.blocks if b["address"] == f"var.{name}"]
        default = [body["default"] for body in declared if "default" in body]
        calls = list(self._calls(path))
        if not calls:
            loaded = [values[name] for values in folder.always if name in values]
            given = [values[name] for values in folder.sometimes if name in values]
            return [*(loaded or default), *given]
        return [
            self.put_in(caller, body[name], depth) if name in body else value
            for caller, body in calls
            for value in default or [_UNKNOWN]
        ]

    def _calls(self, path: str) -> Iterable[tuple[str, dict[str, Any]]]:
        for folder in self._folders.values():
            for block in folder.blocks:
                source = block["body"].get("source") if block["kind"] == "module" else None
                if isinstance(source, str) and _beside(folder.path, source) == path:
                    yield folder.path, block["body"]


def _beside(folder: str, source: str) -> str | None:
    """The folder of a local module; None for one from elsewhere."""
    if not source.startswith(("./", "../")):
        return None
    return posixpath.normpath(posixpath.join(folder, source))


def _name(found: Any, key: str) -> str:
    return found if isinstance(found, str) else key


def _merged(values: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for value in values:
        # What can't be known stays visible as a key of its own.
        made.update(value if isinstance(value, dict) else {str(value): value})
    return made
