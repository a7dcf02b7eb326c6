"""How one YAML scalar is written, so that readers of YAML 1.1 and of 1.2 read the same. Pure."""

import json
import re

# What some reader takes for something other than a string: the core schema of YAML 1.2, the types
# of YAML 1.1 (yaml.org/type), and what PyYAML and libyaml make of both.
_OTHER = re.compile(
    r"""
    ~ | null | Null | NULL | = | <<
    | y | Y | yes | Yes | YES | n | N | no | No | NO
    | true | True | TRUE | false | False | FALSE | on | On | ON | off | Off | OFF
    | [-+]?0b[01_]+ | [-+]?0o[0-7]+ | [-+]?0x[0-9a-fA-F_]+
    | [-+]?[0-9][0-9_]*
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
    | [-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+]?[0-9]+)?
    | [-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+
    | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ ].*)?
    """,
    re.VERBOSE,
)
# Characters that open something else, or might (`-`, `?` and `:` do before a space).
_OPENING = frozenset("-?:,[]{}#&*!|>'\"%@`")
# What all of them begin with, since most texts do not.
_OTHER_OPENING = frozenset("~nN=<yYtTfFoO+-.0123456789")
_SPECIAL = re.compile(r":(\s|$)|\s#")
# What a reader may refuse, or take for the end of a line (\x85, \u2028, \u2029).
_UNPRINTABLE = re.compile(
    r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def scalar(value: str | int | float | bool) -> str:
    """The value on one line; a string is bare where every reader takes it for that string."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return string(value)


def string(text: str) -> str:
    """A string on one line: bare, in single quotes, or escaped in double quotes."""
    if _unprintable(text):
        return json.dumps(text, ensure_ascii=True) if _ascii(text) else _escaped(text)
    if is_plain(text):
        return text
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def is_plain(text: str) -> bool:
    """Whether it needs no quotes."""
    return not (
        not text
        or text[0] in _OPENING
        or text != text.strip()
        or "\n" in text
        or _SPECIAL.search(text)
        or (text[0] in _OTHER_OPENING and _OTHER.fullmatch(text))
        or _unprintable(text)
        # A document's marks, even inside one.
        or text.startswith(("---", "..."))
    )


def block(text: str, indent: int) -> str | None:
    """A text of several lines as a literal block, or None where only escapes keep it.

    Every line is kept as it is, at `indent` spaces; nothing is wrapped.
    """
    body = text.rstrip("\n")
    if not body.strip() or "\t" in body[: len(body) - len(body.lstrip())]:
        return None
    if any(_unprintable(line.replace("\t", "")) for line in body.split("\n")):
        return None
    ends = len(text) - len(body)
    chomping = {0: "-", 1: ""}.get(ends, "+")
    # A first line that begins with a space would be taken for the measure of all lines.
    first = body.split("\n", 1)[0]
    measure = "2" if not first or first[0] == " " else ""
    margin = " " * indent
    lines = [f"{margin}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{measure}{chomping}", *lines, *[""] * max(ends - 1, 0)])


def _unprintable(text: str) -> bool:
    # By far the most texts are plain ASCII, which Python can tell at once.
    return not (text.isascii() and text.isprintable()) and bool(_UNPRINTABLE.search(text))


def _ascii(text: str) -> bool:
    # JSON writes characters beyond the basic plane as surrogates, which YAML has not.
    return all(ord(each) < 0x10000 and each != "\x7f" for each in text)


def _escaped(text: str) -> str:
    return '"' + "".join(_escape(each) for each in text) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if not _unprintable(character):
        return character
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"
