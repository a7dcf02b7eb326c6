"""Credentials: bindings of every type to secrets, and the names of what a person creates."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from workers.migration.actions.expressions import wrapped
from workers.migration.convert.frame import Frame
from workers.migration.convert.work import Work, secret_name
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, ListValue
from workers.migration.replacing import replace

_Said: TypeAlias = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Binding:
    """What one binding gives a script: variables, and lines that write the files it needs."""

    env: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def with_credentials(work: Work, step: Step, frame: Frame) -> Frame:
    """`withCredentials([…]) { … }`."""
    given = _bindings(step)
    made = [_binding(work, step, each, frame) for each in given]
    known = [each for each in made if each is not None]
    if not given or len(known) < len(given):
        work.record.manual(step, "bind this credential by hand: its type is a plugin's own")
    else:
        work.record.changed(step, "secrets of the repository, in the environment of each step")
    env = {name: value for each in known for name, value in each.env.items()}
    lines = tuple(line for each in known for line in each.lines)
    inner = replace(
        frame.having(env),
        prelude=frame.prelude + lines,
        scope=replace(frame.scope, environment={**frame.scope.environment, **_texts(known)}),
    )
    after = work.emit(step.body or (), inner)
    return replace(frame, scope=replace(after.scope, environment=frame.scope.environment))


def secret(work: Work, credential: str, text: str) -> str:
    """The expression for a secret, which a person is asked to create."""
    name = secret_name(credential)
    work.record.task("secret", name, text)
    return wrapped(f"secrets.{name}")


def username_and_password(work: Work, credential: str) -> tuple[str, str]:
    """The expressions for both halves of a credential."""
    where = f"of the Jenkins credential `{credential}`"
    return (
        secret(work, f"{credential}_USERNAME", f"the user name {where}"),
        secret(work, f"{credential}_PASSWORD", f"the password {where}"),
    )


def declared(work: Work, name: str, credential: str, source: str) -> dict[str, str]:
    """`NAME = credentials('id')`: which type it has shows in how the pipeline uses it."""
    if f"{name}_USR" in source or f"{name}_PSW" in source:
        user, password = username_and_password(work, credential)
        return {f"{name}_USR": user, f"{name}_PSW": password}
    text = f"the text of the Jenkins credential `{credential}` (user:password for a pair)"
    return {name: secret(work, credential, text)}


def _bindings(step: Step) -> tuple[Value, ...]:
    first = step.named.get("bindings") or next(iter(step.positional), None)
    return first.items if isinstance(first, ListValue) else ()


def _texts(bindings: list[Binding]) -> dict[str, tuple[str, ...]]:
    names = [name for each in bindings for name in each.env]
    names += [
        line.split("=", 1)[0].removeprefix("export ") for each in bindings for line in each.lines
    ]
    return {name: () for name in names if name.isidentifier()}


def _binding(work: Work, step: Step, value: Value, frame: Frame) -> Binding | None:
    if not isinstance(value, Call):
        return None
    credential = _credential(work, step, value, frame)
    said = {key: work.fixed(each, frame) for key, each in value.named.items()}
    where = f"of the Jenkins credential `{credential}`"
    make = _BINDINGS.get(value.name)
    return None if make is None else make(work, credential, said, where)


def _text(work: Work, credential: str, said: _Said, where: str) -> Binding:
    name = said.get("variable") or "SECRET"
    return Binding({name: secret(work, credential, f"the text {where}")})


def _pair(work: Work, credential: str, said: _Said, where: str) -> Binding:
    user, password = username_and_password(work, credential)
    names = (said.get("usernameVariable") or "USERNAME", said.get("passwordVariable") or "PASSWORD")
    return Binding(dict(zip(names, (user, password), strict=True)))


def _git(work: Work, credential: str, said: _Said, where: str) -> Binding:
    user, password = username_and_password(work, credential)
    return Binding({"GIT_USERNAME": user, "GIT_PASSWORD": password}, tuple(_askpass()))


def _secret_file(work: Work, credential: str, said: _Said, where: str) -> Binding:
    name = said.get("variable") or said.get("keystoreVariable") or "FILE"
    content = secret(work, f"{credential}_BASE64", f"the file {where}, in base64")
    return Binding({f"{name}_BASE64": content}, tuple(_file(name, decode=True)))


def _key(work: Work, credential: str, said: _Said, where: str) -> Binding:
    name = said.get("keyFileVariable") or "SSH_KEY"
    env = {f"{name}_TEXT": secret(work, f"{credential}_KEY", f"the private key {where}")}
    if user := said.get("usernameVariable"):
        env[user] = secret(work, f"{credential}_USERNAME", f"the user name {where}")
    return Binding(env, tuple(_file(name, decode=False)))


_BINDINGS: Mapping[str, Callable[[Work, str, _Said, str], Binding]] = {
    "string": _text,
    "usernameColonPassword": _text,
    "usernamePassword": _pair,
    "gitUsernamePassword": _git,
    "file": _secret_file,
    "certificate": _secret_file,
    "zip": _secret_file,
    "sshUserPrivateKey": _key,
}


def _credential(work: Work, step: Step, value: Call, frame: Frame) -> str:
    """The id of a credential; where it is computed, the source of it gives the secret's name."""
    given = value.named.get("credentialsId")
    fixed = work.fixed(given, frame)
    if fixed is not None:
        return fixed
    said = work.record.text(given) if given is not None else "credential"
    work.record.manual(step, f"which credential `{said}` is, a person must say")
    return said.strip("\"'$ {}")


def _file(name: str, *, decode: bool) -> Iterator[str]:
    """Lines that write a secret to a file of its own, and remove it when the script ends."""
    path = f'"$RUNNER_TEMP"/{shlex.quote(name.lower())}'
    yield f"export {name}={path}"
    yield f"trap 'rm -f \"${name}\"' EXIT"
    yield "umask 077"
    if decode:
        yield f'printf %s "${name}_BASE64" | base64 -d > "${name}"'
    else:
        yield f'printf \'%s\\n\' "${name}_TEXT" > "${name}"'


def _askpass() -> Iterator[str]:
    yield 'export GIT_ASKPASS="$RUNNER_TEMP"/askpass'
    yield "trap 'rm -f \"$GIT_ASKPASS\"' EXIT"
    yield (
        "printf '%s\\n' '#!/bin/sh' 'case \"$1\" in User*) echo \"$GIT_USERNAME\" ;; "
        '*) echo "$GIT_PASSWORD" ;; esac\' > "$GIT_ASKPASS"'
    )
    yield 'chmod 700 "$GIT_ASKPASS"'
