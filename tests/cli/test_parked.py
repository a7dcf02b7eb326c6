"""Which of the parked messages a workflow waits for."""

import json
from typing import Any

import pytest

from events.routes import source
from workers.cli.parked import holds_up
from workers.cli.publish import SOURCE

CODEGEN = "codegen-on-task-created"
POLICY = "policy-on-codegen-completed"
PLANNER = "planner-on-workflow-requested"
OURS = {"source": source("conductor"), "event_type": "task.created"}

# What is said of a letter, and whether wf-1 waits for it.
LETTERS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "a task that the conductor created": (CODEGEN, OURS, True),
    "the same for another workflow": (CODEGEN, {**OURS, "workflow_id": "wf-2"}, False),
    "a workflow whose id begins alike": (CODEGEN, {**OURS, "workflow_id": "wf-10"}, False),
    "another workflow that speaks of it": (
        CODEGEN,
        {**OURS, "workflow_id": "wf-2", "feedback": "wf-1"},
        False,
    ),
    "no workflow at all": (CODEGEN, {**OURS, "workflow_id": None}, False),
    "a workflow id that is a list": (CODEGEN, {**OURS, "workflow_id": ["wf-1"]}, False),
    "a verdict on a task of the fleet": (
        POLICY,
        {"source": source("codegen"), "event_type": "codegen.completed", "origin": "fleet"},
        True,
    ),
    "a verdict on a stranger's task": (
        POLICY,
        {"source": source("codegen"), "event_type": "codegen.completed", "origin": "outside"},
        False,
    ),
    "a stranger's task": (CODEGEN, {**OURS, "source": "me"}, False),
    "a task from a worker that creates none": (
        CODEGEN,
        {**OURS, "source": source("tester")},
        False,
    ),
    "a task from nobody's name": (CODEGEN, {**OURS, "source": source("nobody")}, False),
    "a person's task": (CODEGEN, {**OURS, "source": SOURCE}, False),
    "a task without a source": (CODEGEN, {**OURS, "source": None}, False),
    "a body without an event": (CODEGEN, {**OURS, "event_type": None}, False),
    "the request as submitted": (
        PLANNER,
        {"source": SOURCE, "event_type": "workflow.requested"},
        True,
    ),
    "a stranger's request under its id": (
        PLANNER,
        {"source": "me", "event_type": "workflow.requested"},
        False,
    ),
    "what no route wanted": ("unrouted", OURS, False),
    "what the bus could not deliver": ("undelivered", OURS, False),
}


@pytest.mark.parametrize(("queue", "said", "waits"), LETTERS.values(), ids=LETTERS.keys())
def test_a_workflow_waits_only_for_what_moves_it(
    raw: Any, queue: str, said: dict[str, Any], waits: bool
) -> None:
    assert holds_up(raw.letter(raw.body(**said), queue), "wf-1") is waits


BODIES = {
    "blank": " ",
    "no JSON": "{not json, but it names wf-1",
    "an array": '["wf-1"]',
    "a string": '"wf-1"',
    "nested without end": "[" * 100_000,
    "no detail": json.dumps({"source": source("conductor"), "detail-type": "task.created"}),
    "a detail that is a list": json.dumps(
        {"source": source("conductor"), "detail-type": "task.created", "detail": ["wf-1"]}
    ),
    "a detail that is text": json.dumps(
        {"source": source("conductor"), "detail-type": "task.created", "detail": "wf-1"}
    ),
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES.keys())
def test_nobody_waits_for_a_body_that_holds_no_event(raw: Any, text: str) -> None:
    letter = raw.letter(text, told={"event_type": "task.created"})

    assert holds_up(letter, "wf-1") is False
