"""Where a tool lies: what `tool 'name'` gives a scripted pipeline. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Home:
    """The kind of a tool, and the command that prints where it lies once it is set up."""

    kind: str
    command: str


def home(name: str) -> Home | None:
    """The home of the tool that an installation's name or type speaks of."""
    words = re.split(r"[^a-z]+", name.lower())
    kind = next((kind for word in words if (kind := _WORDS.get(word))), None)
    return None if kind is None else Home(kind, _COMMANDS[kind])


_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "maven": "mvn -v | sed -n 's/^Maven home: //p'",
        "java": 'echo "$JAVA_HOME"',
        "node": 'dirname "$(dirname "$(command -v node)")"',
        "go": "go env GOROOT",
        "gradle": 'echo "$GRADLE_HOME"',
        "ant": 'echo "$ANT_HOME"',
        "docker": "echo /usr",
        "git": "command -v git",
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("maven", "mvn", "m", "apache", "maventool"), "maven"),
        **dict.fromkeys(("jdk", "java", "openjdk", "temurin", "adoptopenjdk", "oracle"), "java"),
        **dict.fromkeys(("node", "nodejs", "npm"), "node"),
        **dict.fromkeys(("go", "golang"), "go"),
        "gradle": "gradle",
        "ant": "ant",
        **dict.fromkeys(("docker", "dockertool"), "docker"),
        "git": "git",
    }
)
