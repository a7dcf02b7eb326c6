"""Build steps of freestyle jobs. Pure."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import around, positional, script, step
from workers.migration.job_config.notes import Notes
from workers.migration.pipeline.directives import Tool
from workers.migration.pipeline.nodes import Statement
from workers.migration.pipeline.steps import If
from workers.migration.pipeline.values import Expression, Literal

_Maker: TypeAlias = Callable[[Element], Statement]
_TOOLS = {"mavenName": "maven", "antName": "ant", "gradleName": "gradle", "jdk": "jdk"}
# Where the plugin for conditional steps keeps a condition, and the steps under it.
_CONDITIONAL = {
    "org.jenkinsci.plugins.conditionalbuildstep.singlestep.SingleConditionalBuilder": (
        "condition",
        "buildStep",
    ),
    "org.jenkinsci.plugins.conditionalbuildstep.ConditionalBuilder": (
        "runCondition",
        "conditionalbuilders",
    ),
}
_NO_TOOL = frozenset({"", "(Default)", "(System)", "(Inherit From Job)"})


def builders(group: Element | None, notes: Notes) -> tuple[Statement, ...]:
    """The steps of a group of builders; one that nobody knows keeps its class as its kind."""
    return tuple(_built(each, notes) for each in group.children) if group else ()


def tools(root: Element) -> tuple[Tool, ...]:
    """The installations that a job and its builders name."""
    groups = [root.child(name) for name in ("builders", "prebuilders", "postbuilders")]
    owners = [root, *(each for group in groups if group for each in group.children)]
    found = (each for owner in owners for each in owner.children if each.tag in _TOOLS)
    return tuple(
        Tool(each.span, _TOOLS[each.tag], Literal(each.span, each.text.strip()))
        for each in found
        if each.text.strip() not in _NO_TOOL
    )


def maven_command(element: Element, goals: str) -> str:
    """The call of Maven that a builder or a Maven job describes."""
    pom = element.said("pom") or element.said("rootPOM")
    words = ["mvn", *(["-f", _word(pom)] if pom else []), *_defined(element), *goals.split()]
    options = element.said("jvmOptions") or element.said("mavenOpts")
    prefix = f"MAVEN_OPTS={_word(' '.join(options.split()))} " if options else ""
    return prefix + " ".join(words)


def _built(element: Element, notes: Notes) -> Statement:
    if element.kind in _CONDITIONAL:
        return _conditional(element, notes)
    known = _MAKERS.get(element.kind)
    if known is None:
        return step(element, element.kind)
    make, read = known
    notes.rest(element, read)
    return make(element)


def _conditional(element: Element, notes: Notes) -> Statement:
    """Steps under a condition of a plugin, which stays a question to a person."""
    condition, inside = _CONDITIONAL[element.kind]
    asked = element.child(condition)
    group = element.child(inside)
    if asked is None or group is None:
        return step(element, element.kind)
    if group.attributes.get("class", "").startswith("hudson."):
        steps: tuple[Statement, ...] = (_built(group, notes),)
    else:
        steps = builders(group, notes)
    return If(element.span, Expression(asked.span, asked.kind), steps)


def _shell(element: Element) -> Statement:
    return script(element, "sh", _command(element))


def _batch(element: Element) -> Statement:
    return script(element, "bat", _command(element))


def _powershell(element: Element) -> Statement:
    return script(element, "powershell", _command(element))


def _python(element: Element) -> Statement:
    return script(element, "sh", f"#!/usr/bin/env python3\n{_command(element)}")


def _maven(element: Element) -> Statement:
    return script(element, "sh", maven_command(element, element.said("targets")))


def _ant(element: Element) -> Statement:
    file = element.said("buildFile")
    words = ["ant", *(["-f", _word(file)] if file else []), *_defined(element)]
    options = element.said("antOpts")
    prefix = f"ANT_OPTS={_word(' '.join(options.split()))} " if options else ""
    return script(element, "sh", prefix + " ".join([*words, *element.said("targets").split()]))


def _gradle(element: Element) -> Statement:
    folder = element.said("rootBuildScriptDir")
    file = element.said("buildFile")
    program = "./gradlew" if element.is_true("useWrapper") else "gradle"
    words = [program, *element.said("switches").split(), *element.said("tasks").split()]
    command = script(element, "sh", " ".join([*words, *(["-b", _word(file)] if file else [])]))
    if not folder:
        return command
    return around(element, "dir", positional(element.span, folder), (command,))


def _command(element: Element) -> str:
    found = element.child("command") or element.child("script")
    return found.text if found else ""


def _defined(element: Element) -> list[str]:
    """`name=value` lines as -D arguments."""
    lines = (line.strip() for line in element.said("properties").splitlines())
    return [_word(f"-D{line}") for line in lines if line and not line.startswith("#")]


def _word(text: str) -> str:
    """A word of the shell in which variables are still filled in, as Jenkins does."""
    if text and all(each.isalnum() or each in "-_./:=@%+,${}" for each in text):
        return text
    for character in '\\"`':
        text = text.replace(character, f"\\{character}")
    return f'"{text}"'


_OF_MAVEN = ("targets", "pom", "properties", "jvmOptions", "mavenName",
              "injectBuildVariables")  # fmt: skip
_OF_GRADLE = ("switches", "tasks", "rootBuildScriptDir", "buildFile", "gradleName", "useWrapper",
              "makeExecutable", "wrapperLocation", "useWorkspaceAsHome", "fromRootBuildScriptDir",
              "passAllAsProjectProperties", "passAllAsSystemProperties")  # fmt: skip
_MAKERS: Mapping[str, tuple[_Maker, tuple[str, ...]]] = {
    "hudson.tasks.Shell": (_shell, ("command", "configuredLocalRules")),
    "hudson.tasks.BatchFile": (_batch, ("command", "configuredLocalRules")),
    "hudson.plugins.powershell.PowerShell": (
        _powershell,
        ("command", "configuredLocalRules", "stopOnError", "useProfile"),
    ),
    "hudson.plugins.python.Python": (_python, ("command",)),
    "hudson.tasks.Maven": (_maven, _OF_MAVEN),
    "hudson.tasks.Ant": (_ant, ("targets", "antName", "buildFile", "properties", "antOpts")),
    "hudson.plugins.gradle.Gradle": (_gradle, _OF_GRADLE),
}
