"""Agents: the runner, container and image that a pipeline or a stage runs on."""

import re
import shlex
from collections.abc import Mapping

import yaml

from workers.migration.actions.expressions import quoted, wrapped
from workers.migration.actions.model import Container, RunsOn
from workers.migration.actions.model import Step as Made
from workers.migration.actions.runners import default, runner
from workers.migration.convert.credentials import username_and_password
from workers.migration.convert.frame import Frame, Placement
from workers.migration.convert.scope import Part, Ref, Unknown
from workers.migration.convert.work import BY_HAND, Work
from workers.migration.ledger import Verdict
from workers.migration.pipeline.agents import (
    Agent,
    AnyAgent,
    DockerAgent,
    DockerfileAgent,
    KubernetesAgent,
    LabelAgent,
    NoAgent,
)
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.values import Argument, Call
from workers.migration.replacing import replace

IMAGE = "pipeline-image"
_ENDLESS = re.compile(r"(--?entrypoint|--network|--net)(=|\s+)\S*|(?<!\S)-t(?!\S)")


def placed(  # noqa: PLR0911 one a kind of agent
    work: Work, agent: Agent | None, frame: Frame
) -> Frame:
    """The frame on an agent; on none it is nowhere until a stage says where."""
    match agent:
        case None:
            return frame
        case NoAgent():
            work.record.kept(agent)
            return replace(frame, placement=None)
        case AnyAgent():
            work.record.changed(agent, f"runs on {default()}")
            return replace(frame, placement=Placement("any", RunsOn((default(),))), image=None)
        case LabelAgent():
            return _labelled(work, agent, agent.label, frame)
        case DockerAgent():
            return _docker(work, agent, frame)
        case DockerfileAgent():
            return _dockerfile(work, agent, frame)
        case KubernetesAgent():
            return _kubernetes(work, agent, frame)
        case _:
            work.record.manual(agent, f"say what runs instead; {default()} until then")
            return replace(frame, placement=Placement("any", RunsOn((default(),))), image=None)


def on_label(work: Work, node: Node, label: Value | None, frame: Frame) -> RunsOn:
    """The runner for a label, with the entry and the task that come of it."""
    text = work.fixed(label, frame)
    if text is None and label is not None:
        return _by_axis(work, node, label, frame)
    found = runner(text or "", work.runners)
    if not found.known:
        work.record.task("runner", text or "", f"say which runner it is; {default()} until then")
        work.record.manual(node, f"say which runner `{text}` is; {default()} until then")
    else:
        work.record.changed(node, f"runs on {found.runs_on.labels[0]}")
    return found.runs_on


def _by_axis(work: Work, node: Node, label: Value, frame: Frame) -> RunsOn:
    """A label with an axis of a matrix in it: the runner by the axis' value."""
    text = work.parts(label, frame)
    axes = [each.name for each in text if isinstance(each, Ref) and each.name in work.axes]
    said = work.record.text(label)
    if len(axes) != 1 or any(isinstance(each, Unknown) for each in text):
        work.record.task("runner", said, f"say which runner it is; {default()} until then")
        work.record.manual(node, f"say which runner `{said}` is; {default()} until then")
        return RunsOn((default(),))
    axis = axes[0]
    found = {
        str(value): runner(_filled(text, str(value)), work.runners) for value in work.axes[axis]
    }
    unknown = [value for value, each in found.items() if not each.known]
    if unknown:
        work.record.manual(node, f"say which runners these are: {', '.join(unknown)}")
    else:
        work.record.changed(node, f"the runner by {axis}")
    return RunsOn(
        (_chosen(axis, {value: each.runs_on.labels[0] for value, each in found.items()}),)
    )


def _chosen(axis: str, labels: Mapping[str, str]) -> str:
    """The label by the value of an axis, as an expression where they differ."""
    if len(set(labels.values())) == 1:
        return next(iter(labels.values()))
    checks = [
        f"matrix.{axis} == {quoted(value)} && {_operand(name)}"
        for value, name in labels.items()
        if name != default()
    ]
    return wrapped(" || ".join([*checks, quoted(default())]))


def _operand(label: str) -> str:
    inner = re.fullmatch(r"\$\{\{ (.*) \}\}", label)
    return f"({inner.group(1)})" if inner else quoted(label)


def _filled(text: tuple[Part, ...], value: str) -> str:
    return "".join(each if isinstance(each, str) else value for each in text)


def _labelled(work: Work, agent: Agent, label: Value, frame: Frame) -> Frame:
    runs_on = on_label(work, agent, label, frame)
    return replace(frame, placement=Placement("label", runs_on), image=None)


