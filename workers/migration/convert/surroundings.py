"""Block steps: what a block adds to the surroundings of what is in it."""

import math
import re
import shlex
from collections.abc import Callable, Mapping

from workers.migration.actions.model import Concurrency, RunsOn
from workers.migration.actions.model import Step as Made
from workers.migration.actions.runners import default
from workers.migration.convert.agents import on_label
from workers.migration.convert.credentials import with_credentials
from workers.migration.convert.frame import Frame, Placement
from workers.migration.convert.shell_steps import SECONDS
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, Interpolated, ListValue, Literal
from workers.migration.replacing import replace

# Folders that a build makes, and steps that put the first files into one.
_PRODUCED = re.compile(r"_?(?:build|out|output|target|dist|te?mp|artifacts?|results?)|.*[-_]build")
_OF_AGENTS = frozenset({"agent", "kubernetesAgent", "nonresumable"})
_FILLING = frozenset({"unstash", "unzip", "writeFile", "deleteDir"})
_PATH = re.compile(r"PATH\+\w*")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*(?:\+\w*)?)=(.*)", re.DOTALL)


def inside(work: Work, step: Step, frame: Frame, inner: Frame) -> Frame:
    """Converts the block in other surroundings; what it made known stays known after it."""
    after = work.emit(step.body or (), inner)
    environment = frame.scope.environment
    return replace(frame, scope=replace(after.scope, environment=environment))


def transparent(work: Work, step: Step, frame: Frame) -> Frame:
    """`script` and blocks that only change how Jenkins shows a log."""
    work.record.kept(step)
    return inside(work, step, frame, frame)


def directory(work: Work, step: Step, frame: Frame) -> Frame:
    """`dir`."""
    path = work.inline(_first(step, "path"), frame)
    if path is None:
        work.record.manual(step, "set working-directory of these steps: it is not known before")
        return inside(work, step, frame, frame)
    work.record.kept(step, f"working-directory: {path}")
    path = path.replace("${{ github.workspace }}/", "").rstrip("/") or "."
    if "${{" not in path and _is_made(path, step):
        made = Made(name=f"Make {path}", run=f"mkdir -p {shlex.quote(path)}")
        work.add(step, replace(made, working_directory=frame.directory), frame, reads=False)
    return inside(work, step, frame, frame.within(path))


def _is_made(path: str, step: Step) -> bool:
    """Whether `dir` makes the folder, as far as can be seen: no repository has it."""
    first = next(iter(step.body or ()), None)
    fills = isinstance(first, Step) and first.kind in _FILLING
    return fills or _PRODUCED.fullmatch(path.rpartition("/")[2]) is not None


def with_env(work: Work, step: Step, frame: Frame) -> Frame:
    """`withEnv(['NAME=value', 'PATH+X=folder'])`."""
    first = _first(step, "overrides")
    items = first.items if isinstance(first, ListValue) else ()
    env: dict[str, str] = {}
    lines: list[str] = []
    missing = not items
    for item in items:
        made = _assigned(work, item, frame)
        if made is None:
            missing = True
        elif _PATH.fullmatch(made[0]):
            lines.append(f'export PATH="{_shell(work, item, frame)}:$PATH"')
        else:
            env[made[0]] = made[1]
    if missing:
        work.record.manual(step, "set these variables by hand: they are not known before the run")
    else:
        work.record.kept(step, "env of each step")
    texts = {name: _value(work, name, items, frame) for name in env}
    scope = replace(frame.scope, environment={**frame.scope.environment, **texts})
    inner = replace(frame.having(env), scope=scope, prelude=(*frame.prelude, *lines))
    return inside(work, step, frame, inner)


def timeout(work: Work, step: Step, frame: Frame) -> Frame:
    """`timeout`: each step in it may take that long."""
    minutes = minutes_of(work, step.named, step.positional, frame)
    if minutes is None:
        work.record.manual(step, "set timeout-minutes by hand: it is not known before the run")
        return inside(work, step, frame, frame)
    work.record.changed(step, f"timeout-minutes: {minutes} on each step")
    return inside(work, step, frame, replace(frame, timeout=min(minutes, frame.timeout or minutes)))


def retry(work: Work, step: Step, frame: Frame) -> Frame:
    """`retry`: each script in it is tried that often."""
    if _for_lost_agents(step.named.get("conditions")):
        work.record.dropped(step, "about agents that Jenkins lost; GitHub starts such a job anew")
        return inside(work, step, frame, frame)
    count = work.fixed(_first(step, "count"), frame)
    if count is None or not count.isdigit():
        work.record.manual(step, "say how often to try: it is not known before the run")
        return inside(work, step, frame, frame)
    work.record.changed(step, f"each script is tried up to {count} times")
    return inside(work, step, frame, replace(frame, retries=int(count)))


