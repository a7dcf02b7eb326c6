"""Changes to YAML text that keep every other byte: comments, quotes, order. Pure.

PyYAML drops comments when it writes, so nothing is written by it: the nodes that it composes only
say where a value stands or where a new key belongs.
"""

from typing import TypeAlias

import yaml

from workers.remediation.errors import Unreadable

# The way to a value, the number of the document in the file first: (0, "spec", "hosts", 1, "name").
Path: TypeAlias = tuple[str | int, ...]

_STEP = 2


def compose(text: str) -> list[yaml.Node | None]:
    """The documents of the file as nodes with marks. Raises Unreadable."""
    try:
        return list(yaml.compose_all(text, yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(f"not YAML: {' '.join(str(error).split())[:200]}") from error


def set_value(text: str, path: Path, value: str) -> str:
    """The text in which the scalar at the path is `value`, its missing parents added.

    Raises Unreadable when something on the way is no mapping, or is shared through an alias.
    """
    documents = compose(text)
    node: yaml.Node | None = documents[int(path[0])]
    for depth, key in enumerate(path[1:], start=1):
        if isinstance(key, int):
            node = _item(node, key, path)
            continue
        if not isinstance(node, yaml.MappingNode):
            raise Unreadable(f"{_shown(path[:depth])} is not a mapping")
        entry = _entry(node, key)
        if entry is None:
            return _inserted(text, node, path[depth:], value)
        node = _unshared(*entry, path[: depth + 1])
        if _is_empty(node) and depth + 1 < len(path):
            return _filled(text, entry[0], node, path[depth + 1 :], value)
    return _replaced(text, node, path, value)


def insert_before(text: str, key: str, source: str) -> str:
    """The first document with `source` before its top-level key and the comments above that."""
    root = next(iter(compose(text)), None)
    entry = _entry(root, key) if isinstance(root, yaml.MappingNode) else None
    if entry is None or entry[0].start_mark.column:
        raise Unreadable(f"there is no top-level key {key!r}")
    lines = text[: entry[0].start_mark.index].splitlines(keepends=True)
    while lines and lines[-1].startswith("#"):
        lines.pop()
    at = sum(map(len, lines))
    return f"{text[:at]}{source.strip()}\n\n{text[at:]}"


def _item(node: yaml.Node | None, index: int, path: Path) -> yaml.Node:
    if not isinstance(node, yaml.SequenceNode) or index >= len(node.value):
        raise Unreadable(f"{_shown(path)} leads through something that is not a list")
    found: yaml.Node = node.value[index]
    if not node.start_mark.index <= found.start_mark.index < node.end_mark.index:
        raise Unreadable(f"{_shown(path)} leads through an alias")
    return found


def _entry(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((k, v) for k, v in node.value if k.value == key), None)


def _unshared(key: yaml.Node, value: yaml.Node, path: Path) -> yaml.Node:
    if _is_alias(key, value):
        raise Unreadable(f"{_shown(path)} is an alias")
    return value


def _is_alias(key: yaml.Node, value: yaml.Node) -> bool:
    return value.start_mark.index < key.end_mark.index


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _replaced(text: str, node: yaml.Node | None, path: Path, value: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise Unreadable(f"{_shown(path)} is not a single value")
    start, end = node.start_mark.index, node.end_mark.index
    if text[start:end] == value:
        return text
    if text[start : start + 1] in ("&", "!", "|", ">"):
        raise Unreadable(f"{_shown(path)} has an anchor, a tag or several lines")
    blank = " " if start == end else ""
    return text[:start] + blank + value + text[end:]


def _filled(text: str, key: yaml.Node, node: yaml.Node, path: Path, value: str) -> str:
    """The text with children in place of the null after a key."""
    block = _nested(path, value, key.start_mark.column + _STEP)
    before = text[: node.start_mark.index].rstrip(" ")
    return before + "\n" + block + text[node.end_mark.index :]


def _inserted(text: str, node: yaml.MappingNode, path: Path, value: str) -> str:
    """The text with a new entry at the end of the mapping."""
    if node.flow_style:
        at = text.index("{", node.start_mark.index) + 1
        comma = ", " if node.value else ""
        return text[:at] + _flow(path, value) + comma + text[at:]
    at = _line_end(text, _end(text, *node.value[-1]))
    column = node.value[0][0].start_mark.column
    return text[:at] + "\n" + _nested(path, value, column) + text[at:]


def _end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Where the last character of an entry stands; a collection's own mark is far behind it."""
    return key.end_mark.index if _is_alias(key, value) else _value_end(text, value)


def _value_end(text: str, value: yaml.Node) -> int:
    if not isinstance(value, yaml.CollectionNode) or value.flow_style or not value.value:
        return value.end_mark.index
    last = value.value[-1]
    if isinstance(value, yaml.MappingNode):
        return _end(text, *last)
    if last.start_mark.index >= value.start_mark.index:
        return _value_end(text, last)
    # The last item is an alias: its marks are elsewhere, so only the list's own is left.
    lines = text[: value.end_mark.index].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return sum(map(len, lines))


def _line_end(text: str, at: int) -> int:
    # The mark of a block scalar (`|`) is at the start of the line after it.
    at = len(text[:at].rstrip("\n")) if text[at - 1 : at] == "\n" else at
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _nested(path: Path, value: str, column: int) -> str:
    lines = [f"{' ' * (column + _STEP * depth)}{key}:" for depth, key in enumerate(path)]
    return "\n".join(lines) + f" {value}"


def _flow(path: Path, value: str) -> str:
    for key in reversed(path[1:]):
        value = f"{{{key}: {value}}}"
    return f"{path[0]}: {value}"


def _shown(path: Path) -> str:
    return ".".join(map(str, path[1:])) or "the document"
