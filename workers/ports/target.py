"""Where releases run, and the history of what ran there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.deployment import ProvisionedResource
from workers.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Release:
    """A deployable version of a service."""

    deployment_id: str
    service_name: str
    environment: str
    version: str


@dataclass(frozen=True, slots=True)
class Running:
    """A release that takes traffic."""

    release: Release
    endpoint: str
    previous_version: str | None


class ReleaseFailed(Exception):
    """Raised by a target when a release does not get healthy; what ran before still runs."""

    def __init__(self, reason: str, rolled_back_to: str | None = None) -> None:
        super().__init__(reason)
        self.rolled_back_to = rolled_back_to


class Target(Protocol):
    """Where releases run. Every call may be repeated with the same arguments."""

    async def provision(
        self, release: Release, bundle: Bundle
    ) -> tuple[ProvisionedResource, ...]: ...

    async def roll_out(self, release: Release, bundle: Bundle) -> Running:
        """Starts it beside the old one, waits for health, switches. Raises ReleaseFailed."""

    async def restart(self, release: Release) -> Running:
        """Raises ReleaseFailed when it does not come back healthy."""

    async def roll_back(self, release: Release) -> Running:
        """Switches back to the version before. Raises ReleaseFailed when there is none."""


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """One row of the deployment history."""

    deployment_id: str
    timestamp: datetime
    workflow_id: str
    service_name: str
    environment: str
    version: str
    status: str
    detail: str = ""


class Deployments(Protocol):
    """The deployment history; a record written again replaces itself."""

    async def record(self, record: DeploymentRecord) -> None: ...
