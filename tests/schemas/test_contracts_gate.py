"""The build's gate: what is committed is fresh, and no change breaks it under its version."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.codec import decode, entry
from events.contracts.__main__ import PATH, main
from events.contracts.export import DIALECT, render, schema
from events.routes import ROUTES, Route
from schemas.base import Event
from schemas.catalog import CATALOG, EVENTS
from schemas.upcasting import Fields

ROOT = Path(__file__).parents[2]
EXPORTED = sorted((ROOT / PATH).iterdir())


def each_once(files: Sequence[Fields]) -> bool:
    return len({each["path"].strip() for each in files}) == len(files)


# Rules of a model that no JSON Schema says: what a drawn instance must have besides.
BEYOND: Mapping[str, Callable[[Fields], bool]] = MappingProxyType(
    {
        "workflow.requested": lambda fields: bool(
            fields.get("request", "").strip() or fields.get("parameters", {}).get("service_name")
        ),
        "migration.requested": lambda fields: (
            bool(fields.get("files") or fields.get("artifact"))
            and all(each_once(fields.get(name, ())) for name in ("files", "library"))
        ),
    }
)


class Before(Event):
    """A cost, as it is committed."""

    type: ClassVar[str] = "cost.estimated"

    workflow_id: str
    monthly: float
    currency: Literal["USD", "EUR"] = "USD"


class Wider(Event):
    """A cost, with a note and one more currency."""

    type: ClassVar[str] = "cost.estimated"

    workflow_id: str
    monthly: float
    currency: Literal["USD", "EUR", "CHF"] = "USD"
    note: str = ""


class Narrower(Event):
    """A cost, in one currency and for somebody."""

    type: ClassVar[str] = "cost.estimated"

    workflow_id: str
    monthly: float
    currency: Literal["USD"] = "USD"
    owner: str


def with_owner(fields: Fields) -> Fields:
    return {**fields, "currency": "USD", "owner": "unknown"}


class Second(Narrower):
    """The same, as a version of its own."""

    schema_version: ClassVar[int] = 2
    upcasters: ClassVar = MappingProxyType({1: with_owner})


def run(folder: Path, event: type[Event], *arguments: str, routes: tuple[Route, ...] = ()) -> int:
    return main([*arguments, "--path", str(folder)], events=(event,), routes=routes)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where version 1 is committed."""
    assert run(tmp_path / "exported", Before) == 0
    return tmp_path / "exported"


def test_the_committed_schemas_are_fresh_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--path", str(ROOT / PATH)]) == 0
    assert capsys.readouterr().err == ""


def test_the_first_export_passes_the_check(folder: Path) -> None:
    assert contents(folder) == {"cost.estimated.v1.json": render(Before)}
    assert run(folder, Before, "--check") == 0


def test_a_schema_that_was_never_committed_fails_the_check(tmp_path: Path) -> None:
    assert run(tmp_path, Before, "--check") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wider_schema_is_stale_until_it_is_exported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, Wider, "--check") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].endswith("cost.estimated.v1.json is stale: run python -m events.contracts")

    assert run(folder, Wider) == 0
    assert run(folder, Wider, "--check") == 0


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["export", "check"])
def test_a_narrower_schema_is_refused_one_line_a_change_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    before = contents(folder)

    assert run(folder, Narrower, *arguments) == 1

    mend = "declare schema_version = 2 and an upcaster from 1, or take the change back"
    assert capsys.readouterr().err.splitlines() == [
        f'cost.estimated v1: currency: narrowed choice: "EUR" is no longer taken; {mend}',
        "cost.estimated v1: owner: new required field: "
        f"old events do not have it; give it a default; {mend}",
    ]
    assert contents(folder) == before


def test_a_new_version_may_be_anything_and_the_old_file_stays(folder: Path) -> None:
    assert run(folder, Second, "--check") == 1
    assert run(folder, Second) == 0

    assert run(folder, Second, "--check") == 0
    assert contents(folder) == {
        "cost.estimated.v1.json": render(Before),
        "cost.estimated.v2.json": render(Second),
    }


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["export", "check"])
def test_the_schema_of_an_older_version_may_not_go(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    run(folder, Second)
    (folder / "cost.estimated.v1.json").unlink()

    assert run(folder, Second, *arguments) == 1
    assert "cost.estimated v1: " in capsys.readouterr().err


def test_an_event_may_not_leave_the_catalog_unnoticed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", "--path", str(folder)], events=(), routes=()) == 1
    assert "cost.estimated.v1.json: no event of the catalog" in capsys.readouterr().err


def test_a_version_may_not_be_taken_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, Second)

    assert run(folder, Before, "--check") == 1
    assert "cost.estimated.v2.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "ordered_by", "said"),
    [
        ({"owner": "unknown"}, None, "cost.estimated v1: owner: "),
        ({"currency": "USD"}, "owner", "cost.estimated v1: owner: "),
        ({"currency": "USD"}, "workflow_id", ""),
        ({}, None, ""),
    ],
)
def test_a_route_can_only_use_fields_that_older_versions_have(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    where: dict[str, str],
    ordered_by: str | None,
    said: str,
) -> None:
    run(folder, Second)
    route = Route(event=Second, worker="reporter", where=where, ordered_by=ordered_by)

    assert run(folder, Second, "--check", routes=(route,)) == (1 if said else 0)
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_a_schema_is_valid_and_has_the_same_bytes_again(event: type[Event]) -> None:
    made = schema(event)

    jsonschema.Draft202012Validator.check_schema(made)
    assert made["$schema"] == DIALECT
    assert set(made["properties"]) == event.model_fields.keys()
    assert render(event) == render(event)


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: path.stem)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_instance_of_every_exported_schema_is_accepted(
    path: Path, instances: Callable[..., Any], data: st.DataObject
) -> None:
    written = json.loads(path.read_text())
    event_type, _, version = path.stem.rpartition(".v")
    event = CATALOG[event_type]
    drawn = data.draw(instances(written).filter(BEYOND.get(event_type, bool)))
    jsonschema.Draft202012Validator(written).validate(drawn)
    detail = {**drawn, "metadata": {"version": int(version)}}
    body = json.dumps({"id": "1", "source": "me", "detail-type": event_type, "detail": detail})

    envelope = decode(body, Route(event=event, worker="any"))

    sent = json.loads(entry(envelope)["Detail"])
    jsonschema.Draft202012Validator(schema(event)).validate(sent)


def test_every_exported_schema_is_of_an_event_in_the_catalog() -> None:
    assert {path.stem.rpartition(".v")[0] for path in EXPORTED} == CATALOG.keys()
    assert {route.event.type for route in ROUTES} <= CATALOG.keys()
