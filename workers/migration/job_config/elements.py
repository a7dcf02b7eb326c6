"""XML as frozen elements with their places.

No document type is read, so no entity is expanded and nothing outside is fetched.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.pipeline.nodes import Span

_LINE_END = re.compile(r"\r\n|\n|\r")
_TAG = re.compile(r"<[^\s/>]+(?:\s+[^\s=>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
# Jobs are about ten deep.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Element:
    """An element; `text` is what stands in it outside of its children, references resolved.

    `opening` is the place of its start tag, `close` the offset of its end tag.
    """

    tag: str
    attributes: dict[str, str]
    text: str
    children: "tuple[Element, ...]"
    span: Span
    opening: Span
    close: int = field(repr=False)

    @property
    def kind(self) -> str:
        """The Java class that it stands for, as Java writes it."""
        return self.attributes.get("class") or self.name

    @property
    def name(self) -> str:
        """The tag, with what XML made Jenkins escape as Java writes it."""
        return self.tag.replace("_-", "$").replace("__", "_")

    def child(self, *path: str) -> "Element | None":
        """The first child of that name, and of that the first one of the next name."""
        found: Element | None = self
        for name in path:
            if found is None:
                return None
            found = next((each for each in found.children if each.tag == name), None)
        return found

    def said(self, *path: str) -> str:
        """The text of a child without the white space around; empty without one."""
        found = self.child(*path)
        return found.text.strip() if found else ""

    def is_true(self, *path: str) -> bool:
        """Whether a child says `true`."""
        return self.said(*path) == "true"

    def below(self) -> "Iterator[Element]":
        """All elements in it, in document order."""
        waiting = [*reversed(self.children)]
        while waiting:
            found = waiting.pop()
            yield found
            waiting.extend(reversed(found.children))


def elements(text: str) -> Element:
    """The root of a document. Raises ParseError when it is not well-formed, or has a DTD."""
    return _Parser(text).root()


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


class _Parser:
    """One document under way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self._open = [_Open("", {}, 0)]
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._doctype

    def root(self) -> Element:
        try:
            self._expat.Parse(self._text, True)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, expat.ErrorString(error.code))
            said = expat.ErrorString(error.code) if isinstance(what, int) else what
            raise ParseError(f"not XML: {said}", error.lineno, error.offset + 1) from error
        return self._open[0].children[0]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise self._error(f"elements are more than {_DEEPEST} deep")
        self._open.append(_Open(tag, attributes, self._offset()))

    def _end(self, _: str) -> None:
        made = self._open.pop()
        opening = self._tag_end(made.start)
        close = self._offset()
        empty = self._text.endswith("/>", made.start, opening)
        end = opening if empty else self._text.find(">", close) + 1
        element = Element(
            made.tag,
            made.attributes,
            "".join(made.text),
            tuple(made.children),
            self._span(made.start, end),
            self._span(made.start, opening),
            opening if empty else close,
        )
        self._open[-1].children.append(element)

    def _characters(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _doctype(self, *_: object) -> None:
        raise self._error("a document type is not allowed here")

    def _error(self, message: str) -> ParseError:
        line = self._expat.CurrentLineNumber
        return ParseError(message, line, self._expat.CurrentColumnNumber + 1)

    def _offset(self) -> int:
        return self._starts[self._expat.CurrentLineNumber - 1] + self._expat.CurrentColumnNumber

    def _tag_end(self, start: int) -> int:
        found = _TAG.match(self._text, start)
        return found.end() if found else self._text.find(">", start) + 1

    def _span(self, start: int, end: int) -> Span:
        line = bisect_right(self._starts, start)
        last = bisect_right(self._starts, max(start, end - 1))
        return Span(start, end, line, start - self._starts[line - 1] + 1, last)
