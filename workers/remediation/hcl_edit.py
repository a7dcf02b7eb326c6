"""Changes to HCL text that keep every other byte, in the layout of `terraform fmt`. Pure.

Each function takes a text and a block that was scanned from that very text, and returns the new
text; after it, earlier blocks still stand where they stood, later ones have to be scanned again.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

from workers.remediation.hcl import (
    Argument,
    Block,
    block_from,
    object_at,
    object_from,
    objects,
    parse,
)
from workers.remediation.hcl_text import line_end

_STEP = "  "


def set_argument(text: str, block: Block, name: str, value: str) -> str:
    """The text in which the block says `name = value`."""
    found = block.argument(name)
    if found is None:
        return _inserted(text, block, name, value)
    if text[found.value_start : found.value_end] == value:
        return text
    return _settled(text[: found.value_start] + value + text[found.value_end :], block, name)


def merge_entries(text: str, block: Block, name: str, entries: Mapping[str, str]) -> str:
    """The text in which the block's map `name` has these entries; others stay as they are."""
    found = block.argument(name)
    if found is None:
        return _inserted(text, block, name, _map(entries, _inner_indent(text, block)))
    literal = map_of(text, found)
    if literal is None:
        old = text[found.value_start : found.value_end]
        added = _map(entries, _indent(text, found.start))
        return set_argument(text, block, name, f"merge({old}, {added})")
    for key, value in entries.items():
        text = set_argument(text, literal, key, value)
        literal = _again(text, literal)
    return _settled(text, block, name)


def map_of(text: str, argument: Argument) -> Block | None:
    """The object that has the last word in the argument's value: the value, or what it merges."""
    if not text.startswith("merge(", argument.value_start):
        return object_at(text, argument)
    for found in objects(text, argument.value_start, argument.value_end):
        if re.fullmatch(r"\s*,?\s*\)", text[found.closed + 1 : argument.value_end]):
            return found
    return None


def insert_after(text: str, block: Block, source: str) -> str:
    """The text with `source` as a block of its own after the given one."""
    end = line_end(text, block.closed + 1)
    return f"{text[:end]}\n\n{source.strip()}{text[end:] or chr(10)}"


def removed(text: str, block: Block) -> str:
    """The text without the block and the blank lines before it."""
    end = line_end(text, block.closed + 1)
    before = text[: _line_start(text, block.start)].rstrip("\n")
    after = text[end:].lstrip("\n")
    inside = before.endswith("{") or after.lstrip().startswith("}")
    return before + ("\n" if inside or not after else "\n\n" if before else "") + after


def _again(text: str, block: Block) -> Block:
    """The block after a change inside it, found by its start."""
    if block.type:
        return block_from(text, block.start)
    return object_from(text, block.start) if block.opened else parse(text)


def _inserted(text: str, block: Block, name: str, value: str) -> str:
    """The text with a new argument after the block's leading ones."""
    if block.opened and "\n" not in text[block.opened : block.closed]:
        text = _unfolded(text, block)
        block = _again(text, block)
    first_block = min((inner.start for inner in block.blocks), default=block.closed)
    leading = [found for found in block.arguments if found.start < first_block]
    line = f"\n{_inner_indent(text, block)}{name} {_sign(text, leading)} {value}"
    if "\n" in value and leading:
        line = "\n" + line
    if block.blocks and not leading:
        line += "\n"
    at = rest = line_end(text, leading[-1].value_end if leading else block.opened)
    if block.closed < at:  # The last entry and the closing brace share a line.
        at, rest = len(text[: block.closed].rstrip()), block.closed
        line += "\n" + _indent(text, block.start)
    return _settled(text[:at] + line + text[rest:], block, name)


def _sign(text: str, arguments: Sequence[Argument]) -> str:
    return text[arguments[-1].sign] if arguments else "="


