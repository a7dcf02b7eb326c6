"""Lines that a job's runner cannot run, taken out where their twin for it stands beside them. Pure.

A Jenkinsfile for two systems calls `./mvnw` and `mvnw.cmd` in turn. Each job keeps the one that its
runner can run. A line without a twin stays: to delete what is needed is worse than to keep what
fails, and it is reported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.migration.actions.model import Job, Step, Workflow
from workers.migration.actions.runners import system
from workers.migration.pipeline.nodes import Span
from workers.migration.replacing import replace

_WINDOWS = re.compile(r"^\s*(?:call\s+)?(?:\.[\\/])?[\w.\\/-]+\.(?:cmd|bat|exe)\b", re.IGNORECASE)
_POWERSHELL = re.compile(r"^\s*powershell\b", re.IGNORECASE)
# What is in every line that a runner without Windows cannot run.
_OF_WINDOWS = re.compile(r"\.(?:cmd|bat|exe)|powershell", re.IGNORECASE)
_POSIX = re.compile(r"^\s*(?:sh\s+)?\./[\w./-]+(?<!\.cmd)(?<!\.bat)(?<!\.exe)(?=\s|$)")
_WINDOWS_SHELLS = frozenset({"cmd", "powershell"})
_NAME = re.compile(r"(?:call\s+|sh\s+|powershell\s+)?(?:\.[\\/])?([\w.\\/-]+)", re.IGNORECASE)
_ENDING = re.compile(r"\.(cmd|bat|exe|sh|ps1)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A line for another system; `removed` when its twin did the same, otherwise it stayed."""

    job: str
    line: str
    removed: bool
    source: Span | None


def cleaned(workflow: Workflow) -> tuple[Workflow, tuple[Finding, ...]]:
    """The workflow without the lines that a twin replaces, and all lines that do not fit."""
    findings: list[Finding] = []
    jobs = tuple(_job(job, findings) for job in workflow.jobs)
    return replace(workflow, jobs=jobs), tuple(findings)


def _job(job: Job, findings: list[Finding]) -> Job:
    windows = system(job.runs_on) == "windows"
    if not windows and not any(_may_be_foreign(step) for step in job.steps):
        return job
    fitting = {name for step in job.steps for name in _called(step, not windows)}
    steps = (_step(step, job.id, windows, fitting, findings) for step in job.steps)
    return replace(job, steps=tuple(step for step in steps if step is not None))


def _step(
    step: Step, job: str, windows: bool, fitting: set[str], findings: list[Finding]
) -> Step | None:
    if step.run is None:
        return step
    kept: list[str] = []
    for line in step.run.split("\n"):
        if not _foreign(line, step, windows):
            kept.append(line)
            continue
        removed = _program(line) in fitting
        findings.append(Finding(job, line.strip(), removed, step.source))
        if not removed:
            kept.append(line)
    if not _says_something(kept) and len(kept) < len(step.run.split("\n")):
        return None
    # Named as a program, it fails where there is none, as it should.
    foreign = step.shell in _WINDOWS_SHELLS and not windows
    shell = f"{step.shell} {{0}}" if foreign else step.shell
    run = "\n".join(kept)
    same = run == step.run and shell == step.shell
    return step if same else replace(step, run=run, shell=shell)


def _may_be_foreign(step: Step) -> bool:
    """Whether a runner without Windows might not run all of a step as it is."""
    return step.run is not None and (
        step.shell in _WINDOWS_SHELLS or _OF_WINDOWS.search(step.run) is not None
    )


def _called(step: Step, windows: bool) -> Iterator[str]:
    """The programs that a step calls in the form of one system."""
    for line in (step.run or "").split("\n"):
        if not _foreign(line, step, not windows) and _foreign(line, step, windows):
            yield _program(line)


def _foreign(line: str, step: Step, windows: bool) -> bool:
    """Whether a runner, on Windows or not, cannot run the line."""
    if windows:
        return step.shell not in _WINDOWS_SHELLS and bool(_POSIX.match(line))
    if step.shell in _WINDOWS_SHELLS and bool(line.strip()):
        return True
    return bool(_WINDOWS.match(line) or _POWERSHELL.match(line))


def _program(line: str) -> str:
    """What a line calls and with what, without what differs between systems."""
    found = _NAME.match(line.strip())
    if not found:
        return line.strip()
    name = _ENDING.sub("", found.group(1)).replace("\\", "/").removeprefix("./")
    rest = line.strip()[found.end() :].split()
    return " ".join([name, *rest])


def _says_something(lines: Sequence[str]) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in lines)
