"""What is to be built: the fields that a plan and a task share, flat so that anyone can publish."""

from typing import Literal

from pydantic import Field

from schemas.base import Event, Value
from schemas.identifiers import BucketName, Environment, ResourceName, ServiceName

Template = Literal["rest-api", "rest-api-postgres"]
Language = Literal["python"]
Database = Literal["postgresql", "none"]


class Bucket(Value):
    """An object store that the service asked for, as it was asked for; policy judges it later."""

    name: BucketName
    public: bool = False


class ServiceFields(Event):
    """The service under delivery, as flat fields of an event."""

    service_name: ServiceName
    template: Template = "rest-api-postgres"
    environment: Environment = "staging"
    language: Language = "python"
    database: Database = "postgresql"
    resource: ResourceName = Field(default="item", description="singular noun of the REST API")
    buckets: tuple[Bucket, ...] = Field(default=(), max_length=10)
