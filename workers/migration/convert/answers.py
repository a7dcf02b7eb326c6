"""What a call inside of a value answers: a step that asks first, and the variable that it sets."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from workers.migration.actions.expressions import quoted
from workers.migration.convert.captures import captured, output_of
from workers.migration.convert.documents import asked_for, described
from workers.migration.convert.frame import Frame
from workers.migration.convert.other_workflows import build
from workers.migration.convert.scope import Document, Part, Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.shell_steps import run, shell
from workers.migration.convert.tool_homes import home
from workers.migration.convert.tools import installed
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, Literal, Property, Variable
from workers.migration.replacing import replace


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands for the call from now on, and the frame that knows it."""

    value: Value
    frame: Frame


Asking: TypeAlias = Callable[[Work, Node, Call, Frame], Answer | None]


def answer(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    """The answer to a call; None to what no step can ask."""
    asking = _ASKING.get(call.name)
    return None if asking is None else asking(work, node, call, frame)


def member(
    work: Work, node: Node, document: Document, path: tuple[str | int, ...], frame: Frame
) -> Answer | None:
    """A member of a file that was read, asked for where it is used."""
    command = asked_for(document, path)
    if command is None:
        return None
    name = work.variable("_".join(str(each) for each in path) or "content")
    return _output(work, node, name, command, frame)


def _script(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    name = work.variable("output" if "returnStdout" in call.named else "status")
    if captured(work, node, call, frame, name):
        known = _known(frame, name)
        if "returnStatus" in call.named:
            known = _flagged(known, name, f"env.{name} != '0'")
        return Answer(_environment(node, name), known)
    kept = tuple(
        each for each in call.arguments if each.name not in ("returnStdout", "returnStatus")
    )
    asks = len(kept) < len(call.arguments)
    frame = shell(work, Step(node.span, call.name, kept), frame)
    if not asks:
        return Answer(Literal(node.span, None), frame)
    work.record.manual(node, f"set {name} to what this script gives: its shell is not sh")
    return Answer(_environment(node, name), _known(frame, name))


def _exists(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    path = _path(work, call, "file", frame)
    if path is None:
        return None
    name = work.variable(f"exists_{_words(path)}")
    command: tuple[Part, ...] = ('if [ -e "', *path, '" ]; then echo true; else echo false; fi')
    made = _output(work, node, name, command, frame)
    return replace(made, frame=_flagged(made.frame, name, f"env.{name} == {quoted('true')}"))


def _content(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    path = _path(work, call, "file", frame)
    if path is None:
        return None
    name = work.variable(f"content_{_words(path)}")
    return _output(work, node, name, ('cat "', *path, '"'), frame)


def _document(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    document = described(call, lambda value: work.parts(value, frame))
    return None if document is None else member(work, node, document, (), frame)


def _started(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    build(work, Step(node.span, "build", call.arguments), frame)
    return Answer(Literal(node.span, None), frame)


def _folder(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    name = "WORKSPACE_TMP" if call.named else "WORKSPACE"
    return Answer(_environment(node, name), frame)


def _tool(work: Work, node: Node, call: Call, frame: Frame) -> Answer | None:
    said = call.named.get("name") or next(iter(call.positional), None)
    kind = work.fixed(call.named.get("type"), frame) or work.fixed(said, frame) or ""
    found = home(kind)
    if said is None or found is None:
        return None
    made = installed(work, node, found.kind, said, frame)
    if made is not None:
        work.add(node, made, replace(frame, timeout=None), works=False, reads=False)
    name = work.variable(f"{found.kind}_home")
    return _output(work, node, name, (found.command,), frame)


def _output(work: Work, node: Node, name: str, command: tuple[Part, ...], frame: Frame) -> Answer:
    made = script(command, frame.scope, "sh")
    whole = replace(made, text=output_of(made.text, name))
    planned = run(work, node, frame, whole, name=f"Set {name}", note=f"a step sets {name}")
    planned.sets = name
    return Answer(_environment(node, name), _known(frame, name))


def _path(work: Work, call: Call, key: str, frame: Frame) -> tuple[Part, ...] | None:
    value = call.named.get(key) or next(iter(call.positional), None)
    path = work.parts(value, frame)
    return None if not path or any(isinstance(each, Unknown) for each in path) else path


def _words(path: tuple[Part, ...]) -> str:
    said = "_".join(each if isinstance(each, str) else "" for each in path)
    return re.sub(r"[^A-Za-z0-9]+", "_", said).strip("_") or "file"


def _environment(node: Node, name: str) -> Property:
    return Property(node.span, Variable(node.span, "env"), name)


def _known(frame: Frame, name: str) -> Frame:
    return replace(frame, scope=replace(frame.scope, runtime=frame.scope.runtime | {name}))


def _flagged(frame: Frame, name: str, expression: str) -> Frame:
    scope = frame.scope
    return replace(frame, scope=replace(scope, flags={**scope.flags, name: expression}))


_ASKING: Mapping[str, Asking] = {
    "sh": _script,
    "bat": _script,
    "powershell": _script,
    "pwsh": _script,
    "fileExists": _exists,
    "readFile": _content,
    "readTrusted": _content,
    "readJSON": _document,
    "readYaml": _document,
    "readProperties": _document,
    "readMavenPom": _document,
    "build": _started,
    "pwd": _folder,
    "tool": _tool,
}

# The steps whose answer is asked for, wherever they stand.
ANSWERED = frozenset(_ASKING)
