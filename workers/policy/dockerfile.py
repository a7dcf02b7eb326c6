"""Dockerfile text -> its instructions, with what ARG and ENV say put in where it decides. Pure.

https://docs.docker.com/reference/dockerfile/: parser directives, continuations, comments inside
continuations, here-documents, and the scope of ARG (before the first FROM: only for FROM).
"""

import re
import shlex
from collections.abc import Iterator
from typing import Any

from workers.policy.plain import Unreadable

INSTRUCTIONS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"}
    | {"MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"(?:^|\s)\d*<<-?(['\"]?)(\w+)\1")
# More than any image has a use for; each reference to itself would double a value.
_LONGEST = 64 * 1024
_REFERENCE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}$]*))?\})")


def instructions(text: str) -> list[dict[str, Any]]:
    """The instructions in order. `names` are the variables that an ENV or ARG sets.

    Raises Unreadable for an instruction that Docker does not have.
    """
    made: list[dict[str, Any]] = []
    for_from: dict[str, str] = {}
    stage: dict[str, str] | None = None
    for word, arguments in _logical_lines(text):
        name = word.upper()
        if name not in INSTRUCTIONS:
            raise Unreadable(f"{word[:40]!r} is not a Dockerfile instruction")
        instruction: dict[str, Any] = {"instruction": name, "arguments": arguments}
        if name == "FROM":
            instruction["arguments"] = _put_in(arguments, for_from)
            stage = {}
        elif name == "USER":
            instruction["arguments"] = _put_in(arguments, stage or {})
        elif name in ("ENV", "ARG"):
            variables = _variables(name, arguments)
            instruction["names"] = sorted(variables)
            _declare(variables, for_from, stage)
        made.append(instruction)
    return made


def _declare(
    variables: dict[str, str | None], for_from: dict[str, str], stage: dict[str, str] | None
) -> None:
    scope = for_from if stage is None else stage
    for name, value in variables.items():
        # `ARG NAME` in a stage takes the value from before the first FROM.
        known = for_from.get(name) if value is None else _put_in(value, scope)
        if known is not None:
            scope[name] = known


def _put_in(text: str, variables: dict[str, str]) -> str:
    def found(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return variables.get(name) or match[3] or match[0]

    put_in = _REFERENCE.sub(found, text)
    if len(put_in) > _LONGEST:
        raise Unreadable(f"its variables unfold to more than {_LONGEST} characters")
    return put_in


def _variables(name: str, arguments: str) -> dict[str, str | None]:
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise Unreadable(f"{name} with a quote that does not end") from error
    if name == "ENV" and words and "=" not in words[0]:
        # The old form: `ENV NAME the whole rest`.
        return {words[0]: " ".join(words[1:])}
    pairs = (word.partition("=") for word in words)
    return {key: value if equals else None for key, equals, value in pairs}


def _logical_lines(text: str) -> Iterator[tuple[str, str]]:
    lines = text.removeprefix("\ufeff").splitlines()
    escape = _escape(lines)
    rest = iter(lines)
    for line in rest:
        if not _counts(line):
            continue
        joined = line.strip()
        while joined.endswith(escape):
            following = next((later for later in rest if _counts(later)), None)
            joined = joined[:-1] + (following or "").rstrip()
            if following is None:
                break
        word, *arguments = joined.split(None, 1)
        yield word, "".join(arguments)
        if word.upper() in ("RUN", "COPY", "ADD"):
            for _, terminator in _HEREDOC.findall("".join(arguments)):
                _skip_past(terminator, rest)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _skip_past(terminator: str, rest: Iterator[str]) -> None:
    if not any(line.strip() == terminator for line in rest):
        raise Unreadable(f"a here-document that never meets its {terminator[:40]!r}")


def _escape(lines: list[str]) -> str:
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if not directive:
            break
        if directive[1].lower() == "escape" and directive[2] in ("\\", "`"):
            return directive[2]
    return "\\"
