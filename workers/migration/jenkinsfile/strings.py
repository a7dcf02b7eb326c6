"""What the text between quotes means: escapes undone, line ends as Groovy has them."""

import re

_ESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(\r\n|.))", re.DOTALL)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\n": "", "\r\n": "", "\r": ""}
_DOLLAR = re.compile(r"\$([$/])")
_LONG_QUOTES = ("'''", '"""')


def opening(text: str) -> str:
    """The quote that a string literal begins with."""
    return text[:3] if text.startswith(_LONG_QUOTES) else text[0]


def unescaped(text: str, quote: str) -> str:
    """The value of what stands between two of these quotes."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if quote == "/":
        return text.replace("\\/", "/")
    if quote == "$/":
        return _DOLLAR.sub(r"\1", text)
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code, octal, other = match.groups()
    if code:
        return chr(int(code, 16))
    if octal:
        return chr(int(octal, 8))
    return _CONTROLS.get(other, other)
