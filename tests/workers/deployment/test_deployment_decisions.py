"""What is deployed, under which names."""

import json

import pytest

from schemas.task import TaskCreated
from workers.bundle import Bundle, Manifest, Repair
from workers.deployment.decisions import merged, release, smoke_plan
from workers.ports import ReleaseFailed

EVENT = TaskCreated(
    workflow_id="wf-1", task_id="t4", agent="deployment", service_name="user-service"
)
REPAIR = Repair(rule="r", severity="high", message="m", path="b", diff="-", revision=2)


def bundle(files: dict[str, bytes], part: str = "service") -> Bundle:
    manifest = Manifest(service_name="user-service", part=part, repairs=(REPAIR,))
    return Bundle(files, manifest)


@pytest.mark.parametrize(
    ("parts", "paths"),
    [
        ([], []),
        ([{"a": b"1"}], ["a"]),
        ([{"a": b"1"}, {"b": b"2"}], ["a", "b"]),
        ([{"a": b"1", "same": b"x"}, {"same": b"x", "b": b"2"}], ["a", "b", "same"]),
        # Absurd: the same artifact a thousand times.
        ([{"a": b"1"}] * 1000, ["a"]),
    ],
)
def test_parts_come_together_in_one_bundle(parts: list[dict[str, bytes]], paths: list[str]) -> None:
    assert list(merged("user-service", [bundle(part) for part in parts]).files) == paths


def test_parts_that_disagree_are_rejected_with_the_path() -> None:
    with pytest.raises(ReleaseFailed, match=r"infra/main\.tf"):
        merged("s", [bundle({"infra/main.tf": b"1"}), bundle({"infra/main.tf": b"2"})])


def test_the_same_event_and_files_are_the_same_release() -> None:
    one = merged("user-service", [bundle({"a": b"1"}), bundle({"b": b"2"}, "infrastructure")])
    other = merged("user-service", [bundle({"b": b"2"}, "delivery"), bundle({"a": b"1"})])
    assert release(EVENT, "e-1", one) == release(EVENT, "e-1", other)


def test_another_event_is_another_deployment_and_other_files_are_another_version() -> None:
    one, other = (merged("user-service", [bundle({"a": text})]) for text in (b"1", b"2"))
    first, second = release(EVENT, "e-1", one), release(EVENT, "e-2", one)
    assert first.deployment_id != second.deployment_id
    assert first.version == second.version
    assert release(EVENT, "e-1", other).version != first.version


def smoke(**changes: object) -> Bundle:
    plan = {"collection": "/users", "create": {"name": "a"}, "update": {"name": "b"}}
    return bundle({"deploy/smoke.json": json.dumps({**plan, **changes}).encode()})


def test_the_smoke_plan_says_how_to_update() -> None:
    plan = smoke_plan(smoke(update_method="PUT"))
    assert plan is not None
    assert (plan.collection, plan.update_method) == ("/users", "PUT")
    assert plan.model_dump()["update_method"] == "PUT"


def test_a_bundle_may_have_no_smoke_plan() -> None:
    assert smoke_plan(bundle({"a": b"1"})) is None


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (smoke(collection="users"), "collection"),
        (smoke(collection="//evil.example/x y"), "collection"),
        (smoke(create=[]), "create"),
        (smoke(update_method="DELETE"), "update_method"),
        (smoke(updaet_method="PUT"), "updaet_method"),
        (bundle({"deploy/smoke.json": b"\xff not json"}), "smoke.json"),
    ],
)
def test_a_smoke_plan_of_another_form_is_rejected_with_the_field(
    broken: Bundle, named: str
) -> None:
    with pytest.raises(ReleaseFailed, match=named):
        smoke_plan(broken)
