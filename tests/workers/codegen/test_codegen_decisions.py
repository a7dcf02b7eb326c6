"""What codegen refuses, and what it says."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.task import TaskCreated
from workers.codegen.decisions import SUPPORTED, completed, refusal


@pytest.mark.parametrize(("language", "template", "database"), SUPPORTED)
def test_what_is_supported_is_done(
    task: Callable[..., TaskCreated], language: str, template: str, database: str
) -> None:
    assert refusal(task(language=language, template=template, database=database), "fleet") is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"template": "rest-api"}, "no templates for language=python template=rest-api"),
        ({"database": "none"}, "template=rest-api-postgres database=none"),
        ({"buckets": [{"name": "aa"}, {"name": "bb"}, {"name": "aa"}]}, "more than once: ['aa']"),
    ],
)
def test_what_is_not_supported_is_refused_with_what_is(
    task: Callable[..., TaskCreated], fields: dict[str, Any], reason: str
) -> None:
    event = task(**fields, iteration=1000)
    refused = refusal(event, "fleet")
    assert refused is not None
    assert reason in refused.reason
    assert (refused.task_id, refused.iteration, refused.agent) == ("t1", 1000, "codegen")
    if "buckets" not in fields:
        assert "supported: language=python template=rest-api-postgres" in refused.reason


def test_completion_carries_the_task_on(task: Callable[..., TaskCreated]) -> None:
    event = task(part="delivery", environment="production", iteration=2)
    done = completed(event, "fleet", artifact=f"artifacts/{'a' * 64}.tar.gz", files=7)
    assert (done.part, done.environment, done.iteration) == ("delivery", "production", 2)
    assert (done.revision, done.files, done.made_by) == (1, 7, "templates")
