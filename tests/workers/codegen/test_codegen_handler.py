"""task.created becomes a stored bundle."""

from collections.abc import Callable

from schemas.codegen import CodegenCompleted
from schemas.task import TaskCreated, TaskFailed
from workers.codegen.on_task_created import handle
from workers.testing import FakeArtifacts


async def test_a_task_becomes_one_bundle_and_the_second_delivery_makes_no_other(
    task: Callable[..., TaskCreated],
) -> None:
    artifacts = FakeArtifacts()
    first = await handle(task(), artifacts)
    assert isinstance(first, CodegenCompleted)
    bundle = await artifacts.read(first.artifact)
    assert first.files == len(bundle.files)
    assert bundle.manifest.service_name == "user-service"
    assert await handle(task(), artifacts) == first
    assert len(artifacts.packed) == 1


async def test_nothing_is_stored_for_a_task_that_is_refused(
    task: Callable[..., TaskCreated],
) -> None:
    artifacts = FakeArtifacts()
    assert isinstance(await handle(task(database="none"), artifacts), TaskFailed)
    assert artifacts.packed == {}
