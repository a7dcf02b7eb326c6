"""Environment directives, at every level."""

import re
from collections.abc import Iterable, Iterator

from workers.migration.actions.expressions import plain, wrapped
from workers.migration.actions.model import Step as Made
from workers.migration.convert.assigning import exported
from workers.migration.convert.captures import captured, script_call
from workers.migration.convert.credentials import declared
from workers.migration.convert.frame import Frame
from workers.migration.convert.lifting import lifted_value
from workers.migration.convert.resolving import is_fixed
from workers.migration.convert.scope import Part, Ref, Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.work import BY_HAND, Work
from workers.migration.pipeline.directives import EnvironmentVariable
from workers.migration.pipeline.values import Call
from workers.migration.replacing import replace


def declare(
    work: Work, variables: Iterable[EnvironmentVariable], frame: Frame
) -> tuple[Frame, dict[str, str]]:
    """The frame in which the variables are known, and the environment that says them.

    What a script computes (`sh(returnStdout: true)`) becomes a step before all others.
    """
    env: dict[str, str] = {}
    for variable in variables:
        frame, said = _declared(work, variable, frame)
        env.update(said)
    return frame, env


def _declared(
    work: Work, variable: EnvironmentVariable, frame: Frame
) -> tuple[Frame, dict[str, str]]:
    name, value = variable.name, variable.value
    match value:
        case Call(name="credentials"):
            given = next(iter(value.positional), None)
            credential = work.fixed(given, frame)
            if credential is None:
                credential = work.record.text(value).removeprefix("credentials").strip("('\") ")
                work.record.manual(variable, "which credential it is, a person must say")
            else:
                work.record.changed(
                    variable, "a secret of the repository, for the steps that name it"
                )
            said = declared(work, name, credential, work.record.source)
            work.secrets.update(said)
            return _known(frame, dict.fromkeys(said, ())), said
        case Call() if (call := script_call(value)) is not None and captured(
            work, variable, call, frame, name
        ):
            return _running(frame, name), {}
    value, asked = lifted_value(work, variable, value, frame)
    if asked is not frame:
        exported(work, variable, asked, name, work.parts(value, asked))
        return _running(asked, name), {}
    if name == "PATH":
        return _on_path(work, variable, frame), {}
    text = tuple(_flat(work.parts(value, frame), frame))
    made = _text(work, variable, text)
    unknown = any(isinstance(each, Unknown) for each in text)
    return _known(frame, {name: () if unknown else text}), {name: made}


def _on_path(work: Work, node: EnvironmentVariable, frame: Frame) -> Frame:
    """Folders put before PATH, in a step: the environment of a workflow cannot extend it."""
    text = work.parts(node.value, frame)
    said = tuple(each for each in text if not _is_path(each))
    made = script(said, frame.scope, "sh")
    folders = [each for each in re.split(r":(?![^{]*\})", made.text) if each and "?" not in each]
    if not folders or made.missing or (frame.stages and frame.placement is None):
        work.record.manual(node, "extend PATH by hand")
        return frame
    lines = "\n".join(f'echo "{each}" >> "$GITHUB_PATH"' for each in folders)
    lines = f"{lines}\n" if len(folders) > 1 else lines
    step = Made(name="Extend PATH", run=lines, env=made.env)
    work.record.changed(node, "a step that extends PATH")
    if not frame.stages:
        # Every machine of the pipeline starts with it.
        return replace(frame, setup=(*frame.setup, replace(step, source=node.span)))
    work.add(node, step, replace(frame, timeout=None), works=False, reads=False)
    return frame


def _is_path(part: Part) -> bool:
    return (isinstance(part, Ref) and part.name == "PATH") or part == Unknown("PATH")


def _text(work: Work, node: EnvironmentVariable, text: tuple[Part, ...]) -> str:
    """The value with expressions in it."""
    if any(isinstance(each, Unknown) for each in text):
        said = " ".join(work.record.text(node.value).split())
        work.record.task("value", node.name, f"what `{said}` gives in Jenkins")
        work.record.manual(node, f"set {node.name} to what `{said}` gives in Jenkins")
        return BY_HAND
    work.record.kept(node)
    return "".join(_part(each) for each in text) if not is_fixed(text) else plain(text[0])


def _part(part: Part) -> str:
    if isinstance(part, str):
        return plain(part)
    return wrapped(part.expression) if isinstance(part, Ref) else ""


def _flat(text: tuple[Part, ...], frame: Frame) -> Iterator[Part]:
    """The text with what other variables hold put in: no variable sees another one being set."""
    for part in text:
        held = frame.scope.environment.get(part.name) if isinstance(part, Ref) else None
        if held:
            yield from held
        elif isinstance(part, Ref) and part.name in frame.scope.secrets:
            yield Ref(part.name, frame.scope.secrets[part.name])
        elif isinstance(part, Ref) and part.expression.startswith("env.") and not frame.stages:
            # The environment of a workflow cannot name that of the machine.
            yield Unknown(part.name)
        else:
            yield part


def _known(frame: Frame, texts: dict[str, tuple[Part, ...]]) -> Frame:
    scope = frame.scope
    return replace(frame, scope=replace(scope, environment={**scope.environment, **texts}))


def _running(frame: Frame, name: str) -> Frame:
    return replace(frame, scope=replace(frame.scope, runtime=frame.scope.runtime | {name}))


def _secret(frame: Frame, said: dict[str, str]) -> Frame:
    scope = frame.scope
    expressions = {
        name: value.removeprefix("${{ ").removesuffix(" }}") for name, value in said.items()
    }
    return replace(frame, scope=replace(scope, secrets={**scope.secrets, **expressions}))
