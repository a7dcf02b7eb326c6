"""Options of pipelines and stages."""

from collections.abc import Iterable

from workers.migration.actions.model import Concurrency
from workers.migration.convert.frame import Frame
from workers.migration.convert.surroundings import minutes_of
from workers.migration.convert.work import Work
from workers.migration.pipeline.directives import Option
from workers.migration.pipeline.nodes import Value
from workers.migration.replacing import replace

_DROPPED = {
    "timestamps": "GitHub's logs carry times",
    "ansiColor": "GitHub's logs show colours",
    "buildDiscarder": "the repository's settings say how long runs are kept",
    "preserveStashes": "artifacts are kept as long as their retention says",
    "quietPeriod": "GitHub starts a run at once",
    "checkoutToSubdirectory": "see the path of the checkout",
    "durabilityHint": "about the Jenkins controller alone",
    "disableResume": "about the Jenkins controller alone",
    "disableRestartFromStage": "GitHub runs failed jobs again, not stages",
    "githubProjectProperty": "the workflow stands in the project",
    "gitLabConnection": "the workflow stands in the project",
    "newContainerPerStage": "every job has a container of its own",
    "parallelsAlwaysFailFast": "see strategy.fail-fast",
    "skipStagesAfterUnstable": "a failed step ends its job",
    "overrideIndexTriggers": "GitHub does not index branches",
    "rateLimitBuilds": "the concurrency group lets one run of a branch go on at a time",
}


def apply(work: Work, options: Iterable[Option], frame: Frame) -> Frame:
    """The frame of a stage with its options."""
    for option in options:
        frame = _applied(work, option, frame)
    return frame


def skips_checkout(work: Work, options: Iterable[Option], frame: Frame) -> bool:
    """Whether nothing is checked out before the first stage."""
    return any(
        option.kind == "skipDefaultCheckout"
        and work.constant(_first(option), frame) in ((False, None), (True, True))
        for option in options
    )


def _applied(work: Work, option: Option, frame: Frame) -> Frame:
    match option.kind:
        case "timeout":
            return _timeout(work, option, frame)
        case "retry":
            return _retry(work, option, frame)
        case "lock":
            return _lock(work, option, frame)
        case "disableConcurrentBuilds":
            work.record.kept(
                option, "the concurrency group lets one run of a branch go on at a time"
            )
        case "skipDefaultCheckout":
            work.record.kept(option, "only what the steps check out is checked out")
        case kind if kind in _DROPPED:
            work.record.dropped(option, _DROPPED[kind])
        case _:
            work.record.manual(option, f"see what the option {option.kind} is for")
    return frame


def _timeout(work: Work, option: Option, frame: Frame) -> Frame:
    named = {each.name: each.value for each in option.arguments if each.name}
    positional = tuple(each.value for each in option.arguments if not each.name)
    minutes = minutes_of(work, named, positional, frame)
    if minutes is None:
        work.record.manual(option, "set timeout-minutes by hand: it is not known before the run")
        return frame
    if frame.stage:
        work.record.changed(option, f"timeout-minutes: {minutes} on each step")
        return replace(frame, timeout=minutes)
    work.record.changed(option, f"timeout-minutes: {minutes} on each job")
    work.timeout = minutes
    return frame


def _retry(work: Work, option: Option, frame: Frame) -> Frame:
    count = work.fixed(_first(option), frame)
    if count is None or not count.isdigit() or not frame.stage:
        work.record.manual(option, "run failed jobs again by hand, or put the script into a loop")
        return frame
    work.record.changed(option, f"each script is tried up to {count} times")
    return replace(frame, retries=int(count))


def _lock(work: Work, option: Option, frame: Frame) -> Frame:
    name = work.inline(_first(option), frame)
    if name is None or "env." in name:
        work.record.manual(option, "name the concurrency group: it is not known before the run")
        return frame
    work.record.changed(option, f"concurrency group {name}")
    return replace(frame, concurrency=Concurrency(f"lock-{name}"))


def _first(option: Option) -> Value | None:
    return next((each.value for each in option.arguments), None)
