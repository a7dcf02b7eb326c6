"""Scripts: the text of sh, bat and powershell steps, and the environment it needs. Pure.

A value that is known only when the step runs reaches the script as a variable, never as text:
whoever names a branch cannot write into the script.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workers.migration.actions.expressions import bare, is_untrusted, plain, wrapped
from workers.migration.convert.known import BUILT_IN
from workers.migration.convert.quoting import ShellState
from workers.migration.convert.scope import Part, Ref, Scope, Unknown

Language: TypeAlias = Literal["sh", "bat", "powershell"]

_SHEBANG = re.compile(r"#!\s*(?:/usr/bin/env\s+)?(?:\S*/)?(?P<program>[\w.]+)(?P<flags>.*)")
_MENTIONS: Mapping[Language, re.Pattern[str]] = {
    "sh": re.compile(r"(?<!\\)\$\{?([A-Za-z_]\w*)"),
    "bat": re.compile(r"%([A-Za-z_]\w*)%"),
    "powershell": re.compile(r"\$\{?env:([A-Za-z_]\w*)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script, the variables it needs, the shell it asks for, and what is missing in it."""

    text: str
    env: Mapping[str, str]
    shell: str | None = None
    missing: tuple[tuple[str, str], ...] = ()


def script(text: tuple[Part, ...], scope: Scope, language: Language) -> Script:
    """The script of a step. `missing` pairs each variable that has to be given with its source."""
    env: dict[str, str] = {}
    missing: dict[str, str] = {}
    body = "".join(_pieces(text, language, env, missing, scope))
    shell, first, rest = _shell(body, language)
    env = {**_mentioned(rest, scope, language), **env}
    # A comment now, since the step names its shell; and still a line of the script.
    whole = f"{first}\n{_tidy(rest)}" if first else _tidy(rest)
    return Script(whole, env, shell, tuple(missing.items()))


def reference(ref: Ref, scope: Scope) -> dict[str, str]:
    """The environment that a step needs to see a variable; nothing where it is there already."""
    if ref.name in scope.runtime or ref.name in scope.environment or ref.name in scope.inputs:
        return {}
    return {ref.name: wrapped(ref.expression)} if ref.name in BUILT_IN else {}


def _pieces(
    text: Iterable[Part],
    language: Language,
    env: dict[str, str],
    missing: dict[str, str],
    scope: Scope,
) -> Iterator[str]:
    state = ShellState()
    for part in text:
        if isinstance(part, str):
            state.read(part)
            yield plain(part)
            continue
        if state.quote == "<":
            # A here-document in quotes expands no variable: only what is safe as text goes in.
            yield _verbatim(part, missing)
            continue
        if isinstance(part, Ref):
            name = part.name
            if not _is_there(part, scope):
                env[name] = wrapped(bare(part.expression))
        else:
            name = _placeholder(part, missing)
        yield _use(name, isinstance(part, Unknown), language, state.quote)


def _is_there(part: Ref, scope: Scope) -> bool:
    """Whether the environment has it already: what a step set, and every parameter."""
    asked = (f"inputs.{part.name}", scope.input_expression(part.name))
    return part.expression.startswith("env.") or part.expression in asked


def _use(name: str, absent: bool, language: Language, quote: str) -> str:
    if language == "bat":
        return f"%{name}%"
    if language == "powershell":
        return f"${{env:{name}}}"
    use = f"${{{name}:?not converted}}" if absent else f"${{{name}}}"
    # Groovy filled it in before the shell saw the quotes.
    return f"'\"{use}\"'" if quote == "'" else use


def _verbatim(part: Ref | Unknown, missing: dict[str, str]) -> str:
    if isinstance(part, Ref) and not is_untrusted(part.expression):
        return wrapped(part.expression)
    name = _placeholder(part if isinstance(part, Unknown) else Unknown(part.name), missing)
    return f"${{{name}}}"


def _placeholder(part: Unknown, missing: dict[str, str]) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", part.text).strip("_").upper()[:40].rstrip("_")
    name = base = words if words and not words[0].isdigit() else f"VALUE_{words}".rstrip("_")
    number = 2
    while missing.get(name, part.text) != part.text:
        name, number = f"{base}_{number}", number + 1
    missing[name] = part.text
    return name


def _mentioned(body: str, scope: Scope, language: Language) -> dict[str, str]:
    """What Jenkins would have set, where the script uses it and nothing of ours is called so."""
    found = [name for name in _MENTIONS[language].findall(body) if name in BUILT_IN]
    if not found:
        return {}
    own = scope.environment.keys() | scope.runtime | scope.inputs.keys()
    set_here = set(re.findall(r"(?:^|[\s;])(?:export\s+)?([A-Za-z_]\w*)=", body))
    return {
        name: wrapped(BUILT_IN[name]) for name in found if name not in own and name not in set_here
    }


def _shell(body: str, language: Language) -> tuple[str | None, str, str]:
    """The interpreter that a script's first line names, that line, and the lines after it.

    Without -e it does not stop at errors.
    """
    if language == "bat":
        return "cmd", "", body
    if language == "powershell":
        return "powershell", "", body
    first, _, rest = body.strip().partition("\n")
    found = _SHEBANG.match(first)
    if not found:
        return None, "", body
    program, flags = found.group("program"), found.group("flags").strip()
    if program.startswith("python"):
        return ("python" if program == "python" else f"{program} {{0}}"), first, rest
    if program in ("groovy",):
        return f"{program} {{0}}", first, rest
    return " ".join(each for each in (program, flags, "{0}") if each), first, rest


def _tidy(body: str) -> str:
    """Without the margin and the empty lines around that the Jenkinsfile's layout gave it."""
    lines = body.replace("\r\n", "\n").split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    text = textwrap.dedent("\n".join(lines))
    return text if "\n" not in text else text + "\n"
