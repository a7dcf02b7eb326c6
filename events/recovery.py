"""What is done about named exceptions on a route, where it differs from the route's own way. Pure.

Nothing here drops a message: it is tried again, or it waits for a person in the dead-letter queue.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

# As the dead letters and the metrics write it.
_CAUSE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Tries so often, the first included; waits below `base` at first, and never over `cap`."""

    attempts: int
    base: timedelta
    cap: timedelta

    def __post_init__(self) -> None:
        # Not over 100: a queue's own limit on receives has to come after it.
        if not 1 <= self.attempts <= 100 or not timedelta(0) < self.base <= self.cap:
            raise ValueError(f"no recovery can be made of {self}")


@dataclass(frozen=True, slots=True)
class Park:
    """Parks at the first failure, under a cause of its own."""

    cause: str

    def __post_init__(self) -> None:
        if not _CAUSE.fullmatch(self.cause):
            raise ValueError(f"{self.cause!r} is no cause, such as quota_used_up")


Recovery = Retry | Park


def recovery_for(on_error: Mapping[str, Recovery], error: BaseException) -> Recovery | None:
    """The one named after the error's class, else after the nearest class that it derives from."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((on_error[name] for name in names if name in on_error), None)
