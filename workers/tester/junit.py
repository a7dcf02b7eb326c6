"""The results in a JUnit XML file that untrusted code may have written. Pure."""

import re
from dataclasses import dataclass, replace
from typing import Literal
from xml.parsers import expat

SIZE_LIMIT = 4 * 1024 * 1024
CASE_LIMIT = 20_000

Outcome = Literal["passed", "failure", "error", "skipped"]

_ERROR_NAME = re.compile(r"\b([A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Failed|Warning))\b")
_TEXT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Case:
    """One test and its fate; `error` is the class of what was raised, as far as it can be told."""

    name: str
    outcome: Outcome = "passed"
    error: str = ""


class Unreadable(Exception):
    """Raised when the file isn't the plain XML that a test runner writes; says how."""


def cases(xml: bytes) -> tuple[Case, ...]:
    """The tests in the file, in its order. Raises Unreadable; entities are never expanded."""
    if len(xml) > SIZE_LIMIT:
        raise Unreadable(f"the results have {len(xml)} bytes, over {SIZE_LIMIT}")
    reader = _Reader()
    # The encoding given here wins over the one that the file declares.
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable(f"the results are not XML: {error}") from error
    return tuple(reader.cases)


class _Reader:
    def __init__(self) -> None:
        self.cases: list[Case] = []
        self._verdict: Outcome | None = None
        self._said = ""

    def refuse(self, *_declaration: object) -> None:
        raise Unreadable("the results declare a document type")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "testcase":
            if len(self.cases) == CASE_LIMIT:
                raise Unreadable(f"the results hold more than {CASE_LIMIT} tests")
            names = (attributes.get("classname", ""), attributes.get("name", ""))
            self.cases.append(Case("::".join(name for name in names if name)))
        elif tag in ("failure", "error", "skipped") and self.cases:
            self._verdict = tag  # type: ignore[assignment]
            self._said = attributes.get("message", "") + "\n"

    def text(self, text: str) -> None:
        if self._verdict and len(self._said) < _TEXT_LIMIT:
            self._said += text

    def end(self, tag: str) -> None:
        if self._verdict is None or tag != self._verdict:
            return
        error = "" if self._verdict == "skipped" else _error_in(self._said)
        # A test that fails and whose teardown errs too has both; the first says why.
        if self.cases[-1].outcome == "passed":
            self.cases[-1] = replace(self.cases[-1], outcome=self._verdict, error=error)
        self._verdict = None


def _error_in(said: str) -> str:
    """pytest puts the error's name into the message, or on the last line that begins with E."""
    message, _, text = said.partition("\n")
    if message.startswith("assert "):
        return "AssertionError"
    raised = [line for line in text.splitlines() if line.startswith("E ")]
    for line in (message, *reversed(raised)):
        if found := _ERROR_NAME.search(line):
            return found.group(1)
    return "unknown"
