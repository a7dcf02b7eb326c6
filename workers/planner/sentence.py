"""A request's words with what each means: known phrases, given names, and words nobody knows. Pure.

Two facts hang on where a word stands, and are marked here for all readers: whether it is negated
("without a database"), and whether it is asked for ("with blockchain") or only said ("for our
finance people").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workers.planner.vocabulary import Term, lexicon

_LONGEST_PHRASE = 5

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"\n]*"|`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w))
      | (?P<stop>[.!?;]+(?=\s|$))
      | (?P<comma>[,:()\[\]{}\n]|\s[-–—]+\s|—)
      | (?P<word>[^\s,;:()\[\]{}"`—]+)""",
    re.X,
)

# `name: orders` and `service_name=orders` are namings; `database: none` is a negation.
_LABELLED_NAME = re.compile(r"\b(?:service[ _-]?name|name)\s*[:=]\s*", re.I)
_LABELLED_NONE = re.compile(r"\b(database|db|buckets?)\s*[:=]\s*(?:none|no)\b", re.I)

_STRAIGHT_QUOTES = str.maketrans("“”„«»‘’", '"""""\'\'')

# What can't be a name or the first word of one.
_FUNCTION_WORDS = (
    *("create", "deploy", "determiner", "filler", "join", "naming", "naming_it"),
    *("negation", "pronoun", "purpose", "question", "requires", "wish"),
)
_NAMINGS = ("naming", "naming_it")
_ENDS_NEGATION = (*_NAMINGS, "create", "requires")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quotation or a break, as it is written."""

    text: str
    shape: str


@dataclass(frozen=True, slots=True)
class Item:
    """One phrase. `kind` is a word's meaning, or one of word, name, quoted, comma and stop."""

    text: str
    kind: str
    value: str = ""
    negated: bool = False
    required: bool = False

    @property
    def breaks(self) -> bool:
        return self.kind in ("comma", "stop")


def read(text: str) -> tuple[Item, ...]:
    """The phrases of a request, in order."""
    return tuple(_with_requirements(_with_negations(list(_tagged(tokens(text))))))


def tokens(text: str) -> list[Token]:
    """Words, quotations and breaks of a text."""
    text = _LABELLED_NONE.sub(r" no \1 ", text.translate(_STRAIGHT_QUOTES))
    text = _LABELLED_NAME.sub(" called ", text)
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        shape, piece = str(match.lastgroup), match.group()
        if shape != "word":
            found.append(Token(piece.strip("\"`'") if shape == "quoted" else piece, shape))
            continue
        word = piece.rstrip(".!?'")
        if word:
            found.append(Token(word, "word"))
        if len(word) < len(piece) and piece[-1] in ".!?":
            found.append(Token(piece[len(word) :], "stop"))
    return found


def _tagged(found: Sequence[Token]) -> Iterator[Item]:
    at = 0
    while at < len(found):
        token = found[at]
        if token.shape != "word":
            yield Item(token.text, token.shape)
            at += 1
            continue
        length, term = _longest(found, at)
        if term is None:
            yield from _unknown(token, first=at == 0 or found[at - 1].shape == "stop")
            at += 1
            continue
        yield Item(" ".join(t.text for t in found[at : at + length]), term.kind, term.value)
        at += length
        if term.kind in _NAMINGS:
            at, names = _names(found, at)
            yield from names


def _longest(found: Sequence[Token], at: int) -> tuple[int, Term | None]:
    """The longest known phrase that starts here, and how many words it has."""
    words: list[str] = []
    for token in found[at : at + _LONGEST_PHRASE]:
        if token.shape != "word":
            break
        words.append(token.text.lower())
    if _is_go(found, at):
        return 1, Term("unsupported", "Go")
    for length in range(len(words), 0, -1):
        term = lexicon().get(" ".join(words[:length]))
        if term is not None:
            return length, term
    return 1, None


def _is_go(found: Sequence[Token], at: int) -> bool:
    """The language is written with a capital where no sentence begins; the verb is not."""
    return found[at].text == "Go" and at > 0 and found[at - 1].shape != "stop"


