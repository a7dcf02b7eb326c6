"""Whether a schema may take the place of an older one under the same version. Pure.

Two promises are kept. What was valid stays valid: old events wait in queues and dead-letter queues,
and old producers go on. What was there stays there, in its type: older consumers ignore what they
do not know, and nothing else. So fields may be added and choices widened; a field may not go,
change its type or its default, or be asked for anew, and no choice may narrow. What can't be
compared counts as narrower.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from events.contracts.constraints import narrowings
from events.contracts.export import Schema
from events.contracts.variants import described, inlined, kind, variants

Kind = Literal[
    "removed field", "retyped field", "new required field", "narrowed choice", "changed default"
]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that an old event or an older consumer would not survive."""

    field: str
    kind: Kind
    detail: str

    def __str__(self) -> str:
        return f"{self.field}: {self.kind}: {self.detail}"


def breaks(old: Schema, new: Schema) -> tuple[Break, ...]:
    """Every incompatible change from one schema to the other; none means it may replace it."""
    return tuple(_between(inlined(old), inlined(new), ""))


def _between(old: Schema, new: Schema, at: str) -> Iterator[Break]:
    before, now = variants(old), variants(new)
    # Null beside a single type says that there may be no value, and is no type of the field.
    values = [each for each in before if each.get("type") != "null"] or list(before)
    for variant in before:
        yield from _best(variant, now, at, alone=values == [variant])


def _best(old: Schema, choices: Sequence[Schema], at: str, *, alone: bool) -> Iterator[Break]:
    """What breaks in the choice that fits one old variant best."""
    tried = [tuple(_fit(old, new, at)) for new in choices if kind(new) == kind(old)]
    if tried:
        yield from min(tried, key=len)
    elif alone:
        kinds = " or ".join(map(described, choices))
        yield Break(at or "(whole)", "retyped field", f"{described(old)} became {kinds}")
    else:
        yield Break(at or "(whole)", "narrowed choice", f"{described(old)} is no longer taken")


def _fit(old: Schema, new: Schema, at: str) -> Iterator[Break]:
    for detail in narrowings(old, new):
        yield Break(at or "(whole)", "narrowed choice", detail)
    yield from _properties(old, new, at)
    yield from _free(old, new, "items", f"{at}[]")
    yield from _free(old, new, "additionalProperties", f"{at}.*".lstrip("."))


def _properties(old: Schema, new: Schema, at: str) -> Iterator[Break]:
    before, now = old.get("properties", {}), new.get("properties", {})
    for name, schema in before.items():
        path = f"{at}.{name}".lstrip(".")
        if name not in now:
            yield Break(path, "removed field", "older consumers know it")
            continue
        found = tuple(_between(schema, now[name], path))
        yield from found
        # The default of a field that is not what it was could not stay.
        if name not in old.get("required", ()) and all(each.field != path for each in found):
            yield from _when_absent(name, schema, new, path)
    for name in new.get("required", ()):
        if name not in before:
            path = f"{at}.{name}".lstrip(".")
            yield Break(path, "new required field", "old events do not have it; give it a default")


def _when_absent(name: str, old: Schema, new: Schema, path: str) -> Iterator[Break]:
    """Whether an old event that leaves the field out means the same as before."""
    if name in new.get("required", ()):
        yield Break(path, "narrowed choice", "was optional, is required")
        return
    before, now = (_default(schema) for schema in (old, new["properties"][name]))
    if not _same_default(before, now):
        said = (json.dumps(*each) if each else "none" for each in (before, now))
        yield Break(path, "changed default", " -> ".join(said))


def _default(schema: Schema) -> list[object]:
    """The default alone in a list, since null may be one; empty where the schema says none."""
    return [schema["default"]] if "default" in schema else []


def _same_default(old: object, new: object) -> bool:
    """Equal, but for fields that a nested model has gained since."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and _same_default(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same_default, old, new))
    return json.dumps(old) == json.dumps(new)


def _free(old: Schema, new: Schema, word: str, at: str) -> Iterator[Break]:
    """Values without a name of ours: a list's items, a mapping's values. Unsaid means any."""
    before, now = old.get(word, True), new.get(word, True)
    if before == now or before is False:
        return
    if now is False:
        yield Break(at, "narrowed choice", "nothing is taken there any more")
        return
    yield from _between({} if before is True else before, {} if now is True else now, at)
