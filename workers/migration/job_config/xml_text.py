"""The text of a `config.xml`, as a parser of XML 1.0 takes it. Pure."""

import re

from workers.migration.jenkinsfile.source import decode

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"\A\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
# What Jenkins may have been told to write; never a codec that does more than map bytes.
_KNOWN = re.compile(r"us-ascii|iso-8859-\d{1,2}|(windows-|cp)125\d", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
# The first element, after what may stand before it.
_ROOT = re.compile(r"\A\s*(?:<!--.*?-->\s*)*<([A-Za-z_][\w.$-]*)", re.DOTALL)


def xml_text(source: bytes | str) -> str:
    """The text, with the declaration blanked and every character in its place.

    Jenkins writes `version='1.1'`, which most parsers refuse. What XML 1.1 may refer to and XML 1.0
    may not, control characters, become U+FFFD.
    """
    text = _decoded(source)
    text = _DECLARATION.sub(lambda found: re.sub(r"[^\r\n]", " ", found.group()), text)
    return _REFERENCE.sub(_allowed, text)


def root_tag(source: bytes | str) -> str | None:
    """The name of the first element; None where it is no XML."""
    found = _ROOT.match(xml_text(source[:8192]))
    return found.group(1) if found else None


def _decoded(source: bytes | str) -> str:
    if isinstance(source, bytes) and (found := _ENCODING.match(source)):
        name = found.group(1).decode("ascii")
        if _KNOWN.fullmatch(name):
            return source.decode(name, errors="replace")
    return decode(source)


def _allowed(found: re.Match[str]) -> str:
    number = int(found.group(1), 16) if found.group(1) else int(found.group(2))
    control = number < 0x20 and number not in (0x9, 0xA, 0xD)
    return "\ufffd" * len(found.group()) if control else found.group()
