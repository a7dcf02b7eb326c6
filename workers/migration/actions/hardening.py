"""A workflow made safe to merge: it may do what it needs to, for as long as it needs to. Pure."""

import re
from collections.abc import Iterator, Mapping

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Concurrency, Defaults, Job, Scalar, Step, Workflow
from workers.migration.actions.pins import pinned, pins, release, repository
from workers.migration.actions.runners import system
from workers.migration.actions.triggers import PullRequest, Push
from workers.migration.replacing import replace

# GitHub's own limit is six hours, which a hanging build uses up to the end.
TIMEOUT_MINUTES = 60

# What the token must be allowed to, by action (each action's README, "permissions").
_NEEDS: Mapping[str, Mapping[str, str]] = {
    "actions/deploy-pages": {"pages": "write", "id-token": "write"},
    "dorny/paths-filter": {"pull-requests": "read"},
    "mikepenz/action-junit-report": {"checks": "write"},
    "EnricoMi/publish-unit-test-result-action": {"checks": "write", "pull-requests": "write"},
}
_PUSHES = re.compile(r"\bgit\b[^\n|;&]*\bpush\b|\bgh release\b|release:perform|release:prepare")
# One of these stands in every script that pushes; to look for them is far quicker.
_MAY_PUSH = ("push", "gh release", "release:p")
_READS_RUNS = re.compile(r"\bgh run (list|view)\b")
_DISPATCHES = re.compile(r"\bgh workflow run\b")
# How each action is told not to cache.
_CACHES: Mapping[str, Mapping[str, Scalar]] = {
    "actions/setup-java": {},
    "actions/setup-node": {"package-manager-cache": False},
    "actions/setup-go": {"cache": False},
    "gradle/actions/setup-gradle": {"cache-disabled": True},
}
_CHECKOUT = "actions/checkout"


def hardened(workflow: Workflow) -> Workflow:
    """The workflow with least rights, pinned actions, time limits, and one run a branch."""
    return replace(
        workflow,
        permissions=workflow.permissions
        if workflow.permissions is not None
        else {"contents": "read"},
        concurrency=workflow.concurrency or _one_run(workflow),
        jobs=tuple(_hardened(_without_caches(job, workflow)) for job in workflow.jobs),
    )


def _one_run(workflow: Workflow) -> Concurrency:
    """Runs of a pull request overtake each other; those of a branch wait."""
    on_pull_requests = any(isinstance(each, PullRequest) for each in workflow.triggers)
    cancel = wrapped("github.event_name == 'pull_request'") if on_pull_requests else False
    return Concurrency(f"{wrapped('github.workflow')}-{wrapped('github.ref')}", cancel)


def _without_caches(job: Job, workflow: Workflow) -> Job:
    """No cache where tags are built: what a pull request cached must not get into a release."""
    releases = any(isinstance(each, Push) and each.tags for each in workflow.triggers)
    return replace(job, steps=tuple(_uncached(step) for step in job.steps)) if releases else job


def _uncached(step: Step) -> Step:
    off = _CACHES.get(step.action or "")
    if off is None:
        return step
    kept = {key: value for key, value in step.inputs.items() if key != "cache"}
    return replace(step, inputs={**kept, **off})


def _hardened(job: Job) -> Job:
    pushes = any(step.run and _pushes(step.run) for step in job.steps)
    steps = tuple(_pinned(_keeping(step, pushes)) for step in job.steps)
    rights = dict(_rights(job, pushes))
    return replace(
        job,
        steps=steps,
        permissions=job.permissions if job.permissions is not None else rights or None,
        timeout_minutes=job.timeout_minutes or TIMEOUT_MINUTES,
        defaults=job.defaults or _defaults(job),
    )


def _pushes(script: str) -> bool:
    return any(word in script for word in _MAY_PUSH) and bool(_PUSHES.search(script))


def _rights(job: Job, pushes: bool) -> Iterator[tuple[str, str]]:
    """The rights beyond reading the repository, which then have to be named too."""
    found: dict[str, str] = {}
    for step in job.steps:
        found.update(_NEEDS.get(repository(step.action), {}) if step.action else {})
        script = step.run if step.run and "gh " in step.run else ""
        if _READS_RUNS.search(script):
            found.setdefault("actions", "read")
        if _DISPATCHES.search(script):
            found["actions"] = "write"
    if found or pushes:
        yield "contents", "write" if pushes else "read"
    yield from found.items()


def _keeping(step: Step, pushes: bool) -> Step:
    """A checkout that leaves its token on the disk only where something pushes with it."""
    if step.action != _CHECKOUT or pushes or "persist-credentials" in step.inputs:
        return step
    return replace(step, inputs={**step.inputs, "persist-credentials": False})


def _pinned(step: Step) -> Step:
    action = step.action
    if not action or (step.uses and release(step.uses)) or repository(action) not in pins():
        return step
    return replace(step, uses=pinned(action))


def _defaults(job: Job) -> Defaults | None:
    """The shell where GitHub's choice differs from Jenkins': on Windows, and inside a container."""
    scripts = [step for step in job.steps if step.run and not step.shell]
    if not scripts:
        return None
    if system(job.runs_on) == "windows":
        return Defaults("bash")
    return None
