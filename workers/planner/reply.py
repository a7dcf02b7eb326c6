"""What a model must answer about a request. All of it is data and checked again."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BucketReply(BaseModel):
    """An object store that the request asks for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="the name as written, or the noun that it is for")
    public: bool = Field(description="true only where the request says so")


class PlanReply(BaseModel):
    """What the request says. Null where it says nothing; never a guess."""

    model_config = ConfigDict(extra="forbid")

    service_name: str | None = Field(description="exactly as the request writes it")
    environment: Literal["dev", "staging", "production"] | None
    database: Literal["postgresql", "none"] | None
    resource: str | None = Field(description="the singular noun that the API is about")
    buckets: list[BucketReply]
    missing: list[str] = Field(description="what must be known and is not said, or is said twice")
    unsupported: list[str] = Field(description="what is asked for and is not made here")
