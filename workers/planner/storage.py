"""The buckets of a request: what for, by which name, and whether public. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from workers.planner.sentence import Item

_LEADING = ("adjective", "public", "private", "feature")
_SKIPPED = ("determiner", "pronoun", "adjective", "filler", "storing", "public", "private")
# After these the words are about something else.
_SILENT = ("naming", "join", "requires", "unsupported", "language", "environment")
_ENDS = ("stop", "service", "create", "deploy", "database", "database_noun", "naming_it")


@dataclass
class Mention:
    """One place that speaks of a bucket, or of several."""

    head: int
    start: int
    end: int
    plural: bool
    definite: bool
    names: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    visibility: set[bool] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    pronoun: bool = False

    @property
    def vague(self) -> bool:
        """Whether it may speak of a bucket that was mentioned before."""
        return self.definite and not self.described

    @property
    def alone(self) -> bool:
        """Whether it says nothing at all about a bucket: the "one" of "one more thing"."""
        return self.pronoun and not self.described and not self.visibility


def mentions(items: Sequence[Item]) -> list[Mention]:
    """Every mention of a bucket that is wanted, with what stands around it."""
    heads = [at for at, item in enumerate(items) if item.kind == "bucket" and not item.negated]
    if heads:
        heads += [at for at, item in enumerate(items) if item.kind == "one" and at > heads[0]]
    heads.sort()
    starts = [_start(items, head) for head in heads]
    made = []
    for number, head in enumerate(heads):
        following = starts[number + 1] if number + 1 < len(starts) else len(items)
        made.append(_mention(items, head, starts[number], min(following, _end(items, head))))
    return made


def _start(items: Sequence[Item], head: int) -> int:
    """Where the noun phrase begins: `a public avatars` before `bucket`."""
    index = head
    while index > 0 and items[index - 1].kind in (*_LEADING, "word", "quoted"):
        index -= 1
    if index > 0 and items[index - 1].kind in ("determiner", "negation"):
        index -= 1
    return index


def _end(items: Sequence[Item], head: int) -> int:
    for index in range(head + 1, len(items)):
        if items[index].kind in _ENDS:
            return index
    return len(items)


def _mention(items: Sequence[Item], head: int, start: int, end: int) -> Mention:
    article = items[start].text.lower() if items[start].kind == "determiner" else ""
    made = Mention(
        head,
        start,
        end,
        plural=items[head].text.lower().endswith(("buckets", "ones")),
        definite=article in ("the", "this", "these", "its"),
        pronoun=items[head].kind == "one",
    )
    for item in items[start:end]:
        if item.kind in ("public", "private"):
            made.visibility.add((item.kind == "public") != item.negated)
    modifiers = [index for index in range(start, head) if items[index].kind in ("word", "quoted")]
    if modifiers:
        made.described = ["-".join(items[index].text.lower() for index in modifiers)]
        made.used.update(modifiers)
    else:
        _describe(items, made)
    return made


def _describe(items: Sequence[Item], made: Mention) -> None:
    """Reads the first of `for user avatars`, `to store invoices`, `: avatars and invoices`."""
    for index in range(made.head + 1, made.end):
        item = items[index]
        if item.kind in _SILENT:
            return
        if item.kind in ("purpose", "storing") or item.text == ":":
            _read_words(items, made, index + 1)
        if made.described:
            return


def _read_words(items: Sequence[Item], made: Mention, index: int) -> None:
    words: list[int] = []
    while index < made.end:
        item = items[index]
        goes_on = _goes_on(items, index + 1, made)
        if item.kind in ("word", "quoted"):
            words.append(index)
        elif made.plural and (item.kind == "join" or item.text == ",") and goes_on:
            _close(items, made, words)
            words = []
        elif item.kind == "join" and words and goes_on:
            words.append(index)
        elif item.kind not in _SKIPPED or words:
            break
        index += 1
    _close(items, made, words)


def _goes_on(items: Sequence[Item], at: int, made: Mention) -> bool:
    while at < made.end and items[at].kind in (*_SKIPPED, "join"):
        at += 1
    return at < made.end and items[at].kind in ("word", "quoted")


def _close(items: Sequence[Item], made: Mention, words: Sequence[int]) -> None:
    """Ends one description. More than four words are a story, and no name."""
    if not words or len(words) > 4:
        return
    texts = [items[index].text.lower().removesuffix("'s") for index in words]
    made.described.append("-".join(texts))
    made.used.update(words)
