"""Templates to bundles."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jinja2 import UndefinedError

from schemas.deployment import SmokePlan
from schemas.identifiers import Part
from schemas.task import TaskCreated
from workers.bundle import Bundle, artifact_key, check_path, pack
from workers.codegen.blueprint import blueprint
from workers.codegen.rendering import TEMPLATES, overlays, render

PARTS: tuple[Part, ...] = get_args(Part)
SHARED = "requirements-dev.txt"
NONE = {"template": "rest-api", "database": "none"}

TaskOf = Callable[..., TaskCreated]


def bundles(task: TaskOf, **fields: object) -> dict[str, Bundle]:
    return {part: render(task(part=part, **fields)) for part in PARTS}


def test_the_same_event_gives_the_same_bytes_in_another_process(task: TaskOf) -> None:
    program = (
        "import sys; from schemas.task import TaskCreated;"
        "from workers.bundle import artifact_key, pack;"
        "from workers.codegen.rendering import render;"
        "print(artifact_key(pack(render(TaskCreated.model_validate_json(sys.stdin.read())))))"
    )
    for part in PARTS:
        event = task(part=part)
        run = subprocess.run(
            [sys.executable, "-c", program],
            input=event.model_dump_json(),
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        )
        assert run.stdout.strip() == artifact_key(pack(render(event)))


@pytest.mark.parametrize("fields", [{}, NONE])
def test_parts_share_the_development_requirements_and_nothing_else(
    task: TaskOf, fields: dict[str, str]
) -> None:
    made = bundles(task, **fields)
    paths = [path for bundle in made.values() for path in bundle.files if path != SHARED]
    assert len(paths) == len(set(paths))
    assert len({bundle.files[SHARED] for bundle in made.values()}) == 1


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("requirements*.txt")), ids=lambda p: p.name)
def test_requirements_are_pinned_with_hashes_and_name_no_index(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"(?m)^(?=[a-z])", re.sub(r"(?m)^#.*\n", "", text))[1:]
    assert entries
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "--index" not in text


def test_what_runs_is_what_was_tested() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"(?m)^([\w-]+==\S+)", path.read_text()))

    tested = pins(TEMPLATES / "shared" / SHARED)
    for database in ("postgresql", "none"):
        runtime = pins(TEMPLATES / "service" / database / "requirements.txt")
        assert runtime <= tested
        assert any(pin.startswith("psycopg==") for pin in runtime) == (database == "postgresql")


@pytest.mark.parametrize("fields", [{}, NONE, {"buckets": []}])
def test_nothing_of_the_templates_is_left(task: TaskOf, fields: dict[str, object]) -> None:
    for bundle in bundles(task, **fields).values():
        for path, content in bundle.files.items():
            assert check_path(path) == path and not path.endswith(".j2")
            text = content.decode()
            assert not re.search(r"\{%|%\}|\{#|(?<!\$)\{\{", text), path
            assert text.strip() and text.endswith("\n") and not text.endswith("\n\n"), path
            assert not re.search(r"(?m)[ \t]+$", text), path


def test_a_template_that_names_what_is_not_there_is_an_error(task: TaskOf, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "note.txt.j2").write_text("{{ plan.nothing }}")
    with pytest.raises(UndefinedError, match="nothing"):
        render(task(), tmp_path)


@pytest.mark.parametrize(
    ("public", "acl", "blocked"), [(True, "public-read", "false"), (False, "private", "true")]
)
def test_a_bucket_is_generated_as_it_was_asked_for(
    task: TaskOf, public: bool, acl: str, blocked: str
) -> None:
    bundle = render(task(part="infrastructure", buckets=[{"name": "log-files", "public": public}]))
    module = bundle.files["infra/terraform/modules/bucket_log_files/main.tf"].decode()
    assert f'acl    = "{acl}"' in module
    assert len(re.findall(rf"(block|ignore|restrict)_public_\w+ += {blocked}\n", module)) == 4
    assert "tags" not in module and "encryption" not in module


def test_without_a_database_nothing_speaks_of_one(task: TaskOf) -> None:
    made = bundles(task, **NONE)
    assert not [p for p in made["infrastructure"].files if "modules/database" in p]
    everything = b"".join(
        content
        for bundle in made.values()
        for path, content in bundle.files.items()
        if path not in {SHARED, "README.md"}
    )
    assert b"psycopg" not in everything and b"DATABASE_URL" not in everything


@pytest.mark.parametrize("name", ["null", "true", "no", "on", "y2"])
def test_names_that_yaml_reads_as_something_else_stay_names(task: TaskOf, name: str) -> None:
    bundle = render(task(part="delivery", service_name=name))
    for path, content in bundle.files.items():
        if path.startswith("k8s/"):
            assert yaml.safe_load(content)["metadata"]["name"] == name


@pytest.mark.parametrize("resource", ["user", "class", "doc"])
def test_the_smoke_plan_fits_its_schema_and_the_api(task: TaskOf, resource: str) -> None:
    bundle = render(task(resource=resource))
    plan = SmokePlan.model_validate_json(bundle.files["deploy/smoke.json"])
    api = json.loads(bundle.files["docs/openapi.json"])
    assert plan.update_method == "PUT"
    assert "post" in api["paths"][plan.collection]
    (item,) = [path for path in api["paths"] if path.startswith(f"{plan.collection}/")]
    assert "put" in api["paths"][item]
    assert plan.create.keys() == plan.update.keys()


def test_feedback_and_title_never_reach_the_code(task: TaskOf) -> None:
    odd = "{{ 7 * 7 }} '''\n\"\"\" ${x} $(id)"
    plain = render(task())
    assert render(task(title=odd, feedback=odd, priority=100)).files == plain.files


def test_every_template_is_used(task: TaskOf) -> None:
    wanted = {p for p in TEMPLATES.rglob("*") if p.is_file() and "macros" not in p.parts}
    plans = [blueprint(task()), blueprint(task(**NONE))]
    used = {
        path
        for part in PARTS
        for plan in plans
        for overlay in overlays(part, plan)
        for path in (TEMPLATES / overlay.folder).rglob("*")
        if path.is_file()
    }
    assert wanted == used
