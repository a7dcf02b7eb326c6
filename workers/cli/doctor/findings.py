"""What the doctor says: one line a finding, with the mend."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]

REDEPLOY = "deploy again with `python -m localstack.provision`"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. `subjects` are the things it is about, when it is not about all."""

    level: Level
    check: str
    what: str
    mend: str = ""
    subjects: tuple[str, ...] = ()


def fault(check: str, subject: str, what: str, mend: str = REDEPLOY) -> Finding:
    """Something that loses events, or stops them."""
    return Finding("fault", check, what, mend, (subject,))


def warning(check: str, subject: str, what: str, mend: str) -> Finding:
    """Something that a person should know."""
    return Finding("warning", check, what, mend, (subject,))


def checked(check: str, when_fine: str, problems: Iterable[Finding]) -> Sequence[Finding]:
    """The problems, those that differ in their subject alone as one; or that all is fine."""
    merged: dict[Finding, list[str]] = {}
    for found in problems:
        alike = Finding(found.level, found.check, found.what, found.mend)
        merged.setdefault(alike, []).extend(found.subjects)
    if not merged:
        return (Finding("ok", check, when_fine),)
    return tuple(
        Finding(each.level, each.check, each.what, each.mend, tuple(subjects))
        for each, subjects in merged.items()
    )


def worst_first(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Faults, then warnings, then what is fine; otherwise as they came."""
    order = {"fault": 0, "warning": 1, "ok": 2}
    yield from sorted(findings, key=lambda found: order[found.level])
