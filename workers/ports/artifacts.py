"""Where bundles and reports are kept."""

from collections.abc import Mapping
from typing import Literal, Protocol

from schemas.identifiers import Environment
from workers.bundle import Bundle

Gate = Literal["policy", "tests"]


class Artifacts(Protocol):
    """Bundles by content address."""

    async def read(self, key: str) -> Bundle:
        """Raises Reject when there is no such artifact or its bytes don't match its key."""

    async def write(self, bundle: Bundle) -> str:
        """Stores the bundle under its content address and returns the key; again is the same."""

    async def attest(self, key: str, gate: Gate, environment: Environment) -> None:
        """Writes down that the artifact passed a gate on its way to an environment."""

    async def attested(self, key: str, environment: Environment) -> frozenset[Gate]:
        """The gates that the artifact has passed for an environment."""


class Reports(Protocol):
    """Files about a workflow for people and programs."""

    async def write(self, workflow_id: str, files: Mapping[str, bytes]) -> None: ...

    async def read(self, workflow_id: str) -> Mapping[str, bytes]: ...
