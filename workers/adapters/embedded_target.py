"""Releases as processes of this machine.

A roll-out starts the release beside the old one, waits for its `/health`, switches, and stops the
old one. Every call goes on from what an interrupted one has left: a process of the version that
runs is taken over, not started again.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from schemas.deployment import ProvisionedResource
from workers.adapters.embedded_buckets import Buckets
from workers.adapters.launcher import PORT
from workers.adapters.process_registry import Record
from workers.adapters.python_environments import PythonEnvironments
from workers.adapters.release_folder import Current, ReleaseFolder
from workers.adapters.release_health import illness, log_tail
from workers.adapters.release_process import migrate, start
from workers.adapters.terraform_buckets import Unsupported, bucket_plans
from workers.bundle import Bundle
from workers.ports import Release, ReleaseFailed, Running

UVICORN = ("-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", PORT)

# A free port may be another's by the time the release listens; then it gets a new one.
_STARTS = 3
_PORT_TAKEN = "address already in use"


class EmbeddedTarget:
    """The `Target` of one machine.

    `start` are the interpreter's arguments; `patience` is how long a release may take to get
    healthy; `account` stands in bucket names where Terraform asks who it is.
    """

    def __init__(
        self,
        folder: Path,
        environments: PythonEnvironments,
        buckets: Buckets,
        *,
        account: str = "000000000000",
        start: tuple[str, ...] = UVICORN,
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        self._folder = folder.absolute()
        self._environments = environments
        self._buckets = buckets
        self._account = account
        self._start = start
        self._patience = patience

    async def provision(self, release: Release, bundle: Bundle) -> tuple[ProvisionedResource, ...]:
        """The buckets of its Terraform, and a migrated database where it has migrations."""
        place = ReleaseFolder.of(self._folder, release)
        async with place.alone():
            await asyncio.to_thread(place.unpack, release.version, bundle)
            made = await self._make_buckets(bundle)
            if "alembic.ini" in bundle.files:
                await migrate(place, release, self._environments)
                made.append(_resource("sqlite_database", release, str(place.database)))
        return tuple(made)

    async def roll_out(self, release: Release, bundle: Bundle) -> Running:
        place = ReleaseFolder.of(self._folder, release)
        async with place.alone():
            await asyncio.to_thread(place.unpack, release.version, bundle)
            before = place.current()
            if before and before.version == release.version:
                previous = before.previous
            else:
                previous = before.version if before else None
            return await self._bring_up(place, release, previous)

    async def restart(self, release: Release) -> Running:
        place = ReleaseFolder.of(self._folder, release)
        async with place.alone():
            current = place.current()
            if current is None or current.version != release.version:
                raise ReleaseFailed(f"{release.version} does not take the traffic")
            await asyncio.to_thread(place.stop, release.version)
            return await self._bring_up(place, release, current.previous)

    async def roll_back(self, release: Release) -> Running:
        place = ReleaseFolder.of(self._folder, release)
        async with place.alone():
            current = place.current()
            if current is None:
                raise ReleaseFailed("nothing was ever released here")
            if current.version != release.version:
                if current.deployment_id != release.deployment_id:
                    raise ReleaseFailed(
                        f"another deployment has put {current.version} in its place since"
                    )
                # It does not take the traffic any more: this call was made before.
                return await self._bring_up(
                    place, replace(release, version=current.version), current.previous
                )
            if current.previous is None or not place.release(current.previous).exists():
                raise ReleaseFailed(f"there is no version before {release.version}")
            return await self._bring_up(place, replace(release, version=current.previous), None)

    async def _bring_up(
        self, place: ReleaseFolder, release: Release, previous: str | None
    ) -> Running:
        """Started or found, healthy, switched to, and alone."""
        record = await self._healthy(place, release)
        place.switch(
            Current(
                deployment_id=release.deployment_id,
                version=release.version,
                endpoint=record.endpoint,
                pid=record.pid,
                previous=previous,
            )
        )
        for other in place.processes.running():
            if other.version != release.version:
                await asyncio.to_thread(place.stop, other.version)
        return Running(release, record.endpoint, previous)

    async def _healthy(self, place: ReleaseFolder, release: Release) -> Record:
        """Raises ReleaseFailed, after it has stopped what did not get healthy."""
        reason = said = ""
        for _ in range(_STARTS):
            record = place.processes.find(release.version)
            if record is None:
                record = await start(place, release, self._environments, self._start)
            reason = await illness(record, self._patience) or ""
            if not reason:
                return record
            await asyncio.to_thread(place.stop, release.version)
            said = log_tail(record.log)
            if _PORT_TAKEN not in said.lower():
                break
        why = f"{release.version}: {reason}" + (f"; its log ends with:\n{said}" if said else "")
        raise ReleaseFailed(why, rolled_back_to=_standing(place, release))

    async def _make_buckets(self, bundle: Bundle) -> list[ProvisionedResource]:
        try:
            plans = bucket_plans(bundle.files, self._account)
        except Unsupported as error:
            raise ReleaseFailed(f"the infrastructure can't be provisioned: {error}") from error
        return [
            ProvisionedResource(
                type="aws_s3_bucket", name=plan.name, id=await self._buckets.make(plan)
            )
            for plan in plans
        ]


def _standing(place: ReleaseFolder, release: Release) -> str | None:
    """The other version that takes the traffic still."""
    current = place.current()
    if current is None or current.version == release.version:
        return None
    return current.version if place.processes.find(current.version) else None


def _resource(kind: str, release: Release, identity: str) -> ProvisionedResource:
    return ProvisionedResource(type=kind, name=release.service_name, id=identity)
