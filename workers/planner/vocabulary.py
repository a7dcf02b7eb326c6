"""The phrases that the rules know, read from vocabulary.txt, where their form is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("vocabulary.txt")


@dataclass(frozen=True, slots=True)
class Term:
    """What a phrase means; `value` is the canonical word where the kind has one."""

    kind: str
    value: str = ""


@cache
def lexicon() -> Mapping[str, Term]:
    """Every known phrase, in lower case."""
    return MappingProxyType(dict(terms(_FILE.read_text(encoding="utf-8"))))


def terms(text: str) -> Iterator[tuple[str, Term]]:
    """The phrases of a vocabulary and what they mean, in the order of the text."""
    kind = value = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            kind, value = line.strip("[] "), ""
            continue
        before, equals, after = line.partition(" = ")
        if equals:
            value = before.strip()
        for phrase in (after if equals else line).split("|"):
            if phrase.strip():
                yield " ".join(phrase.split()), Term(kind, value)
