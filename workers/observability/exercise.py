"""Exercises a release over HTTP: its health, one record's life, and reads for the latency."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from schemas.deployment import SmokePlan
from workers.observability.exchange import Exchange, document, exchange, record_id, records
from workers.observability.smoke import Record, personal
from workers.ports import HttpProbe

READS = 20

# However slow a release is, the look at it has to end within the route's 60 s: a request is bounded
# by the probe, the reads by this much waiting, and what an earlier look left by this many.
PATIENCE = timedelta(seconds=10)
LEFTOVERS = 2


async def exercise(
    probe: HttpProbe, endpoint: str, plan: SmokePlan | None, event_id: str
) -> tuple[Exchange, ...]:
    """What the release answered, in order. After a health check that failed, nothing more."""
    base = endpoint.rstrip("/")
    health = exchange("health", await probe.request("GET", f"{base}/health"), expected=(200,))
    if not health.ok:
        return (health,)
    if plan is None:
        return (health, *await _reads(probe, f"{base}/health"))
    collection = base + plan.collection
    return (health, *await _round_trip(probe, collection, personal(plan, event_id)))


async def _round_trip(probe: HttpProbe, collection: str, record: Record) -> list[Exchange]:
    """One record's life. What was created is deleted, however the release answered meanwhile."""
    await _sweep(probe, collection, record)
    answer = await probe.request("POST", collection, dict(record.create))
    created = exchange("create", answer, expected=(200, 201))
    name = record_id(document(answer))
    if not created.ok:
        return [created]
    if name is None:
        return [replace(created, problem="the answer names no id")]
    url = f"{collection}/{name}"
    used = await _used(probe, url, record)
    deleted = exchange("delete", await probe.request("DELETE", url), expected=(200, 204))
    gone = exchange("gone after delete", await probe.request("GET", url), expected=(404, 410))
    return [created, *used, deleted, gone]


async def _used(probe: HttpProbe, url: str, record: Record) -> list[Exchange]:
    read = await _read(probe, url, "read", record.create)
    answer = await probe.request(record.update_method, url, dict(record.update))
    updated = exchange("update", answer, expected=(200, 204))
    read_again = await _read(probe, url, "read after update", record.updated)
    return [read, updated, read_again, *await _reads(probe, url)]


async def _read(
    probe: HttpProbe, url: str, name: str, fields: Mapping[str, Any] | None = None
) -> Exchange:
    return exchange(name, await probe.request("GET", url), expected=(200,), fields=fields)


async def _reads(probe: HttpProbe, url: str) -> list[Exchange]:
    done: list[Exchange] = []
    while len(done) < READS and sum((e.elapsed for e in done), timedelta()) < PATIENCE:
        done.append(await _read(probe, url, "repeated reads"))
    return done


async def _sweep(probe: HttpProbe, collection: str, record: Record) -> None:
    """Deletes what a look at the same event left when it was cut off, so that it can't collide."""
    listed = records(await probe.request("GET", f"{collection}?limit=100"))
    names = [record_id(found) for found in listed if record.is_ours(found)]
    for name in [name for name in names if name is not None][:LEFTOVERS]:
        await probe.request("DELETE", f"{collection}/{name}")