def _docker(work: Work, agent: DockerAgent, frame: Frame) -> Frame:
    options = {each.name: each.value for each in agent.options if each.name}
    image = work.inline(agent.image, frame)
    if image is None or "env." in image:
        image = _image_of(work, agent, image)
    else:
        work.record.changed(agent, "a container that all steps of the job run in")
    if options.get("reuseNode") is not None and frame.placement is not None:
        return replace(frame, image=image)
    label = options.get("label")
    runs_on = RunsOn((default(),)) if label is None else on_label(work, agent, label, frame)
    container = Container(image, options=_options(work, agent, options, frame))
    registry = options.get("registryCredentialsId")
    if (credential := work.fixed(registry, frame)) is not None:
        user, password = username_and_password(work, credential)
        container = replace(container, credentials={"username": user, "password": password})
    return replace(frame, placement=Placement("docker", runs_on, container), image=None)


def _image_of(work: Work, agent: Agent, image: str | None) -> str:
    """An image whose name is put together from the environment, which a container cannot see."""
    said = " ".join(work.record.text(agent).split())
    work.record.task("image", said, f"say which image it is, in place of {BY_HAND}")
    work.record.manual(agent, "name the image: in Jenkins only the run knows it")
    return BY_HAND


def _options(work: Work, agent: Agent, options: Mapping[str, Value], frame: Frame) -> str | None:
    args = work.inline(options.get("args"), frame)
    if not args:
        return None
    if _ENDLESS.search(args) or "$" in args:
        note = f"GitHub takes these container options only in part: {args}"
        work.record.at(agent.span, Verdict.MANUAL, note)
    kept = [each for each in _ENDLESS.sub("", args).split() if "$" not in each]
    # A volume whose source was cut leaves its flag behind.
    pairs = [each for at, each in enumerate(kept) if not _dangling(kept, at)]
    return " ".join(pairs) or None


def _dangling(words: list[str], at: int) -> bool:
    flag = words[at] in ("-v", "-e", "--volume", "--env", "-u", "--user")
    return flag and (at + 1 == len(words) or words[at + 1].startswith("-"))


def _dockerfile(work: Work, agent: DockerfileAgent, frame: Frame) -> Frame:
    said = {each.name: work.fixed(each.value, frame) for each in agent.options if each.name}
    folder = said.get("dir") or "."
    path = f"{folder}/{said.get('filename') or 'Dockerfile'}".removeprefix("./")
    extra = said.get("additionalBuildArgs") or ""
    command = f"docker build -t {IMAGE} {extra} -f {shlex.quote(path)} {shlex.quote(folder)}"
    build = Made(name="Build the image that steps run in", run=" ".join(command.split()))
    label = next((each.value for each in agent.options if each.name == "label"), None)
    runs_on = RunsOn((default(),)) if label is None else on_label(work, agent, label, frame)
    work.record.changed(agent, "builds the image first, then runs each script in it")
    return replace(frame, placement=Placement("dockerfile", runs_on, setup=(build,)), image=IMAGE)


def _kubernetes(work: Work, agent: KubernetesAgent, frame: Frame) -> Frame:
    options = {each.name: each.value for each in agent.options if each.name}
    images = pod_images(work.fixed(options.get("yaml"), frame) or "")
    images |= _template(work, agent.options, frame)
    chosen = work.fixed(options.get("defaultContainer"), frame)
    others = [name for name in images if name != "jnlp"]
    first = chosen if chosen in images else others[0] if len(others) == 1 else None
    placement = Placement("pod", RunsOn((default(),)), images=images)
    if not images:
        work.record.manual(agent, f"say which image the pod has; {default()} alone until then")
        return replace(frame, placement=placement, image=None)
    note = "; ".join(f"{name} is {image}" for name, image in images.items())
    work.record.changed(agent, f"each script runs in the image of its container: {note}")
    return replace(frame, placement=placement, image=images[first] if first else None)


def pod_images(text: str) -> dict[str, str]:
    """The images of a pod by the names of its containers."""
    try:
        pod = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    spec = pod.get("spec") if isinstance(pod, dict) else None
    containers = spec.get("containers") if isinstance(spec, dict) else None
    return {
        str(each["name"]): str(each["image"])
        for each in containers or ()
        if isinstance(each, dict) and each.get("name") and each.get("image")
    }


def _template(work: Work, options: tuple[Argument, ...], frame: Frame) -> dict[str, str]:
    """The images of `containerTemplate` arguments."""
    found: dict[str, str] = {}
    for each in options:
        call = each.value
        if isinstance(call, Call) and call.name == "containerTemplate":
            said = {key: work.fixed(value, frame) for key, value in call.named.items()}
            if said.get("name") and said.get("image"):
                found[str(said["name"])] = str(said["image"])
    return found
