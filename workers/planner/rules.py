"""A sentence becomes a draft by rules: what is not certain is named, never guessed. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from schemas.identifiers import Environment
from schemas.service import Bucket
from workers.planner import nouns
from workers.planner.draft import Draft, Problem
from workers.planner.naming import EVIDENCE, Names, looks_like_a_service, names
from workers.planner.sentence import Item, read
from workers.planner.storage import Mention, mentions

BUCKET_LIMIT = 10
_DEFAULT_BUCKET = "files"
_OPENING = ("filler", "determiner", "pronoun", "comma")


def understood(request: str) -> Draft:
    """What the rules make of a request."""
    items = read(request)
    spoken = mentions(items)
    found = names(items, {m.head: max(m.used) for m in spoken if m.described})
    resource, used = _resource(items, found)
    used |= found.used.union(*(mention.used for mention in spoken))
    left_out = _phrases(items, used, lambda item: not item.required or item.negated)
    draft = Draft(
        resource=resource,
        unsupported=_unsupported(items),
        unknown=_phrases(items, used, lambda item: item.required and not item.negated),
        left_out=(*left_out, *(f"database name {name}" for name in found.of_database)),
        problems=_intent(items),
    )
    draft = _with_environment(_without_name(_with_name(draft, found)), items)
    return _with_buckets(_with_database(draft, items), spoken, found)


def _with_name(draft: Draft, found: Names) -> Draft:
    # A name that is only read off a phrase is no name if it has not the form of one.
    derived = {name: phrase for phrase, name in found.derived if nouns.is_name(name)}
    candidates = found.explicit or list(derived)
    if not candidates:
        return draft.against(Problem("service_name", "missing", "the service's name"))
    if len(candidates) > 1:
        shown = " and ".join(nouns.shown(name) for name in candidates[:3])
        text = f"one service name (there are {len(candidates)}: {shown}; one request, one service)"
        return draft.against(Problem("service_name", "conflict", text))
    name = candidates[0]
    if not nouns.is_name(name):
        text = nouns.name_problem("service name", name)
        return draft.against(Problem("service_name", "invalid", text))
    if found.explicit:
        return replace(draft, service_name=name, stated=draft.stated | {"service_name"})
    noted = draft.noted(f"service name read from {derived[name]!r}: {name}")
    return replace(noted, service_name=name)


def _without_name(draft: Draft) -> Draft:
    """The draft whose own name is not among the words that nobody knows."""
    name = draft.service_name
    return replace(
        draft,
        unknown=tuple(phrase for phrase in draft.unknown if phrase.lower() != name),
        left_out=tuple(phrase for phrase in draft.left_out if phrase.lower() != name),
    )


def _with_environment(draft: Draft, items: Sequence[Item]) -> Draft:
    wanted = _values(items, "environment", negated=False)
    unwanted = _values(items, "environment", negated=True)
    wanted = [value for value in wanted if value not in unwanted or len(wanted) == 1]
    if len(wanted) > 1 or set(wanted) & set(unwanted):
        named = " and ".join(wanted) if len(wanted) > 1 else f"{wanted[0]} and not {wanted[0]}"
        return draft.against(
            Problem("environment", "conflict", f"one environment (there are: {named})")
        )
    if wanted:
        environment = cast(Environment, wanted[0])
        return replace(draft, environment=environment, stated=draft.stated | {"environment"})
    if "staging" in unwanted:
        text = "an environment (staging is excluded, and no other is named)"
        return draft.against(Problem("environment", "missing", text))
    return draft


def _with_database(draft: Draft, items: Sequence[Item]) -> Draft:
    yes = no = named = False
    for at, item in enumerate(items):
        if item.kind == "stateless":
            no = no or not item.negated
        elif item.kind == "database" or (
            item.kind == "database_noun" and not _of_another(items, at)
        ):
            yes, no = yes or not item.negated, no or item.negated
            named = named or (item.kind == "database" and not item.negated)
    if yes and no:
        text = "one answer about the database (the request wants one, and wants none)"
        return draft.against(Problem("database", "conflict", text))
    if not yes and not no:
        return draft
    note = () if named or no else ("kind of database not mentioned: postgresql",)
    return replace(
        draft,
        database="none" if no else "postgresql",
        stated=draft.stated | {"database"},
        notes=(*draft.notes, *note),
    )


def _of_another(items: Sequence[Item], at: int) -> bool:
    """Whether "database" only ends the name of one that is not wanted: "no MySQL database"."""
    return at > 0 and items[at].negated and items[at - 1].kind == "unsupported"


def _with_buckets(draft: Draft, spoken: Sequence[Mention], found: Names) -> Draft:
    buckets: dict[str, set[bool]] = {}
    for mention in spoken:
        given = found.of_bucket.get(mention.head)
        called = given or [name for text in mention.described if (name := nouns.slug(text))]
        bad = [name for name in called if not nouns.is_name(name)]
        if bad:
            return draft.against(
                Problem("buckets", "invalid", nouns.name_problem("bucket name", bad[0]))
            )
        if not called and mention.vague and buckets:
            called = list(buckets)
        elif not called and mention.alone:
            continue
        elif not called:
            called = [_DEFAULT_BUCKET]
            draft = replace(
                draft, notes=(*draft.notes, f"bucket name not mentioned: {_DEFAULT_BUCKET}")
            )
        for name in called:
            buckets.setdefault(name, set()).update(mention.visibility)
    return _checked_buckets(draft, buckets)


def _checked_buckets(draft: Draft, buckets: dict[str, set[bool]]) -> Draft:
    torn = [name for name, visibility in buckets.items() if len(visibility) > 1]
    if torn:
        text = f"one answer about bucket {torn[0]} (it is called public and private)"
        return draft.against(Problem("buckets", "conflict", text))
    if len(buckets) > BUCKET_LIMIT:
        text = f"{len(buckets)} buckets are too many, a service has {BUCKET_LIMIT} at most"
        return draft.against(Problem("buckets", "invalid", text))
    made = tuple(Bucket(name=name, public=True in public) for name, public in buckets.items())
    return replace(draft, buckets=made)


def _resource(items: Sequence[Item], found: Names) -> tuple[str | None, set[int]]:
    """The noun of the API where the request says it, and the words that say it."""
    if found.of_resource:
        return nouns.resource(found.of_resource[:1]), set()
    for at, item in enumerate(items):
        if item.negated:
            continue
        words: list[int] = []
        if item.kind == "manage":
            words = _words_after(items, at + 1)
        elif item.kind == "resource_noun" or (item.kind == "service" and item.required):
            words = _words_before(items, at)
        if words and (made := nouns.resource([items[index].text for index in words])):
            return made, set(words)
    return None, set()


def _words_after(items: Sequence[Item], at: int) -> list[int]:
    while at < len(items) and items[at].kind in ("determiner", "adjective", "filler"):
        at += 1
    words: list[int] = []
    while at < len(items) and items[at].kind == "word" and len(words) < 3:
        words.append(at)
        at += 1
    return words


def _words_before(items: Sequence[Item], at: int) -> list[int]:
    words: list[int] = []
    at -= 1
    while at >= 0 and items[at].kind == "feature":
        at -= 1
    while at >= 0 and items[at].kind == "word" and len(words) < 3:
        words.insert(0, at)
        at -= 1
    return words


def _unsupported(items: Sequence[Item]) -> tuple[str, ...]:
    asked = [item.value for item in items if item.kind == "unsupported" and not item.negated]
    undeployed = any(item.kind == "deploy" and item.negated for item in items)
    elsewhere = any(item.kind in ("environment", "unsupported") and item.negated for item in items)
    if undeployed and not elsewhere:
        asked.append("a request without deployment")
    if any(item.kind == "language" and item.negated for item in items):
        asked.append("a language other than Python")
    return tuple(dict.fromkeys(asked))


def _intent(items: Sequence[Item]) -> tuple[Problem, ...]:
    """Whether something is to be made at all."""
    first = next((item for item in items if item.kind not in _OPENING), None)
    verb = _verb(items)
    if first is not None and first.kind == "question" and (verb is None or _asks(first)):
        return (Problem("request", "invalid", "a question is not a request to make a service"),)
    if verb is not None and first is not None and first.kind == "negation":
        return (Problem("request", "invalid", "the request says what not to do"),)
    if verb is not None and verb.kind == "other_intent":
        text = f"{verb.text.lower()!r} is not something a request can do: it makes a new service"
        return (Problem("request", "invalid", text),)
    kinds = {item.kind for item in items}
    shaped = any(looks_like_a_service(item.text) for item in items if item.kind == "word")
    if verb or kinds & {"wish", "service", "naming"} or (shaped and kinds & set(EVIDENCE)):
        return ()
    return (Problem("request", "missing", "what to make"),)


def _verb(items: Sequence[Item]) -> Item | None:
    """The first verb that says what to do; "a review service" has none."""
    for at, item in enumerate(items):
        noun = at and items[at - 1].kind in ("determiner", "adjective", "word")
        if item.kind in ("create", "deploy") or (item.kind == "other_intent" and not noun):
            return item
    return None


def _asks(item: Item) -> bool:
    """Whether a question is about knowing: "is it possible to ..." only asks politely."""
    return item.text.lower().startswith(("wh", "how", "status"))


def _phrases(
    items: Sequence[Item], used: set[int], wanted: Callable[[Item], bool]
) -> tuple[str, ...]:
    """Runs of words that nobody used."""
    runs: list[list[str]] = [[]]
    for at, item in enumerate(items):
        if item.kind in ("word", "quoted") and at not in used and wanted(item):
            runs[-1].append(item.text[:60])
        elif runs[-1]:
            runs.append([])
    return tuple(dict.fromkeys(" ".join(run) for run in runs if run))


def _values(items: Iterable[Item], kind: str, *, negated: bool) -> list[str]:
    found = [item.value for item in items if item.kind == kind and item.negated == negated]
    return list(dict.fromkeys(found))
