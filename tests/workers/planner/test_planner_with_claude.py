"""The planner and the real SDK together, against a local server: the form, and the way out."""

import json
from datetime import timedelta
from typing import Any

from schemas.workflow import WorkflowCreated, WorkflowRequested
from tests.servers.messages_api import Fails, Received, Says, Step, running
from workers.adapters.claude import AnthropicApi, ClaudeModel
from workers.adapters.patience import Bounds
from workers.planner.on_workflow_requested import handle
from workers.planner.specification import EXAMPLE
from workers.ports import Context
from workers.testing import EPOCH, FakeClock, FakeSteps, FakeWorkflows

REPLY: dict[str, Any] = {
    "service_name": "user-service",
    "environment": "staging",
    "database": "postgresql",
    "resource": "user",
    "buckets": [{"name": "avatars", "public": True}],
    "missing": [],
    "unsupported": [],
}


async def planned(*steps: Step) -> tuple[WorkflowCreated, list[Received]]:
    async with running(*steps) as api:
        clock = FakeClock()
        model = ClaudeModel(AnthropicApi("key", api.url), clock, bounds=Bounds(tries=1))
        created, *_ = await handle(
            WorkflowRequested(request=f"{EXAMPLE}. password=hunter22"),
            model,
            FakeWorkflows(),
            clock,
            Context("event-1", EPOCH, EPOCH + timedelta(minutes=1)),
            FakeSteps(),
        )
        await model.aclose()
    assert isinstance(created, WorkflowCreated)
    return created, api.requests


async def test_claude_plans_in_the_form_that_it_is_given() -> None:
    created, (request,) = await planned(Says(json.dumps(REPLY)))

    assert created.planned_by == "model"
    assert created.buckets[0].public
    schema = request.body["output_config"]["format"]["schema"]
    assert set(schema["required"]) == set(REPLY)
    assert schema["additionalProperties"] is False
    assert "hunter22" not in request.everything()


async def test_a_form_broken_twice_leaves_the_plan_to_the_rules() -> None:
    created, requests = await planned(Says("{}"), Says('{"service_name": 7}'))

    assert created.planned_by == "rules"
    assert len(requests) == 2
    assert any("broke its schema" in note for note in created.notes)


async def test_an_overloaded_provider_leaves_the_plan_to_the_rules() -> None:
    created, _ = await planned(Fails(529))

    assert created.planned_by == "rules"
    assert any("HTTP 529" in note for note in created.notes)