def _unknown(token: Token, *, first: bool) -> Iterator[Item]:
    """An unknown word, or the known parts of a compound (`postgres-backed`, `REST/CRUD`)."""
    parts = re.split(r"[-/]", token.text)
    terms = [term for part in parts if (term := lexicon().get(part.lower()))]
    # `python-service` is a name, whatever its parts mean.
    if len(parts) == len(terms) > 1 and not first and terms[-1].kind != "service":
        for part, term in zip(parts, terms, strict=True):
            yield Item(part, term.kind, term.value)
        return
    number = re.fullmatch(r"v?\d[\d.]*\+?", token.text)
    yield Item(token.text, "filler" if number else "word")


def _names(found: Sequence[Token], at: int) -> tuple[int, list[Item]]:
    """The names after a naming, and where the sentence goes on: `called a`, `called a and b`."""
    at = _past_preface(found, at)
    at, name = _name(found, at)
    if name is None:
        return at, []
    names = [name]
    while at + 1 < len(found) and found[at].text.lower() in ("and", "or", "&"):
        end, other = _name(found, at + 1, single=True)
        if other is None or not _ends_clause(found, end):
            break
        names += [Item(found[at].text, "join"), other]
        at = end
    return at, names


def _past_preface(found: Sequence[Token], at: int) -> int:
    """Past `:`, `as`, `the` and the like between a naming and the name."""
    if at < len(found) and found[at].text == ":":
        at += 1
    while at < len(found) and found[at].text.lower() in ("as", "the", "a", "an", "simply", "just"):
        at += 1
    return at


def _name(found: Sequence[Token], at: int, *, single: bool = False) -> tuple[int, Item | None]:
    """A name here, if there is one: a quotation, or words up to the next that means something."""
    if at >= len(found) or found[at].shape not in ("word", "quoted"):
        return at, None
    if found[at].shape == "quoted":
        return at + 1, Item(found[at].text, "name")
    _, term = _longest(found, at)
    if term is not None and (single or term.kind in _FUNCTION_WORDS):
        return at, None
    words = [found[at].text]
    at += 1
    while not single and at < len(found) and found[at].shape == "word":
        length, term = _longest(found, at)
        if term is not None and not (term.kind == "service" and length == 1):
            break
        words.append(found[at].text)
        at += 1
    return at, Item(" ".join(words), "name")


def _ends_clause(found: Sequence[Token], at: int) -> bool:
    if at >= len(found) or found[at].shape in ("stop", "comma"):
        return True
    _, term = _longest(found, at)
    return term is not None and term.kind in ("requires", "purpose", "deploy", "join", "filler")


def _with_negations(items: Sequence[Item]) -> Iterator[Item]:
    """Marks what `no`, `not` or `without` reach: up to a break, an `and`, or what is asked for."""
    active = without = False
    before = ""
    for item in items:
        text = item.text.lower()
        if item.kind == "negation":
            active, without = True, text in ("without", "neither", "w/o")
        elif item.breaks or item.kind in _ENDS_NEGATION or text == "but":
            # "on" and "in" only say where, and "do not use Kafka" is about Kafka.
            active = active and (text in ("on", "in") or before == "negation")
        elif text in ("and", "&", "+", "then"):
            # "Without a and b" means neither; "no a and b" may mean b.
            active = active and without
        before = item.kind
        yield replace(item, negated=active) if item.kind != "negation" else item


def _with_requirements(items: Iterator[Item]) -> Iterator[Item]:
    """Marks what is asked for: after `with`, `using`, `in` and the like, and where to deploy."""
    required = deploying = False
    for item in items:
        if item.kind == "requires":
            required = True
        elif item.kind == "deploy":
            required, deploying = False, True
        elif item.kind == "purpose":
            required = deploying = deploying and item.text.lower() in ("to", "into", "at")
        elif item.kind in ("stop", "create", "naming", "naming_it", "manage", "storing"):
            required = deploying = False
        yield replace(item, required=required)
