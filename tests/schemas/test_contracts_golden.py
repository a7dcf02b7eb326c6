"""One event of each version as it was once sent, and what it must be read as for ever.

When a field is added to a schema it is added to its newest example here, and when an event gets a
new version, what the older examples are read as follows it. Nothing else in an example changes.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from events.codec import decode, entry
from events.contracts.variants import inlined, variants
from events.routes import Route
from events.topology import producers
from schemas.base import Event
from schemas.catalog import EVENTS

FOLDER = Path(__file__).parent / "golden"
EXPORTED = Path(__file__).parents[2] / "schemas" / "exported"
VERSIONS = [(event, version) for event in EVENTS for version in range(1, event.schema_version + 1)]
EACH = pytest.mark.parametrize(
    ("event", "version"), VERSIONS, ids=[f"{event.type}.v{version}" for event, version in VERSIONS]
)


def golden(event: type[Event], version: int) -> dict[str, Any]:
    path = FOLDER / f"{event.type}.v{version}.json"
    assert path.exists(), f"write an example of {event.type}, version {version}, to {path}"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def exported(event: type[Event], version: int) -> dict[str, Any]:
    path = EXPORTED / f"{event.type}.v{version}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def body(event: type[Event], detail: object) -> str:
    # One of ours that sends it; nobody of ours sends a request.
    sender = min(producers(event.type), default="me")
    outer = {"id": "aws", "source": sender, "detail-type": event.type}
    return json.dumps({**outer, "time": "2026-11-02T12:00:00Z", "detail": detail})


def kept(expected: object, found: object) -> bool:
    """Whether all that is expected is there; a model may have gained fields since."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(name in found and kept(expected[name], found[name]) for name in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(kept, expected, found))
    return json.dumps(expected) == json.dumps(found)


def unsaid(schema: dict[str, Any], value: object, at: str = "") -> list[str]:
    """The fields that a schema has and an example leaves out, in lists at every place."""
    if isinstance(value, list):
        within = [each.get("items", {}) for each in variants(schema) if "items" in each]
        return [path for s in within for v in value for path in unsaid(s, v, f"{at}[]")]
    if not isinstance(value, dict):
        return []
    found = []
    for name, inner in (
        pair for each in variants(schema) for pair in each.get("properties", {}).items()
    ):
        path = f"{at}.{name}".lstrip(".")
        found += unsaid(inner, value[name], path) if name in value else [path]
    return found


@EACH
def test_an_old_event_is_read_as_it_always_was(event: type[Event], version: int) -> None:
    example = golden(event, version)

    envelope = decode(body(event, example["detail"]), Route(event=event, worker="any"))

    # An id that a stranger gives is not taken as it is.
    is_ours = bool(producers(event.type))
    assert (envelope.id == example["detail"]["metadata"]["id"]) is is_ours
    assert kept(example["event"], envelope.event.model_dump(mode="json"))


@EACH
def test_an_example_says_its_version_and_every_field(event: type[Event], version: int) -> None:
    detail = golden(event, version)["detail"]

    jsonschema.Draft202012Validator(exported(event, version)).validate(detail)
    assert detail["metadata"]["version"] == version
    assert unsaid(inlined(exported(event, version)), detail) == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_is_sent_today_reads_like_the_newest_example(event: type[Event]) -> None:
    example = golden(event, event.schema_version)
    envelope = decode(body(event, example["detail"]), Route(event=event, worker="any"))

    sent = json.loads(entry(envelope)["Detail"])

    assert kept(example["event"], sent)
    jsonschema.Draft202012Validator(exported(event, event.schema_version)).validate(sent)


def test_no_example_is_of_an_event_that_never_was() -> None:
    known = {f"{event.type}.v{version}.json" for event, version in VERSIONS}

    assert {path.name for path in FOLDER.iterdir()} == known


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {}, False),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": None}]}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": []}, {"a": None}, False),
    ],
)
def test_an_example_is_kept_only_if_nothing_of_it_changed(
    expected: object, found: object, same: bool
) -> None:
    assert kept(expected, found) is same
