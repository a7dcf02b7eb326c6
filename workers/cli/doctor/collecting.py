"""Gathers the facts of a deployment, everything at once."""

import asyncio
import json
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError, NoCredentialsError

from events.routes import ROUTES, Route
from workers.cli.doctor import store_facts
from workers.cli.doctor.asking import Asker, Missing
from workers.cli.doctor.facts import Facts, Key, Queue, Rule, Target
from workers.cli.doctor.feeding import fed_queues
from workers.cli.doctor.queues import wanted_queues
from workers.fleet import status
from workers.fleet.status import FleetStatus
from workers.settings import Settings

T = TypeVar("T")

# Between two looks at a backlog.
_LATER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Collector:
    """Looks at one deployment through an asker."""

    settings: Settings
    asker: Asker
    routes: Sequence[Route] = ROUTES

    async def facts(self) -> Facts:
        """All of it. Raises what AWS answers that is neither missing nor forbidden."""
        try:
            caller = await self.asker.ask(
                "sts", "get_caller_identity", "sts:GetCallerIdentity", "the caller"
            )
        except (ClientError, NoCredentialsError) as error:
            # Nothing else would be answered either.
            return Facts(
                embedded=self.settings.embedded,
                bad_credentials=str(error),
                skew=self.asker.skew,
            )
        bus, rules, queues, tables, buckets = await asyncio.gather(
            self._bus(),
            self._rules(),
            self._queues(),
            store_facts.tables(self.asker, self.settings.names),
            store_facts.buckets(self.asker, self.settings.names),
        )
        read = None if queues is None else {n: q for n, q in queues.items() if q is not None}
        keys, later = await asyncio.gather(self._keys(read or {}), self._later(read or {}))
        return Facts(
            embedded=self.settings.embedded,
            caller=str(caller["Arn"]) if caller else None,
            skew=self.asker.skew,
            bus=bus,
            rules=rules,
            queues=read,
            unread=frozenset(n for n, queue in (queues or {}).items() if queue is None),
            later=later,
            keys=keys,
            tables=tables,
            buckets=buckets,
            denied=tuple(self.asker.denied),
            fleet=self._fleet(),
        )

    async def _bus(self) -> bool | None:
        name = self.settings.names.bus
        try:
            found = await self.asker.ask(
                "events", "describe_event_bus", "events:DescribeEventBus", name, Name=name
            )
        except Missing:
            return False
        return None if found is None else True

    async def _rules(self) -> dict[str, Rule] | None:
        names = self.settings.names
        listed = await self._pages(
            "events", "list_rules", "Rules", EventBusName=names.bus, NamePrefix=f"{names.prefix}-"
        )
        if listed is None:
            return None
        rules = await asyncio.gather(*(self._rule(raw) for raw in listed))
        return {rule.name: rule for rule in rules}

    async def _rule(self, raw: dict[str, Any]) -> Rule:
        try:
            answer = await self.asker.ask(
                "events",
                "list_targets_by_rule",
                "events:ListTargetsByRule",
                raw["Name"],
                Rule=raw["Name"],
                EventBusName=self.settings.names.bus,
            )
        except Missing:
            # Taken away since it was listed.
            answer = {}
        targets = None if answer is None else tuple(map(_target, answer.get("Targets", ())))
        pattern = json.loads(raw.get("EventPattern") or "{}")
        return Rule(raw["Name"], raw["Arn"], raw.get("State") == "ENABLED", pattern, targets)

    async def _queues(self) -> dict[str, Queue | None] | None:
        """By name; None for a queue whose attributes are not to be read."""
        prefix = f"{self.settings.names.prefix}-"
        listed = await self._pages(
            "sqs", "list_queues", "QueueUrls", QueueNamePrefix=prefix, MaxResults=1000
        )
        if listed is None:
            return None
        wanted = set(wanted_queues(self.settings.names, self.routes))
        urls = {str(url).rpartition("/")[2]: str(url) for url in listed}
        return await self._attributes({name: url for name, url in urls.items() if name in wanted})

    async def _attributes(self, urls: dict[str, str]) -> dict[str, Queue | None]:
        async def one(name: str, url: str) -> Queue | None:
            answer = await self.asker.ask(
                "sqs",
                "get_queue_attributes",
                "sqs:GetQueueAttributes",
                name,
                QueueUrl=url,
                AttributeNames=["All"],
            )
            return Queue(name, {**answer["Attributes"], "url": url}) if answer else None

        return dict(await _each_present(urls, [one(name, url) for name, url in urls.items()]))

    async def _later(self, queues: dict[str, Queue]) -> dict[str, Queue]:
        names = self.settings.names
        work = {name(route) for route in self.routes for name in (names.queue, names.inbox)}
        waiting = {n: q.attributes["url"] for n, q in queues.items() if n in work and q.visible}
        if not waiting:
            return {}
        await asyncio.sleep(_LATER_SECONDS)
        again = await self._attributes(waiting)
        return {name: queue for name, queue in again.items() if queue is not None}

    async def _keys(self, queues: dict[str, Queue]) -> dict[str, Key]:
        fed = fed_queues(self.settings.names, self.routes)
        used = {q.attributes.get("KmsMasterKeyId", "") for n, q in queues.items() if n in fed}
        ids = sorted(key for key in used if key and "alias/aws/" not in key)
        found = await _each_present(ids, [self._key(key) for key in ids])
        return {key: made for key, made in found if made is not None}

    async def _key(self, key: str) -> Key | None:
        answer = await self.asker.ask("kms", "describe_key", "kms:DescribeKey", key, KeyId=key)
        if answer is None:
            return None
        manager, arn = answer["KeyMetadata"]["KeyManager"], answer["KeyMetadata"]["Arn"]
        if manager == "AWS":
            return Key("AWS")
        policy = await self.asker.ask(
            "kms", "get_key_policy", "kms:GetKeyPolicy", key, KeyId=arn, PolicyName="default"
        )
        return Key(manager, json.loads(policy["Policy"])) if policy else None

    async def _pages(
        self, service: str, operation: str, of: str, **arguments: Any
    ) -> list[Any] | None:
        """Everything in a list, page by page; None when it is not allowed."""
        permission = f"{service}:{operation.title().replace('_', '')}"
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            try:
                page = await self.asker.ask(
                    service, operation, permission, self.settings.names.bus, **arguments, **token
                )
            except Missing:
                return found
            if page is None:
                return None
            found += page.get(of, [])
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}

    def _fleet(self) -> FleetStatus | None:
        found = status.read(self.settings.home)
        here = found is not None and found.endpoint_url == self.settings.endpoint_url
        return found if here else None


def _target(raw: dict[str, Any]) -> Target:
    return Target(raw["Arn"], raw.get("DeadLetterConfig", {}).get("Arn"))


async def _each_present(
    names: Iterable[str], looks: Iterable[Awaitable[T | None]]
) -> list[tuple[str, T | None]]:
    """What each look saw, by name, but for what has gone in the meantime."""
    seen = await asyncio.gather(*looks, return_exceptions=True)
    found: list[tuple[str, T | None]] = []
    for name, each in zip(names, seen, strict=True):
        if isinstance(each, BaseException) and not isinstance(each, Missing):
            raise each
        if not isinstance(each, BaseException):
            found.append((name, each))
    return found
