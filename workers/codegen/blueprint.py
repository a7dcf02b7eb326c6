"""Everything that a template may name, derived from the event's fields alone. Pure."""

from dataclasses import dataclass
from typing import Literal

from schemas.identifiers import Environment
from schemas.task import TaskCreated
from workers.codegen.names import ResourceNames, bucket_stem, identifier, resource_names

# Tags that every taggable resource carries; `required-tags` is the rule that asks for them.
OWNER = "platform"
VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class FieldBlueprint:
    """A field that a client writes. `kind` picks its type, its column and its checks."""

    name: str
    kind: Literal["email", "name", "text"]
    unique: bool
    example: str
    changed: str

    @property
    def length(self) -> int:
        """The most characters it may hold. An address has 254 at most (RFC 5321, 4.5.3.1.3)."""
        return {"email": 254, "name": 200, "text": 2000}[self.kind]

    @property
    def required(self) -> bool:
        """Whether a client must send it."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class BucketBlueprint:
    """A bucket as it was asked for; `stem` is its name before the account id."""

    name: str
    identifier: str
    stem: str
    public: bool


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A service, named and typed for the templates."""

    service: str
    package: str
    environment: Environment
    postgresql: bool
    resource: ResourceNames
    fields: tuple[FieldBlueprint, ...]
    buckets: tuple[BucketBlueprint, ...]
    owner: str = OWNER
    version: str = VERSION

    @property
    def production(self) -> bool:
        """Whether losing it would hurt."""
        return self.environment == "production"

    @property
    def unique_fields(self) -> tuple[FieldBlueprint, ...]:
        """The fields of which no two records share a value."""
        return tuple(field for field in self.fields if field.unique)


def blueprint(event: TaskCreated) -> Blueprint:
    """The service that a task asks for."""
    resource = resource_names(event.resource)
    return Blueprint(
        service=event.service_name,
        package=identifier(event.service_name),
        environment=event.environment,
        postgresql=event.database == "postgresql",
        resource=resource,
        fields=_fields(resource),
        buckets=tuple(
            BucketBlueprint(
                name=bucket.name,
                identifier=identifier(bucket.name),
                stem=bucket_stem(event.service_name, bucket.name, event.environment),
                public=bucket.public,
            )
            for bucket in event.buckets
        ),
    )


def _fields(resource: ResourceNames) -> tuple[FieldBlueprint, ...]:
    if resource.noun in ("user", "users"):
        return (
            FieldBlueprint("email", "email", True, "ada@example.com", "grace@example.com"),
            FieldBlueprint("name", "name", False, "Ada Lovelace", "Grace Hopper"),
        )
    return (
        FieldBlueprint("name", "name", False, f"First {resource.words}", f"Next {resource.words}"),
        FieldBlueprint("description", "text", False, "As created", "As changed"),
    )
