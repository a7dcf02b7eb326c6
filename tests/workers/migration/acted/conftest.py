"""Jenkinsfiles converted, and their workflows really run on this machine."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from workers.migration.action_files import action_files
from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger import unaccounted

ACT = Path(sys.executable).parent / "act"
MARK = "== "
GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com")

# Stands in for upload-artifact: like it, refuses a name that is taken.
UPLOAD = """
name: Keep files in a folder
inputs:
  name: {{required: true}}
  path: {{required: true}}
  retention-days: {{required: false}}
  if-no-files-found: {{required: false}}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{{{ inputs.name }}}}
        FILES: ${{{{ inputs.path }}}}
      run: |
        mkdir "{store}/$NAME"
        for path in $FILES; do cp -r "$path" "{store}/$NAME"; done
"""
# Stands in for download-artifact: one artifact by its name, or all that fit a pattern.
DOWNLOAD = """
name: Fetch files from a folder
inputs:
  name: {{required: false}}
  pattern: {{required: false}}
  merge-multiple: {{required: false}}
  path: {{required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{{{ inputs.name || inputs.pattern }}}}
        TARGET: ${{{{ inputs.path }}}}
        MERGED: ${{{{ inputs.name != '' || inputs.merge-multiple == 'true' }}}}
      run: |
        mkdir -p "$TARGET"
        cd "{store}"
        for each in $NAME; do
          to="$TARGET"
          if [ "$MERGED" = false ]; then to="$TARGET/$each"; mkdir -p "$to"; fi
          cp -r "$each/." "$to"
        done
"""
# Stands in for what is installed; it only says with what it was called.
SETUP = """
name: Say what would be set up
inputs:
  distribution: {required: false}
  java-version: {required: false}
  node-version: {required: false}
  cache: {required: false}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        ASKED: ${{ inputs.java-version || inputs.node-version }}
      run: echo "== set up $ASKED"
"""

# Stands before the shell of a step, and keeps what it says: act may lose the last lines of a
# script that ends at once.
SHELL = """#!/bin/sh
if [ -n "$ALREADY_KEPT" ]; then exec /bin/{name} "$@"; fi
said=$(mktemp)
ALREADY_KEPT=1 /bin/{name} "$@" > "$said" 2>&1
status=$?
cat "$said"
sed -n "s/^{mark}/$GITHUB_JOB\\t/p" "$said" >> {kept}
rm "$said"
exit $status
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow: each job's lines that begin with the mark, and whether all went well."""

    succeeded: bool
    lines: tuple[tuple[str, str], ...]
    log: str

    @property
    def said(self) -> list[str]:
        """The marked lines of all jobs, in the order in which they came."""
        return [text for _, text in self.lines]

    def of(self, job: str) -> list[str]:
        """The marked lines of one job."""
        return [text for name, text in self.lines if name == job]


@pytest.fixture
def act(tmp_path: Path) -> Callable[..., Run]:
    """Converts a Jenkinsfile and runs its workflow for a push, or for another event."""

    def run(text: str, *arguments: str, branch: str = "main", **files: str) -> Run:
        source = dedent(text)
        pipeline = read(source, "Jenkinsfile")
        conversion = converted(pipeline)
        assert unaccounted(pipeline, conversion.ledger) == ()
        workflow = rendered(conversion.workflow)
        repository = tmp_path / "repository"
        actions = action_files([conversion.actions])
        given = {f".github/{path}": written for path, written in actions.items()}
        given |= {"Jenkinsfile": source, ".github/workflows/ci.yml": workflow}
        given |= {path: dedent(written) for path, written in files.items()}
        _committed(repository, given, branch)
        used = {step.uses for job in conversion.workflow.jobs for step in job.steps if step.uses}
        event = () if arguments[:1] and not arguments[0].startswith("-") else ("push",)
        options = (*event, *arguments, *_stubs(tmp_path, sorted(used)))
        return _ran(repository, tmp_path, options)

    return run


def _committed(repository: Path, files: Mapping[str, str], branch: str) -> None:
    for name, text in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
    for command in (["init", "-q", "-b", branch], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*GIT, *command], cwd=repository, check=True, capture_output=True)


def _stubs(folder: Path, used: list[str]) -> list[str]:
    """What gives each action that a workflow uses; act brings the checkout itself."""
    store = folder / "artifacts"
    store.mkdir()
    options: list[str] = []
    for each in used:
        name = each.partition("@")[0].rpartition("/")[2]
        if name == "checkout" or each.startswith("./"):
            continue
        texts = {"upload-artifact": UPLOAD, "download-artifact": DOWNLOAD}
        text = texts[name].format(store=store) if name in texts else SETUP
        stub = folder / "actions" / name
        stub.mkdir(parents=True)
        (stub / "action.yml").write_text(text)
        options += ["--local-repository", f"{each}={stub}"]
    return options


def _ran(repository: Path, folder: Path, options: tuple[str, ...]) -> Run:
    kept = folder / "kept.txt"
    kept.touch()
    path = f"{_shells(folder, kept)}:{os.environ['PATH']}"
    answer = subprocess.run(
        [
            str(ACT),
            *options,
            *("-P", "ubuntu-latest=-self-hosted"),
            *("--action-cache-path", str(folder / "cache")),
            *("--action-offline-mode", "--no-cache-server"),
        ],
        cwd=repository,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = (line.partition("\t") for line in kept.read_text("utf-8").splitlines())
    said = tuple((job, text) for job, _, text in lines)
    return Run(answer.returncode == 0, said, answer.stdout + answer.stderr)


def _shells(folder: Path, kept: Path) -> Path:
    shells = folder / "shells"
    shells.mkdir()
    for name in ("bash", "sh"):
        (shells / name).write_text(SHELL.format(name=name, mark=MARK, kept=kept))
        (shells / name).chmod(0o755)
    return shells
