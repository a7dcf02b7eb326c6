"""What surrounds the steps of a freestyle job. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import around, call, listed, named, positional, step
from workers.migration.job_config.notes import Notes, is_set
from workers.migration.job_config.properties import build_timeout
from workers.migration.pipeline.directives import EnvironmentVariable, Option
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Argument, Literal

_TIMEOUT = frozenset(
    {
        "hudson.plugins.build__timeout.BuildTimeoutWrapper",
        "hudson.plugins.build_timeout.BuildTimeoutWrapper",
    }
)
_OPTIONS = {
    "hudson.plugins.timestamper.TimestamperBuildWrapper": "timestamps",
    "hudson.plugins.ansicolor.AnsiColorBuildWrapper": "ansiColor",
}
_CLEANUP = frozenset(
    {"hudson.plugins.ws__cleanup.PreBuildCleanup", "hudson.plugins.ws_cleanup.PreBuildCleanup"}
)
_BINDINGS = "org.jenkinsci.plugins.credentialsbinding.impl.SecretBuildWrapper"
_AGENT = "com.cloudbees.jenkins.plugins.sshagent.SSHAgentBuildWrapper"
_VARIABLES = "EnvInjectBuildWrapper"
# The step of a pipeline for each binding, and its arguments by the settings that they come from.
_KINDS = {
    "StringBinding": ("string", {"variable": "variable"}),
    "FileBinding": ("file", {"variable": "variable"}),
    "ZipFileBinding": ("zip", {"variable": "variable"}),
    "CertificateMultiBinding": ("certificate", {"keystoreVariable": "keystoreVariable"}),
    "UsernamePasswordBinding": ("usernameColonPassword", {"variable": "variable"}),
    "UsernamePasswordMultiBinding": (
        "usernamePassword",
        {"usernameVariable": "usernameVariable", "passwordVariable": "passwordVariable"},
    ),
    "SSHUserPrivateKeyBinding": (
        "sshUserPrivateKey",
        {
            "keyFileVariable": "keyFileVariable",
            "usernameVariable": "usernameVariable",
            "passphraseVariable": "passphraseVariable",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The options and variables of a job, and the elements that become blocks or first steps."""

    options: tuple[Option, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    others: tuple[Element, ...] = ()

    def around(self, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """The steps in the blocks that the wrappers stand for; the first wrapper is outermost."""
        for each in reversed(self.others):
            if each.name == _BINDINGS:
                body = (around(each, "withCredentials", _bindings(each), body),)
            elif each.name == _AGENT:
                body = (around(each, "sshagent", _keys(each), body),)
            else:
                # What an unknown wrapper prepares comes before the steps.
                body = (step(each, each.name), *body)
        return body


def surroundings(group: Element | None, notes: Notes) -> Surroundings:
    """What a job's wrappers stand for."""
    made: list[Option] = []
    variables: list[EnvironmentVariable] = []
    others: list[Element] = []
    for each in group.children if group else ():
        if each.name in _TIMEOUT:
            made.append(build_timeout(each, notes))
        elif each.name in _OPTIONS:
            made.append(Option(each.span, _OPTIONS[each.name]))
        elif each.name in _CLEANUP:
            notes.dropped(each, "every job starts in an empty workspace")
        elif each.name == _VARIABLES:
            found = tuple(_variables(each, notes))
            variables.extend(found)
            if not found and not is_set(each):
                notes.dropped(each, "it sets nothing")
        else:
            others.append(each)
    return Surroundings(tuple(made), tuple(variables), tuple(others))


def _variables(element: Element, notes: Notes) -> Iterator[EnvironmentVariable]:
    """`NAME=value` lines; a script or a file that gives more is for a person."""
    for info in element.children:
        content = info.child("propertiesContent")
        for line in content.text.splitlines() if content else ():
            name, equals, value = line.strip().partition("=")
            if content and equals and name.strip().isidentifier() and "$" not in value:
                place = content.span
                yield EnvironmentVariable(place, name.strip(), Literal(place, value.strip()))
            elif content and line.strip() and not line.lstrip().startswith("#"):
                notes.manual(content, f"set this variable by hand: {line.strip()}")
        notes.rest(info, ("propertiesContent",))


def _bindings(element: Element) -> tuple[Argument, ...]:
    group = element.child("bindings")
    found = listed(element.span, map(_binding, group.children if group else ()))
    return positional(element.span, found)


def _binding(element: Element) -> Value:
    short = element.name.rsplit(".", 1)[-1]
    kind, settings = _KINDS.get(short, (short, {}))
    said = {key: element.said(source) for key, source in settings.items() if element.said(source)}
    arguments = named(element.span, credentialsId=element.said("credentialsId"), **said)
    return call(element.span, kind, arguments)


def _keys(element: Element) -> tuple[Argument, ...]:
    names = [each.text.strip() for each in element.below() if each.tag == "string"]
    names = names or [element.said("user")]
    made = listed(element.span, (Literal(element.span, each) for each in names))
    return named(element.span, credentials=made)
