"""The planner's handler: understood once, stored, and answered from what is stored."""

from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import BaseModel

from events.routes import ROUTES
from schemas.task import TaskCreated
from schemas.workflow import WorkflowCreated, WorkflowFailed, WorkflowRequested
from workers.adapters.offline import OfflineModel
from workers.planner.on_workflow_requested import handle
from workers.planner.specification import EXAMPLE
from workers.ports import Context, Model, NoReply, Prompt, Reject, Reply, ReplyT, Retry
from workers.testing import EPOCH, FakeClock, FakeSteps, FakeWorkflows

REQUEST = EXAMPLE
EVENT_ID = "event-1"


class ScriptedModel:
    """Answers with the given fields, or raises the given error; keeps what it was asked."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self._answer = answer
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt, form: type[ReplyT]) -> Reply[ReplyT]:
        self.prompts.append(prompt)
        if isinstance(self._answer, Exception):
            raise self._answer
        return Reply(form.model_validate(self._answer), "scripted")


ANSWER: dict[str, Any] = {
    "service_name": "user-service",
    "environment": "staging",
    "database": "postgresql",
    "resource": "member",
    "buckets": [{"name": "avatars", "public": True}],
    "missing": [],
    "unsupported": [],
}


async def plan(
    request: str = REQUEST,
    *,
    model: Model | None = None,
    workflows: FakeWorkflows | None = None,
    steps: FakeSteps | None = None,
    event_id: str = EVENT_ID,
    **fields: Any,
) -> tuple[BaseModel, ...]:
    return await handle(
        WorkflowRequested.model_validate({"request": request, **fields}),
        model or OfflineModel(),
        workflows if workflows is not None else FakeWorkflows(),
        FakeClock(),
        Context(event_id, EPOCH, EPOCH + timedelta(minutes=1)),
        steps or FakeSteps(),
    )


async def test_a_request_becomes_a_workflow_and_its_first_three_tasks() -> None:
    workflows = FakeWorkflows()
    created, *tasks = await plan(workflows=workflows, requested_by="ada@example.com")

    assert isinstance(created, WorkflowCreated)
    assert created.service_name == "user-service"
    assert created.requested_by == "ada@example.com"
    assert created.planned_by == "rules"
    assert [task.task_id for task in created.tasks] == ["t1", "t2", "t3", "t4", "t5"]
    assert "planned by rules: no model is configured" in (created.notes)
    assert all(isinstance(task, TaskCreated) for task in tasks)
    made = [cast(TaskCreated, task) for task in tasks]
    assert [(task.task_id, task.part) for task in made] == [
        ("t1", "service"),
        ("t2", "infrastructure"),
        ("t3", "delivery"),
    ]
    assert {task.resource for task in made} == {"user"}
    assert all(task.buckets[0].public for task in made)
    stored = await workflows.load(created.workflow_id)
    assert stored is not None
    assert [task.status for task in stored.tasks] == ["running"] * 3 + ["waiting"] * 2
    assert stored.request == REQUEST


async def test_a_second_delivery_gives_the_same_answer_and_asks_no_model() -> None:
    workflows = FakeWorkflows()
    model = ScriptedModel(ANSWER)
    first = await plan(model=model, workflows=workflows)
    second = await plan(model=ScriptedModel(RuntimeError("asked again")), workflows=workflows)

    assert first == second
    assert len(model.prompts) == 1


async def test_a_second_delivery_of_a_refused_request_gives_the_same_answer() -> None:
    workflows = FakeWorkflows()

    assert await plan("Create a service", workflows=workflows) == await plan(
        "Create a service", workflows=workflows
    )


async def test_a_workflow_id_has_one_owner() -> None:
    workflows = FakeWorkflows()
    await plan(workflows=workflows, workflow_id="mine")

    with pytest.raises(Reject, match="workflow id is taken by another request"):
        await plan(workflows=workflows, workflow_id="mine", event_id="event-2")


async def test_an_id_is_derived_from_the_event_where_none_is_given() -> None:
    (one, *_), (again, *_), (other, *_) = [
        await plan(event_id=event_id) for event_id in ("e1", "e1", "e2")
    ]
    ids = [cast(WorkflowCreated, event).workflow_id for event in (one, again, other)]

    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == len("wf-") + 12


async def test_a_request_that_can_not_be_understood_fails_and_is_on_record() -> None:
    workflows = FakeWorkflows()
    (failed,) = await plan("asdf ghjk", workflows=workflows)

    assert isinstance(failed, WorkflowFailed)
    assert failed.missing == ("what to make", "the service's name")
    assert failed.example == EXAMPLE
    stored = await workflows.load(failed.workflow_id)
    assert stored is not None
    assert (stored.status, stored.reason, stored.tasks) == ("failed", failed.reason, ())
    assert stored.closed_at == EPOCH


@pytest.mark.parametrize("name", ["../x", "UserService", "🚀", "n" * 300])
async def test_a_bad_name_fails_with_its_form(name: str) -> None:
    (failed,) = await plan(f"Create a service called {name}")

    assert isinstance(failed, WorkflowFailed)
    assert "is not a valid name (2 to 40 lower-case letters" in failed.reason
    assert failed.service_name is None


async def test_what_is_not_made_here_fails_by_name() -> None:
    (failed,) = await plan("Create a Go service called orders with MongoDB")

    assert isinstance(failed, WorkflowFailed)
    assert "not supported: Go, MongoDB" in failed.reason
    assert failed.service_name == "orders"


async def test_a_model_plans_where_it_answers() -> None:
    model = ScriptedModel(ANSWER)
    created, first, *_ = await plan(model=model)

    assert isinstance(created, WorkflowCreated) and isinstance(first, TaskCreated)
    assert created.planned_by == "model"
    assert first.resource == "member"
    (prompt,) = model.prompts
    assert REQUEST in prompt.question
    assert "never" not in prompt.question
    assert "`service_name`" in prompt.system


async def test_a_model_without_a_usable_reply_is_replaced_by_the_rules_and_it_is_said() -> None:
    created, *_ = await plan(model=ScriptedModel(NoReply("HTTP 529, the last of 4 tries")))

    assert isinstance(created, WorkflowCreated)
    assert created.planned_by == "rules"
    note = "planned by rules: the model gave no usable reply: HTTP 529, the last of 4 tries"
    assert note in created.notes


async def test_a_model_that_asks_for_time_gives_the_message_back_and_leaves_nothing() -> None:
    workflows = FakeWorkflows()
    with pytest.raises(Retry):
        await plan(model=ScriptedModel(Retry("busy", timedelta(hours=1))), workflows=workflows)

    assert await workflows.recent() == []


async def test_parameters_win_over_a_model_and_alone_ask_none() -> None:
    model = ScriptedModel(ANSWER)
    created, *_ = await plan(model=model, parameters={"service_name": "members"})
    alone, *_ = await plan("", model=model, parameters={"service_name": "members"})

    assert isinstance(created, WorkflowCreated) and isinstance(alone, WorkflowCreated)
    assert created.service_name == alone.service_name == "members"
    assert alone.planned_by == "rules"
    assert len(model.prompts) == 1


async def test_a_secret_in_a_request_is_neither_sent_nor_stored_nor_published() -> None:
    secret = "ghp_" + "a1B2" * 9
    workflows = FakeWorkflows()
    model = ScriptedModel(ANSWER)
    events = await plan(f"{REQUEST}. My token is {secret}", model=model, workflows=workflows)

    (recent,) = await workflows.recent()
    said = f"{events} {model.prompts} {await workflows.load(recent.workflow_id)}"
    assert secret not in said
    assert "[redacted]" in said


async def test_every_event_is_one_that_the_route_may_publish() -> None:
    (route,) = [route for route in ROUTES if route.worker == "planner"]
    events = [*await plan(), *await plan("nonsense", event_id="e2")]

    assert {type(event) for event in events} == set(route.publishes)


async def test_a_model_is_asked_once_even_if_the_process_dies_before_the_plan_is_stored() -> None:
    model, steps = ScriptedModel(ANSWER), FakeSteps()
    first = await plan(model=model, steps=steps)

    again = await plan(model=model, steps=steps, workflows=FakeWorkflows())

    assert len(model.prompts) == 1
    assert again == first
