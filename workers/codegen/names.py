"""What things are called in generated code. Pure; a name that is legal as input is safe as output.

A resource may be called anything that its pattern allows: `class`, `none`, `metadata`, `session`.
So no generated identifier is the bare word: classes end in `Record`, `Write`, `Read` or `Page`,
functions start with a verb, parameters end in `_id`, and modules have names of their own.
"""

import hashlib
from dataclasses import dataclass

_IRREGULAR = {"person": "people", "child": "children"}
_SIBILANT = ("ss", "us", "as", "os", "x", "z", "ch", "sh")

# Where FastAPI serves its own pages; a collection of that name moves aside.
_TAKEN_PATHS = frozenset({"/docs"})

# S3 names have at most 63 characters; the account id and its hyphen take 13 of them.
_BUCKET_NAME_LIMIT = 63 - 13


@dataclass(frozen=True, slots=True)
class ResourceNames:
    """The names of a resource: `order_line` gives OrderLine, order_lines and /order-lines."""

    noun: str
    plural: str
    pascal: str
    table: str
    path: str

    @property
    def words(self) -> str:
        """The noun as a person writes it."""
        return self.noun.replace("_", " ")

    @property
    def plural_words(self) -> str:
        """The plural as a person writes it."""
        return self.plural.replace("_", " ")


def resource_names(resource: str) -> ResourceNames:
    """The names of a resource, whatever word it is."""
    parts = [part for part in resource.split("_") if part]
    noun = "_".join(parts)
    many = plural(noun)
    path = "/" + many.replace("_", "-")
    return ResourceNames(
        noun=noun,
        plural=many,
        pascal="".join(part.capitalize() for part in parts),
        # SQLite keeps names that begin with sqlite_ to itself.
        table=f"app_{many}" if many.startswith("sqlite_") else many,
        path=f"{path}-records" if path in _TAKEN_PATHS else path,
    )


def plural(noun: str) -> str:
    """The English plural; a word that looks like one already is kept."""
    head, _, last = noun.rpartition("_")
    return f"{head}_{_plural_word(last)}" if head else _plural_word(last)


def _plural_word(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("is") and len(word) > 3:
        return f"{word[:-2]}es"
    if word.endswith(_SIBILANT):
        return f"{word}es"
    if word.endswith("s"):
        return word
    if len(word) > 1 and word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def identifier(label: str) -> str:
    """A DNS label as a Python and Terraform identifier; two labels never share one."""
    return label.replace("-", "_")


def bucket_stem(service_name: str, bucket: str, environment: str) -> str:
    """The name of a bucket before the account id; what is too long ends in a digest."""
    stem = f"{service_name}-{bucket}-{environment}"
    if len(stem) <= _BUCKET_NAME_LIMIT:
        return stem
    digest = hashlib.sha256(stem.encode()).hexdigest()[:8]
    return f"{stem[: _BUCKET_NAME_LIMIT - 9].rstrip('-')}-{digest}"
