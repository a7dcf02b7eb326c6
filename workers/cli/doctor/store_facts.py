"""Gathers what there is to know of tables and buckets."""

import asyncio
from typing import Any

from events.topology import Names
from workers.cli.doctor.asking import Asker, Missing
from workers.cli.doctor.facts import Table
from workers.cli.doctor.stores import BUCKETS, TABLES


async def tables(asker: Asker, names: Names) -> dict[str, Table | None]:
    """By name; None for one that is not there. One that may not be looked at is left out."""
    physical = [names.table(name) for name in TABLES]
    seen = await asyncio.gather(*(_table(asker, name) for name in physical))
    return {name: table for name, (looked, table) in zip(physical, seen, strict=True) if looked}


async def buckets(asker: Asker, names: Names) -> dict[str, bool]:
    """Whether each is there. One that may not be looked at is left out."""
    physical = [names.bucket(name) for name in BUCKETS]
    seen = await asyncio.gather(*(_bucket(asker, name) for name in physical))
    return {name: there for name, there in zip(physical, seen, strict=True) if there is not None}


async def _table(asker: Asker, name: str) -> tuple[bool, Table | None]:
    """Whether it could be looked at, and what was seen."""
    looks = {
        "describe_table": "dynamodb:DescribeTable",
        "describe_time_to_live": "dynamodb:DescribeTimeToLive",
    }
    try:
        described, living = await asyncio.gather(
            *(
                asker.ask("dynamodb", call, allowed, name, TableName=name)
                for call, allowed in looks.items()
            )
        )
    except Missing:
        return True, None
    if described is None or living is None:
        return False, None
    return True, _seen(described["Table"], living["TimeToLiveDescription"])


async def _bucket(asker: Asker, name: str) -> bool | None:
    try:
        found = await asker.ask("s3", "head_bucket", "s3:ListBucket", name, Bucket=name)
    except Missing:
        return False
    return None if found is None else True


def _seen(described: dict[str, Any], living: dict[str, Any]) -> Table:
    on = living.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return Table(
        keys=tuple((each["AttributeName"], each["KeyType"]) for each in described["KeySchema"]),
        indexes=tuple(i["IndexName"] for i in described.get("GlobalSecondaryIndexes", ())),
        active=described.get("TableStatus") == "ACTIVE",
        expires_by=living.get("AttributeName") if on else None,
    )
