"""Generated services on disk, the environment that their tests run in, and tools from outside."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.identifiers import Part
from schemas.task import TaskCreated
from workers.adapters.environments import Environments
from workers.bundle import Bundle
from workers.codegen.rendering import TEMPLATES, render

REPOSITORY = Path(__file__).parents[2]
Tree = Callable[..., Path]
Written = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the environment that generated tests run in, made once a machine."""
    requirements = (TEMPLATES / "shared" / "requirements-dev.txt").read_bytes()
    environments = Environments(REPOSITORY / ".flotilla" / "environments")
    return asyncio.run(environments.python_for(requirements))


@pytest.fixture
def bundle() -> Callable[..., Bundle]:
    """Renders one part of the user-service, with some fields given."""
    return rendered


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes bundles, one over the other, into one folder."""

    def made(*bundles: Bundle) -> Path:
        root = tmp_path / "generated"
        for path, content in (item for bundle in bundles for item in bundle.files.items()):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        return root

    return made


@pytest.fixture
def tree(written: Written) -> Tree:
    """Writes parts of the user-service, all by default, into one folder."""

    def made(*parts: Part, **fields: Any) -> Path:
        return written(*(rendered(part, **fields) for part in parts or get_args(Part)))

    return made


@pytest.fixture
def run(tmp_path: Path, python: Path) -> Run:
    """Runs a program in a folder with a clean environment, the generated one's python first."""

    def ran(
        *argv: str | Path, folder: Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in argv],
            cwd=folder,
            env={
                "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "LANG": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return ran


@pytest.fixture
def needs() -> Callable[[object, str], None]:
    """Skips without an optional tool, and says how to get it; where CI is set it fails instead."""

    def checked(tool: object, mend: str) -> None:
        if tool:
            return
        if os.environ.get("CI"):
            pytest.fail(f"a tool is missing: {mend}")
        pytest.skip(f"to enable: {mend}")

    return checked


@pytest.fixture
def terraform(needs: Callable[[object, str], None]) -> Path:
    """The folder of an offline AWS provider, where Terraform is on the machine."""
    plugins = Path(os.environ.get("FLOTILLA_TERRAFORM_PLUGINS", "/opt/tf-plugins"))
    needs(
        shutil.which("terraform") and plugins.is_dir(),
        "install terraform, then `terraform providers mirror <folder>` and set "
        "FLOTILLA_TERRAFORM_PLUGINS=<folder>",
    )
    return plugins


def rendered(part: Part, **fields: Any) -> Bundle:
    return render(
        TaskCreated.model_validate(
            {
                "workflow_id": "wf-1",
                "task_id": "t1",
                "agent": "codegen",
                "service_name": "user-service",
                "resource": "user",
                "buckets": [{"name": "avatars", "public": True}],
                "part": part,
                **fields,
            }
        )
    )
