"""Judges tables and buckets against what the workers use. Pure.

What must be there is said in `infra/cloudformation/storage.yaml`, too; a test compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from events.topology import Names
from workers.cli.doctor.facts import Facts, Table
from workers.cli.doctor.findings import Finding, checked, fault, warning


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table as it must be: its hash key, its range key if any, index, and time to live."""

    keys: tuple[str, ...]
    indexes: tuple[str, ...] = ()
    expires_by: str | None = None


TABLES: Mapping[str, Wanted] = MappingProxyType(
    {
        "workflows": Wanted(("workflow_id", "task_id"), indexes=("status-index",)),
        "deployments": Wanted(("deployment_id", "timestamp"), expires_by="expires_at"),
        "policy-violations": Wanted(("violation_id", "timestamp")),
        "ledger": Wanted(("delivery",), expires_by="expires_at"),
    }
)
BUCKETS = ("agent-artifacts", "policy-bundles", "templates", "telemetry-archive")


def judge(facts: Facts, names: Names) -> Iterator[Finding]:
    """Tables, their time to live, buckets."""
    tables = {name: (names.table(name), wanted) for name, wanted in TABLES.items()}
    looked_at = {
        physical: (wanted, facts.tables[physical])
        for physical, wanted in tables.values()
        if physical in facts.tables
    }
    if looked_at:
        yield from checked(
            "tables",
            f"all {len(TABLES)} are there, with their keys",
            (p for name, (wanted, found) in looked_at.items() for p in _table(name, wanted, found)),
        )
        yield from checked(
            "time to live",
            "old records go by themselves",
            (
                p
                for name, (wanted, found) in looked_at.items()
                for p in _expiry(name, wanted, found, facts.embedded)
            ),
        )
    if facts.buckets:
        yield from checked(
            "buckets",
            f"all {len(BUCKETS)} are there",
            (
                fault("buckets", name, "there is no such bucket")
                for name, there in facts.buckets.items()
                if not there
            ),
        )


def _table(name: str, wanted: Wanted, found: Table | None) -> Iterator[Finding]:
    if found is None:
        yield fault("tables", name, "there is no such table")
        return
    if not found.active:
        yield warning("tables", name, "the table is not active yet", "wait, then look again")
    kinds = ("HASH", "RANGE")
    if found.keys != tuple((key, kinds[place]) for place, key in enumerate(wanted.keys)):
        has = ", ".join(key for key, _ in found.keys)
        what = f"its keys are {has}, not {', '.join(wanted.keys)}"
        yield fault("tables", name, what, "move the table away, then deploy again")
    for index in set(wanted.indexes) - set(found.indexes):
        yield fault("tables", name, f"the index {index} is missing")


def _expiry(name: str, wanted: Wanted, found: Table | None, embedded: bool) -> Iterator[Finding]:
    if found is None or found.expires_by == wanted.expires_by:
        return
    if embedded and found.expires_by is None:
        # The emulators take it from a template and do nothing about it.
        what, mend = "not checkable here: the emulator ignores it", "none is needed on this machine"
        yield warning("time to live", name, what, mend)
        return
    what = f"records end by {found.expires_by or 'nothing'}, not by {wanted.expires_by}"
    yield fault("time to live", name, what)
