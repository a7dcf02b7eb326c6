"""One Terraform file -> flat blocks of plain values. Pure.

python-hcl2 gives `{"resource": [{"aws_s3_bucket": {"avatars": {...}}}]}` and leaves expressions as
`"${...}"` text, which is also how Terraform's JSON syntax writes them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import hcl2
from lark.exceptions import LarkError

from workers.policy.plain import Unreadable, plain, read_json

OPTIONS = hcl2.SerializationOptions(
    with_comments=False, explicit_blocks=False, strip_string_quotes=True
)
_HEREDOC = re.compile(r"<<-?(\w+)\r?\n(.*?)\r?\n?[ \t]*\1\s*", re.DOTALL)
_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "provider": 1,
    "variable": 1,
    "module": 1,
    "output": 1,
    "locals": 0,
}
Block = dict[str, Any]


def blocks(raw: dict[str, Any]) -> list[Block]:
    """The blocks of a parsed file: kind, type, name, address and body. Raises Unreadable."""
    return [
        _block(kind, labels, body)
        for kind, count in _LABELS.items()
        for labels, body in _labelled(raw.get(kind, []), count, ())
    ]


def parse(path: str, text: str) -> dict[str, Any]:
    """A file in either of Terraform's two syntaxes. Raises Unreadable."""
    raw = read_json(text) if path.endswith(".json") else read_hcl(text)
    if not isinstance(raw, dict):
        raise Unreadable("it is not an object")
    return raw


def read_hcl(text: str) -> Any:
    """The parse of HCL text, expressions left as `${...}`. Raises Unreadable."""
    try:
        return plain(hcl2.loads(text.removeprefix("\ufeff") + "\n", serialization_options=OPTIONS))
    except LarkError as error:
        line = getattr(error, "line", None)
        raise Unreadable(f"not HCL: it stops making sense on line {line}") from error
    except (RecursionError, ValueError, RuntimeError, KeyError) as error:
        raise Unreadable(f"not HCL: {type(error).__name__}") from error


def _labelled(
    value: object, count: int, labels: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every body with its labels."""
    for item in as_list(value):
        if not isinstance(item, dict):
            raise Unreadable(f"{'.'.join(labels) or 'a block'} is not a block")
        if count == len(labels):
            yield labels, item
            continue
        for label, inner in item.items():
            if label != "//":
                yield from _labelled(inner, count, (*labels, label))


def _block(kind: str, labels: tuple[str, ...], body: dict[str, Any]) -> Block:
    prefix = {"resource": (), "variable": ("var",)}.get(kind, (kind,))
    return {
        "kind": kind,
        "type": labels[0] if labels else "",
        "name": labels[-1] if labels else "",
        "address": ".".join((*prefix, *labels)),
        "body": _body(body),
    }


def _body(body: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: _value(value) for name, value in body.items() if name != "dynamic"}
    for labels, dynamic in _labelled(body.get("dynamic", []), 1, ()):
        # A dynamic block is judged as if it were written out; `for_each` says that it may not be.
        for content in as_list(dynamic.get("content", {})):
            if not isinstance(content, dict):
                raise Unreadable(f"the content of dynamic {labels[0]!r} is not a block")
            written = {**_body(content), "for_each": dynamic.get("for_each")}
            made[labels[0]] = [*as_list(made.get(labels[0], [])), written]
    return made


def _value(value: Any) -> Any:
    match value:
        case dict():
            return _body(value)
        case list():
            return [_value(item) for item in value]
        case str() if heredoc := _HEREDOC.fullmatch(value):
            return heredoc[2]
    return value


def as_list(value: Any) -> list[Any]:
    """The value, or a list of it: JSON syntax leaves out the list around a single block."""
    return value if isinstance(value, list) else [value]
