"""The base of every event: a frozen model that knows its wire name and version."""

from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from schemas.upcasting import Upcasters, check_chain


class Value(BaseModel):
    """A frozen value in an event. Unknown fields are dropped: a newer producer is understood.

    Numbers are finite, since JSON has no word for others.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        str_strip_whitespace=True,
        allow_inf_nan=False,
        # A process uses few of the events that there are: each is built when it is first used.
        defer_build=True,
    )


class Event(Value):
    """A fact that happened: class `NounPastParticiple`, wire name `noun.past_participle`.

    A change that an older event or an older consumer would not survive is a new `schema_version`,
    with an upcaster from the one before. A class with a hole in its chain raises BrokenChain.
    """

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    upcasters: ClassVar[Upcasters] = MappingProxyType({})

    # pytest would otherwise try to collect TestsPassed and TestsFailed.
    __test__: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        check_chain(getattr(cls, "type", cls.__name__), cls.schema_version, cls.upcasters)
