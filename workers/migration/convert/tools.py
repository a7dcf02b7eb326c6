"""Tools: an installation's name to the action that sets it up."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.project_versions import version_of
from workers.migration.convert.work import Work
from workers.migration.pipeline.directives import Tool
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.values import Interpolated, Property, Variable

_AXIS = re.compile(r"\$\{\{ env\.(\w+) \}\}")
_VERSION = re.compile(r"\d+(?:\.\d+)*")


def set_up(work: Work, tool: Tool, frame: Frame) -> Made | None:
    """The step that sets a tool up; None when the runner has it."""
    return installed(work, tool, tool.kind, tool.name, frame)


def installed(work: Work, node: Node, kind: str, name: Value, frame: Frame) -> Made | None:
    """The step for a tool by its kind and the name of its installation, with the ledger's entry."""
    kind = _kind(kind)
    text = work.inline(name, frame)
    make = _MAKERS.get(kind)
    if make is None or text is None:
        work.record.manual(node, f"install {kind} {text or ''} by hand".rstrip())
        return None
    asked = text
    if (by_axis := _AXIS.fullmatch(text)) and frame.strategy is not None:
        key = version_key(kind)
        if any(key in cell for cell in frame.strategy.include):
            asked = wrapped(f"matrix.{key}")
        elif by_axis.group(1) in frame.strategy.axes:
            asked = wrapped(f"matrix.{by_axis.group(1)}")
    if version(text) is None and "${{" not in text:
        asked = version_of(kind, work.project) or text
    made = make(asked, work.record.source)
    if made is None:
        work.record.changed(node, f"the {kind} of the runner, or the project's wrapper")
    else:
        said = ", ".join(f"{key} {value}" for key, value in made.inputs.items())
        work.record.changed(node, f"set up by {made.uses}: {said}")
    return made


def versions(
    tools: Iterable[Tool], axes: Mapping[str, tuple[Scalar, ...]]
) -> Iterator[dict[str, Scalar]]:
    """For each value of an axis that names a tool's installation, the version it stands for.

    Nothing where the values are versions themselves.
    """
    for tool in tools:
        axis = _axis_of(tool.name)
        values = axes.get(axis, ()) if axis else ()
        found = {value: _number(tool.kind, str(value)) for value in values}
        if all(number is not None for number in found.values()) and any(
            number != str(value) for value, number in found.items()
        ):
            key = version_key(_kind(tool.kind))
            yield from ({axis: value, key: number or ""} for value, number in found.items())


def version_key(kind: str) -> str:
    """What a matrix calls the version of a tool."""
    return f"{kind}-version"


def _axis_of(name: Value) -> str:
    """The variable that alone is the name of an installation."""
    match name:
        case Variable():
            return name.name
        case Property(receiver=Variable(name="env")):
            return name.name
        case Interpolated(parts=[Value() as only]):
            return _axis_of(only)
        case _:
            return ""


def _number(kind: str, name: str) -> str | None:
    number = version(name)
    return _major(number) if number and _kind(kind) == "java" else number


def _kind(kind: str) -> str:
    return _KINDS.get(kind.rsplit(".", 1)[-1].lower(), kind.lower())


def version(name: str) -> str | None:
    """The version in the name of an installation: `Java 17`, `jdk-1.8.0_202`, `NodeJS 18.x`."""
    found = _VERSION.search(re.sub(r"(?<=\d)_(?=\d)", ".", name))
    return found.group(0) if found else None


def _java(name: str, source: str) -> Made:
    major = _major(version(name) or "21")
    inputs = {"distribution": "temurin", "java-version": name if "${{" in name else major}
    cache = _java_cache(source)
    return Made(
        name="Set up Java",
        uses="actions/setup-java",
        inputs={**inputs, **({"cache": cache} if cache else {})},
    )


def _major(number: str) -> str:
    """The release of Java: of 1.8 the second number."""
    parts = number.split(".")
    return parts[1] if parts[0] == "1" and len(parts) > 1 else parts[0]


def _java_cache(source: str) -> str | None:
    if re.search(r"\bmvnw?\b", source):
        return "maven"
    return "gradle" if re.search(r"\bgradlew?\b", source) else None


def _node(name: str, source: str) -> Made:
    asked = name if "${{" in name else version(name) or "lts/*"
    cache = "npm" if re.search(r"\bnpm ci\b", source) else None
    return Made(
        name="Set up Node.js",
        uses="actions/setup-node",
        inputs={"node-version": asked, **({"cache": cache} if cache else {})},
    )


def _go(name: str, source: str) -> Made:
    asked = name if "${{" in name else version(name) or "stable"
    return Made(name="Set up Go", uses="actions/setup-go", inputs={"go-version": asked})


def _gradle(name: str, source: str) -> Made | None:
    number = version(name)
    # The wrapper brings the version that the project asks for.
    if re.search(r"\bgradlew\b", source) or number is None:
        return None
    return Made(
        name="Set up Gradle",
        uses="gradle/actions/setup-gradle",
        inputs={"gradle-version": number},
    )


def _terraform(name: str, source: str) -> Made:
    number = version(name)
    return Made(
        name="Set up Terraform",
        uses="hashicorp/setup-terraform",
        inputs={"terraform_version": number} if number else {},
    )


def _dotnet(name: str, source: str) -> Made:
    number = version(name) or "8.0"
    return Made(
        name="Set up .NET",
        uses="actions/setup-dotnet",
        inputs={"dotnet-version": number if "." in number else f"{number}.0"},
    )


def _present(name: str, source: str) -> None:
    """The runner has it: Maven, Ant, git and Docker stand in the list of its software."""


_KINDS = {"jdk": "java", "nodejs": "node", "golang": "go", "dotnetsdk": "dotnet", "m3": "maven"}
_MAKERS: Mapping[str, Callable[[str, str], Made | None]] = {
    "java": _java,
    "node": _node,
    "go": _go,
    "gradle": _gradle,
    "maven": _present,
    "ant": _present,
    "git": _present,
    "docker": _present,
    "dockertool": _present,
    "terraform": _terraform,
    "dotnet": _dotnet,
}
