"""The group and the deduplication id of a message, as the pipe reads them from its body."""

import json
from typing import Any

import pytest

from localstack.grouping import address


def body(detail: Any, event_id: Any = "e-1") -> str:
    return json.dumps({"id": event_id, "detail-type": "task.created", "detail": detail})


@pytest.mark.parametrize(
    ("text", "ordered_by", "group", "deduplication_id"),
    [
        pytest.param(body({"workflow_id": "w-1"}), "workflow_id", "w-1", "e-1", id="ordered"),
        pytest.param(body({"workflow_id": "w-1"}), None, "e-1", "e-1", id="no order"),
        pytest.param(
            body({"workflow_id": "w" * 128}), "workflow_id", "w" * 128, "e-1", id="longest"
        ),
        pytest.param(
            body({"workflow_id": "w-1"}, "e" * 129), "workflow_id", "w-1", "m-1", id="id too long"
        ),
        pytest.param(body({"workflow_id": "w-1"}, 7), "workflow_id", "w-1", "m-1", id="id no text"),
    ],
)
def test_a_readable_body_says_where_it_belongs(
    text: str, ordered_by: str | None, group: str, deduplication_id: str
) -> None:
    found = address(text, "m-1", ordered_by)
    assert (found.group, found.deduplication_id) == (group, deduplication_id)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(body({}), id="missing"),
        pytest.param(body({"workflow_id": 7}), id="a number"),
        pytest.param(body({"workflow_id": None}), id="null"),
        pytest.param(body({"workflow_id": ""}), id="empty"),
        pytest.param(body({"workflow_id": "w 1"}), id="a space"),
        pytest.param(body({"workflow_id": "w-1\n"}), id="a line end"),
        pytest.param(body({"workflow_id": "größe"}), id="not ASCII"),
        pytest.param(body({"workflow_id": "w" * 129}), id="too long"),
        pytest.param(body("text"), id="detail is text"),
        pytest.param(body([1]), id="detail is a list"),
        pytest.param("[]", id="a list"),
        pytest.param("{", id="not JSON"),
        pytest.param("", id="nothing"),
        pytest.param("[" * 100_000, id="absurdly deep"),
        pytest.param('{"detail": {"workflow_id": "\\ud800"}}', id="half a character"),
    ],
)
def test_any_other_body_gets_a_legal_group_of_its_own(text: str) -> None:
    found = address(text, "m-1", "workflow_id")
    again = address(text, "m-2", "workflow_id")
    other = address(text + " ", "m-1", "workflow_id")
    assert found.group.startswith("unreadable-")
    assert len(found.group) <= 128
    assert found.group == again.group
    assert found.group != other.group


def test_two_messages_with_one_unreadable_body_are_both_kept() -> None:
    first, second = address("{", "m-1", "workflow_id"), address("{", "m-2", "workflow_id")
    assert first.deduplication_id != second.deduplication_id
