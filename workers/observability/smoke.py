"""A smoke plan made personal: values that only one event writes. Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import JsonValue

from schemas.deployment import SmokePlan

PLACEHOLDER = "{unique}"

# Services may fold case, and fields may be short.
_TOKEN_LENGTH = 12
_EMAIL = re.compile(r"^([^@\s]+)@([^@\s]+)$")


@dataclass(frozen=True, slots=True)
class Record:
    """What is written, then written over it, and the token that shows it to be ours."""

    create: Mapping[str, JsonValue]
    update: Mapping[str, JsonValue]
    update_method: Literal["PATCH", "PUT"]
    token: str

    @property
    def updated(self) -> Mapping[str, JsonValue]:
        """The fields after the update: PUT replaces them all, PATCH some."""
        return self.update if self.update_method == "PUT" else {**self.create, **self.update}

    def is_ours(self, found: Mapping[str, Any]) -> bool:
        """Whether somebody's record was written for this event, for example before a crash."""
        return any(isinstance(value, str) and self.token in value for value in found.values())


def personal(plan: SmokePlan, event_id: str) -> Record:
    """The plan's values with the placeholder filled in, and addresses made unique without one.

    The same event gives the same values: what it left behind can be told from what is anybody's.
    """
    token = hashlib.sha256(event_id.encode()).hexdigest()[:_TOKEN_LENGTH]
    return Record(
        create={name: _personal(value, token) for name, value in plan.create.items()},
        update={name: _personal(value, token) for name, value in plan.update.items()},
        update_method=plan.update_method,
        token=token,
    )


def _personal(value: JsonValue, token: str) -> JsonValue:
    if not isinstance(value, str):
        return value
    if PLACEHOLDER in value:
        return value.replace(PLACEHOLDER, token)
    return _EMAIL.sub(rf"\g<1>+{token}@\g<2>", value)
