"""What starts a workflow: triggers and parameters."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from workers.migration.actions.triggers import (
    Cron,
    Dispatch,
    Input,
    InputKind,
    PullRequest,
    Push,
    RepositoryDispatch,
    Schedule,
    Trigger,
    WorkflowRun,
)
from workers.migration.convert.frame import Frame
from workers.migration.convert.time_zones import in_utc
from workers.migration.convert.work import Work, secret_name
from workers.migration.pipeline.conditions import Check
from workers.migration.pipeline.directives import BuildParameter
from workers.migration.pipeline.directives import Trigger as Declared
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.values import Property, Variable

# The span of each field of a cron line: minute, hour, day of month, month, day of week.
_FIELDS = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))
_ALIASES = {
    "@yearly": "H H H H *",
    "@annually": "H H H H *",
    "@monthly": "H H H * *",
    "@weekly": "H H * * H",
    "@daily": "H H * * *",
    "@midnight": "H H(0-2) * * *",
    "@hourly": "H * * * *",
}
_OF_TAGS = frozenset({"buildingTag", "tag"})
_HASHED = re.compile(r"H(?:\((\d+)-(\d+)\))?(?:/(\d+))?")
_KINDS: dict[str, InputKind] = {
    "string": "string",
    "text": "string",
    "password": "string",
    "booleanParam": "boolean",
    "choice": "choice",
}


def starts(
    work: Work, declared: Iterable[Declared], inputs: tuple[Input, ...], frame: Frame
) -> tuple[Trigger, ...]:
    """The events: those of a multibranch project, and those that the pipeline declares."""
    by_tag = "TAG_NAME" in work.record.source or _asks_for_tags(work.pipeline)
    tags = ("**",) if by_tag else ()
    found: list[Trigger] = [Push(branches=("**",), tags=tags), PullRequest(), Dispatch(inputs)]
    crons: list[Cron] = []
    for each in declared:
        match each.kind:
            case "cron":
                crons.extend(_crons(work, each, frame))
            case "upstream":
                found.extend(_upstream(work, each, frame))
            case "pollSCM" | "githubPush" | "gitlab" | "bitbucketPush":
                work.record.changed(each, "a push starts the workflow")
            case "GenericTrigger" | "URLTrigger":
                found.append(RepositoryDispatch(("jenkins",)))
                work.record.manual(each, "send the event repository_dispatch of type `jenkins`")
            case "issueCommentTrigger":
                work.record.manual(each, "add the event issue_comment and check who writes it")
            case _:
                work.record.manual(each, f"find the event that stands for the trigger {each.kind}")
    return (*found, Schedule(tuple(crons))) if crons else tuple(found)


def _asks_for_tags(pipeline: Pipeline) -> bool:
    return not _OF_TAGS.isdisjoint(pipeline.words) and any(
        isinstance(each, Check) and each.kind in _OF_TAGS for each in pipeline.nodes
    )


def inputs(work: Work, parameters: Iterable[BuildParameter], frame: Frame) -> tuple[Input, ...]:
    """Parameters as inputs of `workflow_dispatch`; GitHub takes ten of them at most."""
    found: dict[str, Input] = {}
    for each in parameters:
        made = _input(work, each, frame)
        if made is not None:
            found[made.name] = made
    return tuple(found.values())


def undeclared(work: Work, asked: tuple[Input, ...]) -> tuple[Input, ...]:
    """Parameters that the pipeline uses and the configuration of its job declares."""
    known = {each.name for each in asked}
    found = dict.fromkeys(
        each.name
        for each in work.pipeline.nodes
        if isinstance(each, Property)
        and isinstance(each.receiver, Variable)
        and each.receiver.name == "params"
        and re.fullmatch(r"[A-Za-z_]\w*", each.name)
        and each.name not in known
    )
    for name in found:
        work.record.task(
            "input", name, "its kind and default stand in the configuration of the job"
        )
    return tuple(Input(name) for name in found)


def _input(work: Work, parameter: BuildParameter, frame: Frame) -> Input | None:
    named = {each.name: each.value for each in parameter.arguments if each.name}
    name = work.fixed(named.get("name"), frame)
    kind = _KINDS.get(parameter.kind)
    if name is None or not re.fullmatch(r"[A-Za-z_][\w-]*", name):
        work.record.manual(parameter, "add an input by hand: GitHub cannot call one so")
        return None
    if parameter.kind in ("password", "credentials"):
        work.record.task("secret", secret_name(name), f"the value of the parameter {name}")
        work.record.manual(parameter, "use a secret: inputs are shown to everyone")
        return Input(name)
    if kind is None:
        work.record.manual(parameter, f"its kind {parameter.kind} is a plugin's: text for now")
        kind = "string"
    else:
        work.record.kept(parameter, f"the input {name}")
    said = work.fixed(named.get("description"), frame)
    if kind == "choice":
        return _choice(work, name, said, named.get("choices"), frame)
    found, default = work.constant(named.get("defaultValue"), frame)
    if kind == "boolean":
        return Input(name, kind, said, default=bool(found and default), required=False)
    text = str(default) if found and isinstance(default, str | int | float) else None
    return Input(name, kind, said, default=text)


def _choice(
    work: Work, name: str, description: str | None, value: Value | None, frame: Frame
) -> Input:
    found, items = work.constant(value, frame)
    if isinstance(items, str):
        items = [each.strip() for each in items.splitlines() if each.strip()]
    choices = tuple(str(x) for x in items if str(x)) if found and isinstance(items, list) else ()
    if not choices:
        return Input(name, "string", description)
    return Input(name, "choice", description, default=choices[0], options=choices)


def _crons(work: Work, trigger: Declared, frame: Frame) -> Iterator[Cron]:
    text = work.fixed(next((each.value for each in trigger.arguments), None), frame)
    if text is None:
        work.record.manual(trigger, "write the schedule by hand: it is not known before the run")
        return
    zone = ""
    notes: list[str] = []
    unshifted = False
    for line in (each.strip() for each in text.splitlines()):
        if line.startswith("TZ="):
            zone = line.removeprefix("TZ=").strip()
        elif line and not line.startswith("#"):
            made = posix(line.split("%")[0].strip(), work.pipeline.name)
            if made is None:
                work.record.manual(trigger, f"write this schedule by hand: {line}")
                continue
            made, note = _at_utc(made, zone)
            notes.append(note or made)
            unshifted = unshifted or note == ""
            yield Cron(made, f"{line}{f' in {zone}' if zone else ''}" if made != line else None)
    if unshifted:
        work.record.manual(trigger, f"shift the schedule from {zone} to UTC, which GitHub reads")
    elif notes:
        work.record.changed(trigger, f"schedule: {'; '.join(notes)}")
    else:
        work.record.dropped(trigger, "no schedule in it")


def _at_utc(line: str, zone: str) -> tuple[str, str]:
    """The line in UTC, and what the ledger says of it; nothing where a person has to shift it."""
    if zone in ("", "UTC", "Etc/UTC", "GMT"):
        return line, line
    found = in_utc(line, zone)
    if found is None:
        return line, ""
    summer = ", an hour later there while clocks are moved forward" if found[1] else ""
    return found[0], f"{found[0]} (UTC, {line} in {zone}{summer})"


def posix(line: str, seed: str) -> str | None:
    """A Jenkins cron line with each H as a number of its own, the same one for the same job."""
    fields = _ALIASES.get(line, line).split()
    if len(fields) != len(_FIELDS):
        return None
    digest = hashlib.sha256(seed.encode()).digest()
    made = [_field(each, _FIELDS[at], digest[at]) for at, each in enumerate(fields)]
    return " ".join(made) if all(re.fullmatch(r"[\d*,/A-Za-z-]+", each) for each in made) else None


def _field(text: str, bounds: tuple[int, int], number: int) -> str:
    return ",".join(_hashed(each, bounds, number) for each in text.split(","))


def _hashed(text: str, bounds: tuple[int, int], number: int) -> str:
    found = _HASHED.fullmatch(text)
    if not found:
        return text
    low = int(found.group(1) or bounds[0])
    high = int(found.group(2) or bounds[1])
    if found.group(3) is None:
        return str(low + number % (high - low + 1))
    step = max(1, int(found.group(3)))
    first = low + number % min(step, high - low + 1)
    # GitHub counts a step from the start of a range, so the range begins at the hash.
    return f"{first}-{high}/{step}"


def _upstream(work: Work, trigger: Declared, frame: Frame) -> Iterator[WorkflowRun]:
    named = {each.name: each.value for each in trigger.arguments if each.name}
    first = next((each.value for each in trigger.arguments if not each.name), None)
    text = work.fixed(named.get("upstreamProjects") or first, frame)
    names = tuple(each.strip() for each in (text or "").split(",") if each.strip())
    if not names:
        work.record.manual(trigger, "name the workflows that start this one")
        return
    work.record.task("workflow", ", ".join(names), "in this repository, with exactly these names")
    work.record.manual(trigger, f"runs after the workflows {', '.join(names)} of this repository")
    yield WorkflowRun(names)
