"""The AsyncAPI document says what the routes and the schemas say, and is well formed."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import jsonschema
import pytest
import yaml

from events.asyncapi import PATH, document, main, render
from events.routes import ROUTES, Route, source
from schemas.base import Event
from schemas.catalog import EVENTS

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / PATH

REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string"}},
    "additionalProperties": False,
}
TAGS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
        "additionalProperties": False,
    },
}
TEXT = {"type": "string", "minLength": 1}
WORDS = {"title": TEXT, "summary": TEXT, "description": TEXT, "tags": TAGS}


def closed(required: list[str], **fields: object) -> dict[str, Any]:
    """An object of AsyncAPI 3.0 with these fields of its own and the ones that most have."""
    return {
        "type": "object",
        "required": required,
        "properties": {**WORDS, **fields},
        "additionalProperties": False,
    }


def mapping(values: object) -> dict[str, Any]:
    # The specification's form for names in `components`.
    return {
        "type": "object",
        "propertyNames": {"pattern": r"^[a-zA-Z0-9.\-_]+$"},
        "additionalProperties": values,
    }


# The part of the AsyncAPI 3.0.0 specification that the document uses; it has no other fields.
SPECIFICATION = closed(
    ["asyncapi", "info"],
    asyncapi={"const": "3.0.0"},
    info=closed(["title", "version"], version=TEXT),
    defaultContentType=TEXT,
    servers=mapping(
        closed(
            ["host", "protocol"],
            host=TEXT,
            protocol=TEXT,
            variables=mapping(closed([], default=TEXT)),
        )
    ),
    channels=mapping(
        closed(
            [],
            address=TEXT,
            servers={"type": "array", "items": REFERENCE},
            messages=mapping(REFERENCE),
        )
    ),
    operations=mapping(
        closed(
            ["action", "channel"],
            action={"enum": ["send", "receive"]},
            channel=REFERENCE,
            messages={"type": "array", "items": REFERENCE, "minItems": 1},
        )
    ),
    components=closed(
        [],
        messages=mapping(closed([], name=TEXT, contentType=TEXT, payload={"type": "object"})),
        schemas=mapping({"type": "object"}),
    ),
)


class Made(Event):
    """It was made.

    In two ways.
    """

    type: ClassVar[str] = "thing.made"
    schema_version: ClassVar[int] = 2
    upcasters: ClassVar = MappingProxyType({1: dict})


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


def pointed(made: Any, reference: str) -> Any:
    """What a reference inside the document names."""
    for step in reference.removeprefix("#/").split("/"):
        made = made[step]
    return made


def committed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    return found


def test_the_committed_document_is_fresh() -> None:
    assert main(["--check", "--path", str(COMMITTED)]) == 0


def test_it_has_the_same_bytes_again_and_no_aliases() -> None:
    assert render() == render()
    assert not any(line.lstrip("- ").startswith(("&", "*")) for line in render().splitlines())
    assert yaml.safe_load(render()) == json.loads(json.dumps(document()))


def test_it_has_the_form_of_the_specification() -> None:
    jsonschema.Draft202012Validator(SPECIFICATION).validate(committed())


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("info", {}), ("asyncapi", "2.6.0"), ("channel", {}), ("channels", {"a b": {}})],
)
def test_what_has_not_the_form_is_seen(path: str, wrong: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SPECIFICATION).validate({**committed(), path: wrong})


def test_every_reference_leads_somewhere() -> None:
    made = committed()
    found = set(references(made))

    for reference in found:
        if reference.startswith("#/"):
            assert isinstance(pointed(made, reference), dict), reference
        else:
            assert (COMMITTED.parent / reference).resolve().is_file(), reference
    assert any(not reference.startswith("#/") for reference in found)


def test_a_channel_is_an_event_type() -> None:
    channels = committed()["channels"]

    assert list(channels) == [event.type for event in EVENTS]
    assert all(channel["address"] == name for name, channel in channels.items())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_a_message_takes_the_example_of_its_version(event: type[Event]) -> None:
    made = committed()
    for version in range(1, event.schema_version + 1):
        message = made["components"]["messages"][f"{event.type}.v{version}"]
        fields, metadata = message["payload"]["allOf"]
        golden = ROOT / "tests" / "schemas" / "golden" / f"{event.type}.v{version}.json"
        detail = json.loads(golden.read_text(encoding="utf-8"))["detail"]

        written = (COMMITTED.parent / fields["$ref"]).read_text(encoding="utf-8")
        jsonschema.Draft202012Validator(json.loads(written)).validate(detail)
        assert metadata["properties"]["metadata"] == {"$ref": "#/components/schemas/metadata"}
        jsonschema.Draft202012Validator(made["components"]["schemas"]["metadata"]).validate(
            detail["metadata"]
        )
        assert detail["metadata"].keys() == made["components"]["schemas"]["metadata"][
            "properties"
        ].keys()  # fmt: skip


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_receives_its_event_and_sends_what_it_publishes(route: Route) -> None:
    operations = committed()["operations"]
    received = operations[route.name]

    assert received["action"] == "receive"
    assert received["channel"]["$ref"] == f"#/channels/{route.event.type}"
    assert received["tags"] == [{"name": route.worker}]
    assert all(value in received["description"] for value in route.where.values())
    assert all(each in received["description"] for each in route.sources)
    for event in route.publishes:
        sent = operations[f"{route.worker}-sends-{event.type.replace('.', '-')}"]
        assert (sent["action"], sent["channel"]["$ref"]) == ("send", f"#/channels/{event.type}")
        assert source(route.worker) in sent["description"]


def test_nothing_is_sent_or_received_that_no_route_says() -> None:
    sent = {(route.worker, event) for route in ROUTES for event in route.publishes}

    assert len(committed()["operations"]) == len(ROUTES) + len(sent)


def test_a_consumer_receives_every_version_and_a_producer_sends_the_newest() -> None:
    maker = Route(event=Made, worker="maker", publishes=(Made,), ordered_by=None)

    made = document((maker,), (Made,))

    first, second = (f"#/channels/thing.made/messages/thing.made.v{n}" for n in (1, 2))
    received = made["operations"]["maker-on-thing-made"]
    assert [each["$ref"] for each in received["messages"]] == [first, second]
    assert received["description"] == "All, from any source, in no order."
    sent = made["operations"]["maker-sends-thing-made"]
    assert [each["$ref"] for each in sent["messages"]] == [second]
    channel = made["channels"]["thing.made"]
    assert list(channel["messages"]) == ["thing.made.v1", "thing.made.v2"]
    assert channel["summary"] == "It was made."


def test_a_stale_document_fails_the_check_and_is_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "asyncapi.yaml"

    assert main(["--check", "--path", str(path)]) == 1
    assert "is stale: run python -m events.asyncapi" in capsys.readouterr().err
    assert not path.exists()
    assert main(["--path", str(path)]) == 0
    assert main(["--check", "--path", str(path)]) == 0
    path.write_text(path.read_text() + "\n")
    assert main(["--check", "--path", str(path)]) == 1
