"""The base of every event: a frozen model that knows its wire name and version."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value in an event. Unknown fields are dropped: a newer producer is understood.

    Numbers are finite, since JSON has no word for others.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", str_strip_whitespace=True, allow_inf_nan=False
    )


class Event(Value):
    """A fact that happened: class `NounPastParticiple`, wire name `noun.past_participle`."""

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    # pytest would otherwise try to collect TestsPassed and TestsFailed.
    __test__: ClassVar[bool] = False
