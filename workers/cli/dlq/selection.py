"""Which dead letters a command means, and those that failed alike. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.cli.dlq.letters import DeadLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Every condition that is given must hold; without any it is every letter."""

    message_id: str | None = None
    fingerprint: str | None = None
    event_type: str | None = None
    not_after: datetime | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether the letter is meant. The beginning of a fingerprint is enough."""
        return (
            self.message_id in (None, letter.message_id)
            and letter.fingerprint.startswith(self.fingerprint or "")
            and self.event_type in (None, letter.event_type)
            and (self.not_after is None or letter.since <= self.not_after)
        )

    @property
    def whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Letters of one queue that failed alike."""

    fingerprint: str
    cause: str
    event_type: str
    messages: int
    oldest: datetime
    newest: datetime
    reason: str


def failures(letters: Iterable[DeadLetter]) -> list[Failure]:
    """The letters by fingerprint, the most frequent first; the reason is that of the newest."""
    alike: dict[str, list[DeadLetter]] = {}
    for letter in letters:
        alike.setdefault(letter.fingerprint, []).append(letter)
    found = [_failure(sorted(group, key=lambda each: each.since)) for group in alike.values()]
    return sorted(found, key=lambda failure: (-failure.messages, failure.fingerprint))


def _failure(group: list[DeadLetter]) -> Failure:
    newest = group[-1]
    return Failure(
        fingerprint=newest.fingerprint,
        cause=newest.cause,
        event_type=newest.event_type or "?",
        messages=len(group),
        oldest=group[0].since,
        newest=newest.since,
        reason=newest.reason,
    )


def age(span: timedelta) -> str:
    """A span as a person says it, in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
