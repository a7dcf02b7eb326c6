"""Which service is meant: the names in a request, and what else the names belong to. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workers.planner.sentence import Item

_LOOKS_LIKE_A_SERVICE = re.compile(
    r"[^\s/]+[-_](?:service|svc|api|app|backend|server|microservice)"
    r"|(?-i:[A-Z][A-Za-z0-9]*(?:Service|Api|API|App|Backend|Server|Microservice))",
    re.I,
)
_CAMEL = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+")
_MODIFIERS = ("adjective", "language", "feature", "database", "environment", "public", "private")
_WORDY = ("word", "quoted", "other_intent", "resource_noun", "storing")
_BEFORE_A_NAME = ("determiner", "pronoun", "create", "deploy", "wish", "filler", "stop")

# Kinds that show that a request is about software of ours.
EVIDENCE = ("database", "environment", "feature", "language", "bucket")

_HEADS = ("service", "bucket", "one", "resource_noun")


@dataclass
class Names:
    """What was found. `explicit` are given names, `derived` are (phrase, name) pairs."""

    explicit: list[str] = field(default_factory=list)
    derived: list[tuple[str, str]] = field(default_factory=list)
    of_bucket: dict[int, list[str]] = field(default_factory=dict)
    of_resource: list[str] = field(default_factory=list)
    of_database: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)


def names(items: Sequence[Item], purposes: Mapping[int, int]) -> Names:
    """All names of a request. `purposes` says of buckets where they tell what they are for."""
    found = Names()
    unsure: list[tuple[int, list[str]]] = []
    for at, item in enumerate(items):
        if item.kind in ("naming", "naming_it") and not item.negated:
            _attach(items, at, purposes, found, unsure)
    _look_like_services(items, found)
    for head, given in unsure:
        # "... a bucket for avatars, call it profiles": the service, unless it has a name already.
        if found.explicit:
            found.of_bucket.setdefault(head, []).extend(given)
        else:
            found.explicit += given
    _beside_nouns(items, found)
    found.explicit = list(dict.fromkeys(found.explicit))
    found.derived = list(dict.fromkeys(found.derived))
    return found


def _attach(
    items: Sequence[Item],
    at: int,
    purposes: Mapping[int, int],
    found: Names,
    unsure: list[tuple[int, list[str]]],
) -> None:
    """Gives the names after a naming to the noun that it belongs to."""
    given = _given(items, at)
    head = _head(items, at)
    kind = items[head].kind if head is not None else "service"
    if head is None or kind == "service":
        found.explicit += given
    elif kind == "database_noun":
        found.of_database += given
    elif kind == "resource_noun":
        found.of_resource += given
    elif items[at].kind == "naming_it" or purposes.get(head, at) < at:
        unsure.append((head, given))
    else:
        found.of_bucket.setdefault(head, []).extend(given)


def _given(items: Sequence[Item], at: int) -> list[str]:
    given: list[str] = []
    for item in items[at + 1 :]:
        if item.kind == "name":
            given.append(item.text)
        elif item.kind != "join":
            break
    return given


def _head(items: Sequence[Item], at: int) -> int | None:
    """The noun before a naming: the nearest of its sentence, or of any for "it is called"."""
    text = items[at].text.lower()
    if items[at].kind == "naming" and re.search(r"\b(service|api|app|microservice)\b", text):
        return None
    if at and items[at - 1].kind == "database_noun" and not items[at - 1].negated:
        return at - 1
    for index in range(at - 1, -1, -1):
        if items[index].kind in _HEADS and not items[index].negated:
            return index
        if items[index].kind == "stop" and items[at].kind == "naming":
            return None
    return None


def looks_like_a_service(word: str) -> bool:
    """Whether a word has the form of a service's name: `user-service`, `UserService`."""
    return _LOOKS_LIKE_A_SERVICE.fullmatch(word) is not None


def _look_like_services(items: Sequence[Item], found: Names) -> None:
    """Names by their form, where something is created: `create user-service with ...`."""
    for at, item in enumerate(items):
        if item.kind not in ("word", "quoted") or item.negated:
            continue
        formed = looks_like_a_service(item.text) or _CAMEL.fullmatch(item.text)
        hyphened = re.fullmatch(r"\w+([-_]\w+)+", item.text)
        before = _kind_before(items, at)
        placed = before in ("create", "deploy", "service", "stop", "wish", "")
        named = formed or (hyphened and not _modifies_service(items, at))
        another = formed and before == "join" and found.explicit
        if (placed and named) or another:
            found.explicit.append(item.text)
            found.used.add(at)


def _kind_before(items: Sequence[Item], at: int) -> str:
    """The kind of what stands before a noun phrase; empty at the start."""
    for item in reversed(items[:at]):
        if item.kind not in ("determiner", "filler", "pronoun", *_MODIFIERS):
            return item.kind
    return ""


def _modifies_service(items: Sequence[Item], at: int) -> bool:
    return at + 1 < len(items) and items[at + 1].kind == "service"


def _beside_nouns(items: Sequence[Item], found: Names) -> None:
    """Names beside a service's noun: `an orders API`, `a "user" service`, `microservice orders`."""
    for at, item in enumerate(items):
        if item.kind != "service" or item.required or item.negated:
            continue
        before = _words_before(items, at)
        after = at + 2 if at + 1 < len(items) and items[at + 1].text == ":" else at + 1
        if before:
            words = [items[index].text for index in before]
            if len(before) == 1 and items[before[0]].kind == "quoted":
                found.explicit += words
                found.used.update(before)
            elif before[0] not in found.used:
                phrase = " ".join([*words, item.text])
                found.derived.append((phrase, _derived(words, item.value)))
            # Beside a name that is given, they are only words before "service".
            found.used.update(() if found.explicit else before)
        elif after < len(items) and after not in found.used and not items[after].negated:
            if items[after].kind == "quoted":
                found.explicit.append(items[after].text)
                found.used.add(after)
            elif items[after].kind == "word" and _closes(items, after + 1):
                found.derived.append((f"{item.text} {items[after].text}", items[after].text))
                found.used.add(after)


def _words_before(items: Sequence[Item], at: int) -> list[int]:
    """The words right before a noun that could name it: not more than three of them."""
    index = at - 1
    while index >= 0 and items[index].kind in _MODIFIERS:
        index -= 1
    words: list[int] = []
    while index >= 0 and items[index].kind in _WORDY:
        words.insert(0, index)
        index -= 1
    before = items[index].kind if index >= 0 else "stop"
    if before == "stop" and at - index - 1 == len(words):
        # Nothing says that these words are a name and not just any words in any language.
        known = any(item.kind in EVIDENCE for item in items)
        return words if known and 0 < len(words) <= 2 else []
    opened = before in _BEFORE_A_NAME or before in _MODIFIERS
    return words if opened and 0 < len(words) <= 3 else []


def _derived(words: Sequence[str], noun: str) -> str:
    """`user` and a service give `user-service`; `user-service` and a service stay as they are."""
    name = "-".join(word.lower().removesuffix("'s") for word in words)
    return name if name.endswith(f"-{noun}") else f"{name}-{noun}"


def _closes(items: Sequence[Item], at: int) -> bool:
    closers = ("comma", "stop", "requires", "purpose", "deploy", "join", "negation", "environment")
    return at >= len(items) or items[at].kind in closers
