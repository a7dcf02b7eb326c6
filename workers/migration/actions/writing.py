"""A tree of mappings, lists and scalars as YAML: the order and the comments kept, nothing wrapped.

Mappings are dicts, lists are lists; `Commented` puts lines above a value's key or item, or a remark
behind a scalar. The same tree gives the same bytes.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from workers.migration.actions.scalars import block, scalar, string

Tree: TypeAlias = (
    "str | int | float | bool | Mapping[str, Tree] | Sequence[Tree] | Commented | None"
)


@dataclass(frozen=True, slots=True)
class Commented:
    """A value with comment lines above it and a remark behind it."""

    value: "Tree"
    above: tuple[str, ...] = ()
    behind: str | None = None


def written(
    tree: Mapping[str, Tree], *, above: Sequence[str] = (), apart: Container[str] = ()
) -> str:
    """The tree as a YAML document.

    An empty line stands before its keys that hold several lines, and between those of the
    mappings that `apart` names.
    """
    lines = [*_comments(above, 0), *_mapping(tree, 0, apart, gaps=True)]
    return "\n".join(lines) + "\n"


def _mapping(
    tree: Mapping[str, Tree], indent: int, apart: Container[str] = (), gaps: bool = False
) -> Iterator[str]:
    margin = " " * indent
    for place, (key, value) in enumerate(tree.items()):
        bare, above, behind = _bare(value)
        if gaps and place and (_big(bare) or above):
            yield ""
        yield from _comments(above, indent)
        # People write the key `on` bare, and so does GitHub, which reads it as a string.
        head = f"{margin}{key if key == 'on' else string(key)}:"
        if key in apart and isinstance(bare, Mapping) and bare:
            yield head
            yield from _mapping(bare, indent + 2, gaps=True)
        else:
            yield from _under(head, bare, indent, behind)


def _under(head: str, value: Tree, indent: int, behind: str | None) -> Iterator[str]:
    """What follows a key: on its line, or below it."""
    remark = f"  # {_one_line(behind)}" if behind else ""
    match value:
        case str():
            yield from _text(head, value, indent, remark)
        case Mapping() if value:
            yield head + remark
            yield from _mapping(value, indent + 2)
        case Mapping():
            yield f"{head} {{}}{remark}"
        case Sequence() if value:
            yield head + remark
            yield from _items(value, indent + 2)
        case Sequence():
            yield f"{head} []{remark}"
        case Commented():
            raise TypeError("a comment on a comment")
        case None:
            yield head + remark
        case _:
            yield f"{head} {scalar(value)}{remark}"


def _text(head: str, text: str, indent: int, remark: str) -> Iterator[str]:
    literal = block(text, indent + 2) if "\n" in text else None
    if literal is None:
        yield f"{head} {string(text)}{remark}"
        return
    first, *rest = literal.split("\n")
    yield f"{head} {first}{remark}"
    yield from rest


def _items(items: Sequence[Tree], indent: int) -> Iterator[str]:
    margin = " " * indent
    for item in items:
        value, above, behind = _bare(item)
        yield from _comments(above, indent)
        if isinstance(value, Mapping) and value:
            first, *rest = _mapping(value, indent + 2)
            # An item's first line stands behind its dash; a comment cannot, and stays above it.
            while first.lstrip().startswith("#"):
                yield margin + first.lstrip()
                first, *rest = rest
            yield f"{margin}- {first[indent + 2 :]}"
            yield from rest
        elif value is not None:
            yield from _under(f"{margin}-", value, indent, behind)


def _bare(value: Tree) -> tuple[Tree, tuple[str, ...], str | None]:
    if isinstance(value, Commented):
        return value.value, value.above, value.behind
    return value, (), None


def _big(value: Tree) -> bool:
    return not isinstance(value, str) and isinstance(value, Mapping | Sequence) and len(value) > 0


def _comments(lines: Sequence[str], indent: int) -> Iterator[str]:
    margin = " " * indent
    for text in lines:
        for line in text.splitlines() or [""]:
            yield f"{margin}# {_printable(line)}".rstrip()


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _printable(line: str) -> str:
    line = line.expandtabs(4)
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else " " for each in line)
