"""Versions of tools that a project itself names in its files. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

Files = Mapping[str, str]

_TOOL_VERSIONS = {"java": "java", "node": "nodejs", "go": "golang", "gradle": "gradle"}


def version_of(kind: str, files: Files) -> str | None:
    """The version of a tool that the files name, the most specific file first."""
    ways: tuple[Callable[[Files], str | None], ...] = (
        lambda given: _of_asdf(kind, given),
        *_WAYS.get(kind, ()),
    )
    return next((found for way in ways if (found := way(files))), None)


def _of_asdf(kind: str, files: Files) -> str | None:
    name = _TOOL_VERSIONS.get(kind, kind)
    for line in files.get(".tool-versions", "").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name:
            found = re.search(r"\d+(?:\.\d+)*", words[1])
            return found.group(0) if found else None
    return None


def _from(pattern: str, *names: str) -> Callable[[Files], str | None]:
    def found(files: Files) -> str | None:
        for name in names:
            match = re.search(pattern, files.get(name, ""), re.MULTILINE)
            if match:
                return match.group(1)
        return None

    return found


def _of_package(files: Files) -> str | None:
    try:
        package = json.loads(files.get("package.json", ""))
    except json.JSONDecodeError:
        return None
    engines = package.get("engines") if isinstance(package, dict) else None
    asked = engines.get("node") if isinstance(engines, dict) else None
    return asked if isinstance(asked, str) and "${{" not in asked else None


def named_files() -> Iterator[str]:
    """The files, from the top of a repository, that are worth giving."""
    yield from (".tool-versions", ".java-version", ".nvmrc", ".node-version", ".go-version")
    yield from ("pom.xml", "package.json", "go.mod", "global.json")


_JAVA_POM = r"<(?:maven\.compiler\.(?:release|source)|java\.version|release)>(?:1\.)?(\d+)<"
_WAYS: Mapping[str, tuple[Callable[[Files], str | None], ...]] = {
    "java": (_from(r"^(?:1\.)?(\d+)", ".java-version"), _from(_JAVA_POM, "pom.xml")),
    "node": (_from(r"^v?(\d+(?:\.\d+)*)", ".nvmrc", ".node-version"), _of_package),
    "go": (_from(r"^(\d+(?:\.\d+)*)", ".go-version"), _from(r"^go (\d+(?:\.\d+)*)", "go.mod")),
    "dotnet": (_from(r'"version"\s*:\s*"(\d+\.\d+)', "global.json"),),
}