def _for_lost_agents(conditions: Value | None) -> bool:
    """Whether a retry is for nothing but agents that vanished."""
    items = conditions.items if isinstance(conditions, ListValue) else ()
    names = {each.name for each in items if isinstance(each, Call)}
    return bool(names) and names <= _OF_AGENTS


def catch_error(work: Work, step: Step, frame: Frame) -> Frame:
    """`catchError` and `warnError`: a failure does not end the build."""
    work.record.changed(step, "continue-on-error: the run goes on and stays green")
    return inside(work, step, frame, replace(frame, forgiving=True))


def lock(work: Work, step: Step, frame: Frame) -> Frame:
    """`lock`: a concurrency group of the job."""
    name = work.inline(_first(step, "resource") or step.named.get("label"), frame)
    if name is None or "env." in name:
        work.record.manual(step, "name the concurrency group: it is not known before the run")
        return inside(work, step, frame, frame)
    work.record.changed(step, f"concurrency group {name} of a job of its own")
    return inside(work, step, frame, replace(frame, concurrency=Concurrency(f"lock-{name}")))


def node(work: Work, step: Step, frame: Frame) -> Frame:
    """`node('label')`: a machine, with a workspace that nothing is checked out into yet."""
    label = _first(step, "label")
    runs_on = RunsOn((default(),)) if label is None else on_label(work, step, label, frame)
    if label is None:
        work.record.changed(step, f"runs on {default()}")
    placement = Placement("node", runs_on, checkout=False, images=_pod(frame))
    return inside(work, step, frame, replace(frame, placement=placement, directory=None))


def workspace(work: Work, step: Step, frame: Frame) -> Frame:
    """`ws`: every job has a workspace of its own."""
    work.record.changed(step, "every job has a workspace of its own")
    return inside(work, step, frame, frame)


def container(work: Work, step: Step, frame: Frame) -> Frame:
    """`container('name')` of a pod."""
    name = work.fixed(_first(step, "name"), frame)
    images = frame.placement.images if frame.placement else {}
    if name is None or name not in images:
        work.record.manual(step, f"say which image the container {name or ''} has".rstrip())
        return inside(work, step, frame, frame)
    work.record.changed(step, f"each script runs in {images[name]}")
    return inside(work, step, frame, replace(frame, image=images[name]))


def stage(work: Work, step: Step, frame: Frame) -> Frame:
    """A scripted stage; one without a block only gives the following steps their name."""
    name = work.inline(_first(step, "name"), frame) or "Stage"
    work.record.kept(step, f"stage {name}")
    inner = replace(frame, stages=(*frame.stages, name))
    if step.body is None:
        return replace(frame, stages=(*frame.stages[:-1], name))
    return inside(work, step, frame, inner)


def minutes_of(
    work: Work, named: Mapping[str, Value], positional: tuple[Value, ...], frame: Frame
) -> int | None:
    """A duration in whole minutes, at least one; minutes unless it says otherwise."""
    time = work.fixed(named.get("time") or next(iter(positional), None), frame)
    unit = work.fixed(named.get("unit"), frame) or "MINUTES"
    try:
        return max(1, math.ceil(float(time or "") * SECONDS[unit] / 60))
    except (ValueError, KeyError):
        return None


def _pod(frame: Frame) -> Mapping[str, str]:
    return frame.placement.images if frame.placement else {}


def _first(step: Step, name: str) -> Value | None:
    return step.named.get(name) or next(iter(step.positional), None)


def _assigned(work: Work, item: Value, frame: Frame) -> tuple[str, str] | None:
    text = work.inline(item, frame)
    found = _ASSIGNED.fullmatch(text or "")
    return (found.group(1), found.group(2)) if found else None


def _shell(work: Work, item: Value, frame: Frame) -> str:
    """The value of `PATH+X=value` between double quotes of a shell."""
    said = (
        each if isinstance(each, str) else f"${{{_name(each)}}}" for each in work.parts(item, frame)
    )
    return "".join(said).partition("=")[2]


def _name(part: object) -> str:
    name = str(getattr(part, "name", "UNKNOWN"))
    return "GITHUB_WORKSPACE" if name == "WORKSPACE" else name


def _value(work: Work, name: str, items: tuple[Value, ...], frame: Frame) -> tuple[str, ...]:
    for item in items:
        text = work.fixed(item, frame) if isinstance(item, Literal | Interpolated) else None
        if text and text.startswith(f"{name}="):
            return (text.partition("=")[2],)
    return ()


BLOCKS: Mapping[str, Callable[[Work, Step, Frame], Frame]] = {
    "script": transparent,
    "timestamps": transparent,
    "ansiColor": transparent,
    "wrap": transparent,
    "dir": directory,
    "withEnv": with_env,
    "withCredentials": with_credentials,
    "timeout": timeout,
    "retry": retry,
    "catchError": catch_error,
    "warnError": catch_error,
    "lock": lock,
    "node": node,
    "ws": workspace,
    "container": container,
    "stage": stage,
}
