"""An event's JSON Schema (2020-12) as a file: the same model gives the same bytes. Pure."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from schemas.base import Event

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# As a person reads it: what is named comes before what it is made of.
_ORDER = ("description", "type", "required", "properties", "$defs")


def file_name(event_type: str, version: int) -> str:
    """Where the schema of one version of an event is kept."""
    return f"{event_type}.v{version}.json"


def schema(event: type[Event]) -> Schema:
    """The schema of the event's flat fields at its newest version, metadata left out."""
    made = event.model_json_schema(schema_generator=_Generator)
    head = {
        "$schema": DIALECT,
        "$id": f"urn:flotilla:event:{event.type}:{event.schema_version}",
        "title": event.type,
    }
    body = {word: made.pop(word) for word in _ORDER if word in made}
    return {**head, **made, **body}


def render(event: type[Event]) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(event), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Without titles, which only repeat each field's name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        return made
