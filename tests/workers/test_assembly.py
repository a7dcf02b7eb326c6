"""A route's consumer as it is put together: what is there on AWS, and what on an emulator."""

from dataclasses import replace
from typing import Any

import pytest

from events.routes import ROUTES, Route
from workers import assembly
from workers.adapters.scheduler import EventBridgeScheduler
from workers.runtime.stowing import StowingLedger
from workers.runtime.unrecorded import Unrecorded
from workers.settings import Settings

ROUTE = next(route for route in ROUTES if route.worker == "planner")
ROLE = "arn:aws:iam::123456789012:role/scheduler"
SETTINGS = Settings(environment="t")


class Client:
    """Answers what an assembly asks of SQS."""

    async def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803 SQS's own
        return {"QueueUrl": f"https://sqs/{QueueName}"}

    async def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:r:1:{QueueUrl.rpartition('/')[2]}"}}


class Clients:
    """Stands for open connections; notes which services were asked for."""

    def __init__(self) -> None:
        self.services: list[str] = []

    async def client(self, service: str) -> Any:
        self.services.append(service)
        return Client()


@pytest.mark.parametrize(
    ("settings", "has_one"),
    [
        (replace(SETTINGS, scheduler_role_arn=ROLE), True),
        (SETTINGS, False),
        # What an emulator is told to send later it loses.
        (replace(SETTINGS, scheduler_role_arn=ROLE, endpoint_url="http://127.0.0.1:1"), False),
    ],
    ids=["AWS with a role", "AWS without one", "an emulator"],
)
async def test_only_aws_with_a_role_sends_later(settings: Settings, has_one: bool) -> None:
    connections: Any = Clients()

    courier = await assembly._courier(ROUTE, settings, connections)

    assert isinstance(courier.scheduler, EventBridgeScheduler) is has_one
    assert (courier.scheduler is None) is not has_one
    assert ("scheduler" in connections.services) is has_one
    # Nobody opens S3 before there is anything large.
    assert "s3" not in connections.services


@pytest.mark.parametrize(
    ("route", "kind"), [(ROUTE, StowingLedger), (replace(ROUTE, pure=True), Unrecorded)]
)
async def test_a_pure_route_has_no_ledger(route: Route, kind: type) -> None:
    connections: Any = Clients()

    assert isinstance(await assembly._ledger(route, connections, SETTINGS), kind)
    assert ("dynamodb" in connections.services) is (kind is StowingLedger)
