"""The tests that come with a generated service, really run."""

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, get_args

import pytest

from schemas.identifiers import Part

pytestmark = pytest.mark.process

NONE = {"template": "rest-api", "database": "none"}

Tree = Callable[..., Path]
Run = Callable[..., CompletedProcess[str]]


def passed(answer: CompletedProcess[str]) -> int:
    """How many tests passed; fails when any did not, or when there were none."""
    assert answer.returncode == 0, answer.stdout + answer.stderr
    found = re.search(r"(\d+) passed", answer.stdout)
    assert found, answer.stdout
    return int(found.group(1))


@pytest.mark.parametrize("part", get_args(Part))
def test_each_part_passes_on_its_own(tree: Tree, run: Run, python: Path, part: Part) -> None:
    answer = run(python, "-m", "pytest", "-q", folder=tree(part))
    assert passed(answer) >= 20
    assert "warning" not in answer.stdout


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"buckets": []},
        {**NONE, "resource": "order_line"},
        {**NONE, "buckets": [], "resource": "box", "environment": "production"},
        {
            "service_name": "a-service-with-a-name-of-forty-character",
            "resource": "a_word_of_thirty_one_letters_xx",
            "buckets": [{"name": f"bucket-{n}-with-a-name-of-forty-characters"[:40]} for n in "12"],
            "environment": "dev",
        },
    ],
    ids=["as-asked", "no-buckets", "no-database", "no-database-no-buckets", "long-names"],
)
def test_all_parts_pass_together(
    tree: Tree, run: Run, python: Path, fields: dict[str, Any]
) -> None:
    root = tree(**fields)
    before = {path for path in root.rglob("*") if ".pytest_cache" not in path.parts}
    together = passed(run(python, "-m", "pytest", "-q", folder=root))
    assert together >= 60
    after = {path for path in root.rglob("*") if ".pytest_cache" not in path.parts}
    assert after == before


@pytest.mark.parametrize(
    "resource",
    [
        "class",
        "none",
        "metadata",
        "type_",
        "session",
        "doc",
        "values",
        "sqlite_page",
        "base",
        "app",
    ],
)
def test_a_resource_may_be_called_anything(
    tree: Tree, run: Run, python: Path, resource: str
) -> None:
    root = tree("service", resource=resource, service_name="null")
    assert passed(run(python, "-m", "pytest", "-q", folder=root)) >= 20


@pytest.mark.parametrize(
    ("suite", "path", "fault"),
    [
        ("tests/test_api.py", "app/routes.py", ("status_code=201", "status_code=200")),
        ("tests/test_api.py", "app/store.py", ("table.id == record_id", "table.id != record_id")),
        ("tests/test_migrations.py", "app/models.py", ("String(200)", "String(201)")),
        ("tests/test_openapi.py", "docs/openapi.json", ("oldest first", "newest first")),
        ("infra", "infra/terraform/main.tf", ("module.iam.task_role_arn", "module.iam.role_arn")),
        ("infra", "infra/terraform/modules/iam/variables.tf", ("avatars_", "avatar_")),
        ("delivery", "k8s/deployment.yaml", ("runAsNonRoot: true", "runAsNonRoot: false")),
        ("delivery", ".gitlab-ci.yml", ("pytest -q", "pytest -q || true")),
        ("delivery", "Dockerfile", ("COPY app ./app", "COPY apps ./app")),
    ],
)
def test_the_suite_notices_a_fault(
    tree: Tree, run: Run, python: Path, suite: str, path: str, fault: tuple[str, str]
) -> None:
    root = tree()
    text = (root / path).read_text()
    assert fault[0] in text
    (root / path).write_text(text.replace(*fault))
    answer = run(python, "-m", "pytest", "-q", suite, folder=root)
    assert answer.returncode == 1
    assert "failed" in answer.stdout
