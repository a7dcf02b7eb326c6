"""Bodies that nobody should send: noise, and good events with something wrong in them."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from events.routes import ROUTES, Route

GOLDEN = Path(__file__).parents[1] / "schemas" / "golden"
DIGEST = "ab" * 32

# What JSON's own writer would not write, put in as text.
RAW = {
    "infinite": "1e400",
    "nan": "NaN",
    "long": "9" * 5000,
    "tiny": "1e-400",
    "lone": '"\\ud800"',
    "swapped": '"\\udc00\\ud800"',
    "null byte": '"\\u0000"',
    "escape": '"\\x41"',
    "200 arrays": "[" * 200 + "]" * 200,
    "5000 arrays": "[" * 5000 + "]" * 5000,
    "5000 objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "unclosed": "[",
    "twice": '{"key":1,"key":{"key":2},"key":[]}',
}
CLAIMS: tuple[object, ...] = (
    {"key": f"payloads/{DIGEST}", "sha256": DIGEST, "bytes": 7},
    {"key": f"payloads/../{DIGEST}", "sha256": DIGEST, "bytes": 7},
    {"key": f"payloads/{DIGEST}", "sha256": DIGEST, "bytes": -1},
    {"key": f"payloads/{DIGEST}", "sha256": DIGEST, "bytes": 10**400},
    {"key": [], "sha256": {}, "bytes": "7"},
    f"payloads/{DIGEST}",
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
NOISE = st.binary(max_size=300) | TEXT | JSON.map(json.dumps)
WRONG = (
    JSON
    | st.sampled_from([f"@{name}@" for name in RAW])
    | st.sampled_from(["", " ", "x" * 70_000, "\u202e", 0, -1, 2**63, 10**30, [], {}, [None]])
    | st.sampled_from(CLAIMS)
)


@cache
def golden(event_type: str) -> tuple[dict[str, Any], ...]:
    """The details that stand for every version of an event."""
    files = sorted(GOLDEN.glob(f"{event_type}.v*.json"))
    return tuple(json.loads(file.read_text())["detail"] for file in files)


def good_bodies(route: Route) -> tuple[str, ...]:
    """Events that the route takes, as a queue delivers them."""
    outer = {
        "version": "0",
        "id": "aws-id",
        "detail-type": route.event.type,
        "source": route.sources[0] if route.sources else "me",
        "time": "2026-11-02T12:00:00Z",
        "resources": [],
    }
    return tuple(json.dumps({**outer, "detail": each}) for each in golden(route.event.type))


@st.composite
def spoilt(draw: st.DrawFn, route: Route) -> str:
    """A good event with up to three things wrong, in its fields or in its text."""
    outer = json.loads(draw(st.sampled_from(good_bodies(route))))
    metadata = outer["detail"].setdefault("metadata", {})
    if draw(st.booleans()):
        metadata["claim_check"] = deepcopy(draw(st.sampled_from(CLAIMS) | JSON))
    for _ in range(draw(st.integers(0, 2))):
        _replace(draw, outer)
    text = json.dumps(outer)
    for name, raw in RAW.items():
        text = text.replace(f'"@{name}@"', raw)
    return _torn(draw, text) if draw(st.integers(0, 3)) == 0 else text


@st.composite
def routed(draw: st.DrawFn) -> tuple[Route, str]:
    """A route, and a spoilt event of it."""
    route = draw(st.sampled_from(ROUTES))
    return route, draw(spoilt(route))


def _replace(draw: st.DrawFn, outer: dict[str, Any]) -> None:
    """Puts something wrong at any place that there is, or at a new one, or takes it away."""
    places: list[tuple[Any, Any]] = []
    left: list[Any] = [outer]
    while left:
        inside = left.pop()
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        places += [(inside, key) for key in keys]
        left += [inside[key] for key in keys if isinstance(inside[key], dict | list)]
    inside, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(["put", "put", "put", "take", "add"])):
        case "put":
            inside[key] = deepcopy(draw(WRONG))
        case "take":
            del inside[key]
        case "add" if isinstance(inside, dict):
            inside[draw(TEXT)] = deepcopy(draw(WRONG))


def _torn(draw: st.DrawFn, text: str) -> str:
    """With a piece cut out, said twice, or put somewhere else."""
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    piece = draw(st.sampled_from(["", text[start:end] * 2, '"', "\\", "}", ',"id":3', "\ufeff"]))
    return text[:start] + piece + text[end:]
