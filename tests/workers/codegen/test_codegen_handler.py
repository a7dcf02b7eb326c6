"""task.created becomes a stored bundle."""

from collections.abc import Callable

from schemas.codegen import CodegenCompleted
from schemas.task import TaskCreated, TaskFailed
from workers.codegen.on_task_created import handle
from workers.ports import Context
from workers.testing import EPOCH, FakeArtifacts

CONTEXT = Context(event_id="e1", time=EPOCH, deadline=EPOCH)
STRANGER = Context(event_id="e1", time=EPOCH, deadline=EPOCH, origin="outside")


async def test_a_task_becomes_one_bundle_and_the_second_delivery_makes_no_other(
    task: Callable[..., TaskCreated],
) -> None:
    artifacts = FakeArtifacts()
    first = await handle(task(), artifacts, CONTEXT)
    assert isinstance(first, CodegenCompleted)
    bundle = await artifacts.read(first.artifact)
    assert first.files == len(bundle.files)
    assert bundle.manifest.service_name == "user-service"
    assert await handle(task(), artifacts, CONTEXT) == first
    assert len(artifacts.packed) == 1


async def test_nothing_is_stored_for_a_task_that_is_refused(
    task: Callable[..., TaskCreated],
) -> None:
    artifacts = FakeArtifacts()
    assert isinstance(await handle(task(database="none"), artifacts, CONTEXT), TaskFailed)
    assert artifacts.packed == {}


async def test_what_a_stranger_asked_for_says_so(task: Callable[..., TaskCreated]) -> None:
    made = await handle(task(), FakeArtifacts(), STRANGER)
    refused = await handle(task(database="none"), FakeArtifacts(), STRANGER)
    assert (made.origin, refused.origin) == ("outside", "outside")
