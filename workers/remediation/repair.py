"""One round of repairs over a bundle: each violation is mended in turn, or left with a proposal.

Pure. Files come as bytes and go as bytes; playbooks see text with `\\n` line ends.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from schemas.policy import Violation
from schemas.task import Proposal
from workers.bundle import Repair
from workers.remediation.diff import patch, shown
from workers.remediation.errors import Unreadable, Unrepairable
from workers.remediation.playbooks import ADVICE, ASSISTED, AUTOMATED
from workers.remediation.playbooks.case import Case, Files, Playbook
from workers.remediation.yaml_edit import compose

# What people write is far below; a generated file above it is not one to change by a rule.
FILE_LIMIT = 128 * 1024
PATCH_LIMIT = 16 * 1024

# Raises Unreadable for a path's text that no longer is what the path says.
Check: TypeAlias = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose bundle it is, and which revision the repairs make of it."""

    service: str
    environment: str
    revision: int


@dataclass(frozen=True, slots=True)
class Round:
    """The files that changed, what was repaired, and what was not, each with its proposal."""

    files: Mapping[str, bytes]
    repairs: tuple[Repair, ...]
    unrepaired: tuple[tuple[Violation, Proposal], ...]


def repaired(files: Mapping[str, bytes], violations: Iterable[Violation], place: Place) -> Round:
    """The files after one round. A later repair works on what earlier ones left.

    A repair whose result does not parse is dropped.
    """
    every = tuple(violations)
    done = _round(files, every, place, check=lambda path, text: None)
    try:
        for path, content in done.files.items():
            _check(path, content.decode())
    except Unreadable:
        # One of them broke a file: looked at after each repair, it shows which.
        return _round(files, every, place, check=_check)
    return done


def proposals(
    files: Mapping[str, bytes], violations: Iterable[Violation], place: Place
) -> tuple[Proposal, ...]:
    """What a person could do about each of the violations."""
    return tuple(_proposal(files, violation, place) for violation in violations)


def _round(
    files: Mapping[str, bytes], violations: Iterable[Violation], place: Place, check: Check
) -> Round:
    current = dict(files)
    repairs: list[Repair] = []
    unrepaired: list[tuple[Violation, Proposal]] = []
    for violation in violations:
        if violation.remedy != "automated":
            unrepaired.append((violation, _proposal(files, violation, place)))
            continue
        try:
            diff, made = _mended(files, current, violation, place)
            for path, content in made.items():
                check(path, content.decode())
        except Unrepairable as problem:
            why = f"The fleet did not repair this: {problem}."
            unrepaired.append((violation, _proposal(files, violation, place, why=why)))
        else:
            current |= made
            repairs.append(_record(violation, diff, place))
    after = {path: content for path, content in current.items() if files.get(path) != content}
    return Round(after, tuple(repairs), tuple(unrepaired))


def _mended(
    files: Mapping[str, bytes], current: Mapping[str, bytes], violation: Violation, place: Place
) -> tuple[str, dict[str, bytes]]:
    """The diff of the repair and the files it changes. Raises Unrepairable."""
    playbook = AUTOMATED.get(violation.rule)
    if playbook is None:
        raise Unrepairable("no automated repair is known for this rule")
    before, after = _played(current, violation, place, playbook)
    if before == after:
        # An earlier repair of this round may have done it already; then its diff is told again.
        before, after = _played(files, violation, place, playbook)
        if before == after:
            raise Unrepairable("the repair for this rule changes nothing here")
        return shown(before, after), {}
    made = {path: _as_written(text, current[path]) for path, text in after.items()}
    return shown(before, after), made


def _proposal(
    files: Mapping[str, bytes], violation: Violation, place: Place, *, why: str = ""
) -> Proposal:
    """What a person could do: a patch where there is one to look at, and advice."""
    change = None
    try:
        change = _patch(files, violation, place)
    except Unrepairable as problem:
        why = f"{why} There is no patch: {problem}."
    lead = "Look at the patch before applying it." if change else ""
    words = ADVICE.get(violation.rule, violation.message)
    return Proposal(
        kind="assisted" if change else "advisory",
        rule=violation.rule,
        advice=" ".join(part.strip() for part in (why, lead, words) if part),
        path=violation.path,
        patch=change,
    )


def _patch(files: Mapping[str, bytes], violation: Violation, place: Place) -> str | None:
    """The patch for a person to look at; None where there is only advice. Raises Unrepairable."""
    playbook = _patching(violation)
    if playbook is None:
        return None
    before, after = _played(files, violation, place, playbook)
    for path, text in after.items():
        _check(path, text)
    change = patch(before, after)
    if change is None:
        raise Unrepairable("it would show what looks like a credential")
    if len(change) > PATCH_LIMIT:
        raise Unrepairable("it would be too long to read")
    return change or None


def _played(
    files: Mapping[str, bytes], violation: Violation, place: Place, playbook: Playbook
) -> tuple[Files, Files]:
    """The files that the playbook changes, before and after. Raises Unrepairable."""
    own = violation.path
    if own is None or own not in files:
        raise Unrepairable("the violation does not say in which file of the bundle it is")
    scope = {path: _text(path, files[path]) for path in files if _belongs(path, own)}
    after = playbook(Case(violation, place.service, place.environment, scope))
    changed = [path for path in after if after[path] != scope.get(path)]
    return {path: scope[path] for path in changed}, {path: after[path] for path in changed}


def _belongs(path: str, own: str) -> bool:
    """Whether a repair in `own` may reach into the file: a Terraform folder is one module."""
    one, other = PurePosixPath(path), PurePosixPath(own)
    return path == own or (one.suffix == other.suffix == ".tf" and one.parent == other.parent)


def _text(path: str, content: bytes) -> str:
    if len(content) > FILE_LIMIT:
        raise Unrepairable(f"{path} is larger than {FILE_LIMIT} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not UTF-8") from error
    return text.replace("\r\n", "\n") if _has_crlf(content) else text


def _as_written(text: str, original: bytes) -> bytes:
    return (text.replace("\n", "\r\n") if _has_crlf(original) else text).encode()


def _has_crlf(content: bytes) -> bool:
    """Whether every line ends in CR LF; a file that mixes them is left as it is."""
    return 0 < content.count(b"\r\n") == content.count(b"\n")


def _check(path: str, text: str) -> None:
    """Raises Unreadable when a repaired file no longer is what its name says."""
    suffix = PurePosixPath(path).suffix
    if suffix in (".yaml", ".yml"):
        compose(text)
    elif suffix == ".tf":
        # Half a second with its grammar, which most deliveries of this worker don't need.
        import hcl2  # noqa: PLC0415
        from lark.exceptions import LarkError  # noqa: PLC0415

        try:
            hcl2.parses_to_tree(text)
        except LarkError as error:
            raise Unreadable(f"{path} would not be valid Terraform after the repair") from error


def _patching(violation: Violation) -> Playbook | None:
    """What draws up a patch for a person; for advice alone there is nothing."""
    if violation.remedy == "advisory":
        return None
    asked = AUTOMATED.get(violation.rule) if violation.remedy == "assisted" else None
    return ASSISTED.get(violation.rule, asked)


def _record(violation: Violation, diff: str, place: Place) -> Repair:
    return Repair(
        rule=violation.rule,
        severity=violation.severity,
        message=violation.message,
        path=violation.path or "",
        diff=diff,
        revision=place.revision,
    )
