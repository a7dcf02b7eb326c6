"""Nouns and names: the singular of a word, the form of a name, what a service is about. Pure."""

import re
import unicodedata

NAME_FORM = (
    "2 to 40 lower-case letters, digits and single hyphens, a letter first, such as user-service"
)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_RESOURCE_LIMIT = 31

_IRREGULAR_PAIRS = """
    people:person children:child men:man women:woman mice:mouse feet:foot teeth:tooth geese:goose
    indices:index vertices:vertex matrices:matrix criteria:criterion phenomena:phenomenon
    leaves:leaf shelves:shelf knives:knife wolves:wolf halves:half lives:life wives:wife
    movies:movie cookies:cookie calories:calorie ties:tie pies:pie shoes:shoe quizzes:quiz
    caches:cache buses:bus statuses:status bonuses:bonus viruses:virus campuses:campus
    aliases:alias canvases:canvas atlases:atlas gases:gas biases:bias analyses:analysis
    crises:crisis diagnoses:diagnosis hypotheses:hypothesis theses:thesis axes:axis lenses:lens
"""
_SAME_IN_BOTH = """
    news series species media data metadata sms gps dns aws ios sales goods lens gas alias canvas
    atlas bias analytics logistics mathematics physics ethics economics statistics cosmos chaos
    kudos christmas texas kubernetes redis
"""
_WORDS_FOR_SERVICE = """
    service services api apis app application backend server svc microservice microservices rest
    crud web management manager mgmt tracker tracking handler handling processor processing admin
    registry catalog catalogue directory system platform store storage
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_PAIRS.split())
_UNCHANGED = frozenset(_SAME_IN_BOTH.split())
_KINDS_OF_SERVICE = frozenset(_WORDS_FOR_SERVICE.split())


def singular(word: str) -> str:
    """The singular of an English noun in lower case; a word that is one already is kept."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _UNCHANGED or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes", "oes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def is_name(name: str) -> bool:
    """Whether a service or a bucket may be called so."""
    return 2 <= len(name) <= 40 and _NAME.fullmatch(name) is not None


def slug(text: str) -> str | None:
    """The nearest valid name, to be proposed; None when nothing of the text is left in it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", plain)
    parted = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", parted)
    made = re.sub(r"[^a-z0-9]+", "-", parted.lower()).strip("-")
    made = re.sub(r"^[0-9-]+", "", made)[:40].strip("-")
    return made if is_name(made) else None


def shown(name: str) -> str:
    """A name as a message may show it: quoted, and not too long."""
    return repr(name if len(name) <= 60 else name[:57] + "...")


def name_problem(what: str, name: str) -> str:
    """Why a name can't be used, and which could."""
    nearest = slug(name) if len(name) <= 200 else None
    proposal = f"; {nearest!r} would be" if nearest else ""
    return f"{what} {shown(name)} is not a valid name ({NAME_FORM}){proposal}"


def resource_of(service_name: str) -> str | None:
    """The noun that a service is about: `user-service` is about a `user`."""
    words = service_name.split("-")
    while words and words[-1] in _KINDS_OF_SERVICE:
        words.pop()
    return resource(words)


def resource(words: list[str]) -> str | None:
    """A resource's name from its words, the last in the singular; None when they give none."""
    parts = [
        re.sub(r"[^a-z0-9]", "", part) for word in words for part in re.split("[-_]", word.lower())
    ]
    parts = [part for part in parts if part]
    if not parts:
        return None
    parts[-1] = singular(parts[-1])
    while len("_".join(parts)) > _RESOURCE_LIMIT and len(parts) > 1:
        parts.pop(0)
    made = "_".join(parts)
    fits = len(made) <= _RESOURCE_LIMIT and re.fullmatch(r"[a-z][a-z0-9_]*", made)
    return made if fits else None