def _unfolded(text: str, block: Block) -> str:
    """The text with a block of one line written over several."""
    indent = _indent(text, block.start)
    starts = [found.start for found in block.arguments] + [found.start for found in block.blocks]
    cuts = [block.opened, *sorted(starts)[1:], block.closed]
    parts = [text[start:end].strip().rstrip(",").rstrip() for start, end in pairwise(cuts)]
    inner = "".join(f"\n{indent}{_STEP}{part}" for part in parts if part)
    changed = f"{text[: block.opened]}{inner}\n{indent}{text[block.closed :]}"
    if not block.arguments:
        return changed
    return _aligned(changed, _again(changed, block), block.arguments[0].name)


def _settled(text: str, block: Block, name: str) -> str:
    """The text laid out anew around the argument `name`, whose value has just changed."""
    found = _again(text, block).argument(name)
    if found and "\n" in text[found.value_start : found.value_end]:
        sign = f"{_written(text, found)} {text[found.sign]} "
        text = text[: found.start] + sign + text[found.value_start :]
    # A value that goes over several lines, or no longer does, parts or joins its neighbours.
    names = [argument.name for argument in _again(text, block).arguments]
    at = names.index(name)
    for neighbour in names[max(at - 1, 0) : at + 2]:
        text = _aligned(text, _again(text, block), neighbour)
    return text


def _aligned(text: str, block: Block, name: str) -> str:
    """The text with the signs and comments in line around the argument `name` of the block.

    As in hclwrite's format.go: neighbours are arguments on consecutive lines, each complete on its
    own line; anything else between them ends the group.
    """
    group = _neighbours(text, block, name)
    if not group:
        return text
    width = max(len(_written(text, found)) for found in group)
    rows = [_row(text, found, width) for found in group]
    lines: list[str] = []
    for commented, run in groupby(rows, key=lambda row: bool(row[1])):
        found = list(run)
        column = max(len(code) for code, _ in found)
        lines += [f"{c:<{column}} {comment}" if commented else c for c, comment in found]
    start = _line_start(text, group[0].start)
    return text[:start] + "\n".join(lines) + text[line_end(text, group[-1].value_end) :]


def _neighbours(text: str, block: Block, name: str) -> list[Argument]:
    runs: list[list[Argument]] = [[]]
    for found in block.arguments:
        start = _line_start(text, found.start)
        if not _alone(text, block, found):
            runs.append([])
            continue
        if runs[-1] and line_end(text, runs[-1][-1].value_end) + 1 != start:
            runs.append([])
        runs[-1].append(found)
    return next((run for run in runs if any(found.name == name for found in run)), [])


def _alone(text: str, block: Block, found: Argument) -> bool:
    """Whether the argument has one line for itself, but for a comma and a comment after it."""
    start, end = _line_start(text, found.start), line_end(text, found.value_end)
    rest = text[found.value_end : end].strip().removeprefix(",").strip()
    return (
        text[found.sign] == "="
        and "\n" not in text[start:end]
        and not text[start : found.start].strip()
        and end <= block.closed
        and (not rest or rest.startswith(("#", "//", "/*")))
    )


def _row(text: str, found: Argument, width: int) -> tuple[str, str]:
    """An argument's line as code in its columns, and the comment after it."""
    rest = text[found.value_end : line_end(text, found.value_end)].strip()
    comma, comment = ("," if rest.startswith(",") else ""), rest.removeprefix(",").strip()
    value = text[found.value_start : found.value_end] + comma
    return f"{_indent(text, found.start)}{_written(text, found):<{width}} = {value}", comment


def _written(text: str, found: Argument) -> str:
    """The name as it stands in the text, with its quotes if it has any."""
    return text[found.start : found.sign].rstrip()


def _map(entries: Mapping[str, str], indent: str) -> str:
    width = max(map(len, entries))
    lines = "".join(f"{indent}{_STEP}{key:<{width}} = {v}\n" for key, v in entries.items())
    return f"{{\n{lines}{indent}}}"


def _inner_indent(text: str, block: Block) -> str:
    for found in block.arguments:
        if not text[_line_start(text, found.start) : found.start].strip():
            return _indent(text, found.start)
    return _indent(text, block.start) + _STEP if block.opened else ""


def _indent(text: str, at: int) -> str:
    line = text[_line_start(text, at) : at]
    return line[: len(line) - len(line.lstrip())]


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1
