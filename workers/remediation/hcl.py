"""Where things are in HCL text: blocks, arguments and objects with their spans. Pure.

A scanner, not a parser: it knows what can hold a brace or a quote without meaning it (strings,
`${...}` templates, heredocs, comments) and leaves expressions as text. All positions are indices
into the text, so that an edit can replace one span and keep every other byte.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from workers.remediation.hcl_text import (
    DEPTH,
    PAIRS,
    bracketed,
    comment_end,
    gap,
    past,
    string_end,
    unreadable,
)

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
_FOR = re.compile(r"\{\s*for\b")


@dataclass(frozen=True, slots=True)
class Argument:
    """`name = value`, or `name : value` in an object; `sign` is where the `=` or `:` stands."""

    name: str
    start: int
    sign: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block, an object or the whole file: what stands between `opened` and `closed`.

    `opened` is just after the opening brace, `closed` at the closing one. An object has neither
    type nor labels, and the keys of its entries are names.
    """

    type: str
    labels: tuple[str, ...]
    start: int
    opened: int
    closed: int
    arguments: tuple[Argument, ...] = ()
    blocks: tuple["Block", ...] = ()

    @property
    def address(self) -> str:
        """`aws_s3_bucket.avatars` for a resource."""
        return ".".join(self.labels)

    def argument(self, name: str) -> Argument | None:
        return next((found for found in self.arguments if found.name == name), None)

    def walk(self) -> Iterator["Block"]:
        """The block and all blocks inside it, outer ones first."""
        yield self
        for block in self.blocks:
            yield from block.walk()


# Playbooks look at the same few texts again and again.
@lru_cache(maxsize=16)
def parse(text: str) -> Block:
    """The file as one block without type. Raises Unreadable."""
    arguments, blocks, _ = _body(text, 0, nested=False, depth=0)
    return Block("", (), 0, 0, len(text), arguments, blocks)


def block_from(text: str, start: int) -> Block:
    """The block whose type stands at `start`. Raises Unreadable."""
    name = _IDENTIFIER.match(text, start)
    if name is None:
        raise unreadable("there is no block", text, start)
    return _block(text, name, 0)


def object_at(text: str, argument: Argument) -> Block | None:
    """The object that is the argument's whole value; None for any other expression."""
    at = argument.value_start
    if text[at] != "{" or _FOR.match(text, at):
        return None
    found = object_from(text, at)
    return found if found.closed + 1 == argument.value_end else None


def object_from(text: str, start: int) -> Block:
    """The object whose opening brace is at `start`. Raises Unreadable."""
    entries: list[Argument] = []
    at = start + 1
    while (at := gap(text, at)) < len(text) and text[at] != "}":
        if text[at] == "," and entries:
            at += 1
            continue
        key_end = _expression(text, at, "=:,}")
        sign = gap(text, key_end, lines=False)
        if key_end == at or not text.startswith(("=", ":"), sign):
            raise unreadable("an object's entry has no value", text, at)
        entries.append(_argument(text, text[at:key_end].strip('"'), at, sign, ",}"))
        at = entries[-1].value_end
    if at >= len(text):
        raise unreadable("an object is not closed", text, start)
    return Block("", (), start, start + 1, at, tuple(entries))


def objects(text: str, start: int, end: int) -> Iterator[Block]:
    """Every object inside an expression, at any depth, outer ones first. Raises Unreadable."""
    at = start
    while at < end:
        if text[at] == "{" and not _FOR.match(text, at):
            found = object_from(text, at)
            yield found
            for entry in found.arguments:
                yield from objects(text, entry.value_start, entry.value_end)
            at = found.closed + 1
        else:
            at = past(text, at, 0)


def _body(
    text: str, at: int, *, nested: bool, depth: int
) -> tuple[tuple[Argument, ...], tuple[Block, ...], int]:
    if depth > DEPTH:
        raise unreadable("blocks are nested too deeply", text, at)
    arguments: list[Argument] = []
    blocks: list[Block] = []
    while (at := gap(text, at)) < len(text):
        if nested and text[at] == "}":
            return tuple(arguments), tuple(blocks), at
        name = _IDENTIFIER.match(text, at)
        if name is None:
            raise unreadable(f"{text[at]!r} where a name was expected", text, at)
        sign = gap(text, name.end(), lines=False)
        if text.startswith("=", sign):
            arguments.append(_argument(text, name.group(), at, sign, "}" if nested else ""))
            at = arguments[-1].value_end
        else:
            blocks.append(_block(text, name, depth))
            at = blocks[-1].closed + 1
    if nested:
        raise unreadable("a block is not closed", text, at)
    return tuple(arguments), tuple(blocks), at


def _block(text: str, name: re.Match[str], depth: int) -> Block:
    labels: list[str] = []
    at = gap(text, name.end(), lines=False)
    while not text.startswith("{", at):
        label = _IDENTIFIER.match(text, at)
        if text.startswith('"', at):
            end = string_end(text, at, 0)
            labels.append(text[at + 1 : end - 1])
        elif label:
            end = label.end()
            labels.append(label.group())
        else:
            raise unreadable(f"{name.group()!r} is neither an argument nor a block", text, at)
        at = gap(text, end, lines=False)
    arguments, blocks, closed = _body(text, at + 1, nested=True, depth=depth + 1)
    return Block(name.group(), tuple(labels), name.start(), at + 1, closed, arguments, blocks)


def _argument(text: str, name: str, start: int, sign: int, stops: str) -> Argument:
    value_start = gap(text, sign + 1, lines=False)
    value_end = _expression(text, value_start, stops)
    if value_start == value_end:
        raise unreadable(f"{name!r} has no value", text, start)
    return Argument(name, start, sign, value_start, value_end)


def _expression(text: str, at: int, stops: str) -> int:
    """Where the expression ends that starts at `at`, without the blanks and comments after it."""
    end = at
    while at < len(text) and text[at] != "\n" and text[at] not in stops:
        if text[at] in PAIRS:
            at = end = bracketed(text, at, 0)
        elif comment := comment_end(text, at):
            at = comment
        elif text[at] in ")]}":
            raise unreadable(f"{text[at]!r} closes nothing", text, at)
        elif text[at].isspace():
            at += 1
        else:
            at = end = past(text, at, 0)
    return end
