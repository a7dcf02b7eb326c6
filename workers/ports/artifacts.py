"""Where bundles and reports are kept."""

from collections.abc import Mapping
from typing import Protocol

from workers.bundle import Bundle


class Artifacts(Protocol):
    """Bundles by content address."""

    async def read(self, key: str) -> Bundle:
        """Raises Reject when there is no such artifact or its bytes don't match its key."""

    async def write(self, bundle: Bundle) -> str:
        """Stores the bundle under its content address and returns the key; again is the same."""


class Reports(Protocol):
    """Files about a workflow for people and programs."""

    async def write(self, workflow_id: str, files: Mapping[str, bytes]) -> None: ...

    async def read(self, workflow_id: str) -> Mapping[str, bytes]: ...
