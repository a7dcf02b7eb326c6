"""What the end of a run by an exception means for its message. Pure."""

from events.errors import Oversized
from events.recovery import recovery_for
from events.routes import Route
from workers.ports import Reject, Retry
from workers.runtime.claim_check import PayloadsUnavailable
from workers.runtime.fingerprint import of_exception
from workers.runtime.guarded import PortAway
from workers.runtime.queue import Parking
from workers.runtime.run import Overdue
from workers.runtime.settle import Failed, Outcome, Paused, Unacceptable, Unavailable

# What a handler and its ports may end a run with, and mean it. Anything else is a bug.
Meant = Retry | Reject | Oversized | Overdue | PayloadsUnavailable


def outcome_of(error: Meant, route: Route) -> Outcome:
    """The outcome of a run that ended with it."""
    match error:
        case PayloadsUnavailable():
            return Unavailable("payloads_unavailable", str(error))
        case PortAway(outage=True):
            return Paused(str(error))
        case Retry():
            return _failed("retry", str(error), error, route)
        case Overdue():
            return _failed("timed_out", str(error), error, route)
        case Reject() | Oversized():
            fingerprint = of_exception(error)
            return Unacceptable(
                Parking("rejected", str(error), route.name, fingerprint=fingerprint)
            )


def bug(error: Exception, route: Route) -> Failed:
    """The outcome of a run that ended with something that nobody meant."""
    return _failed("bug", f"{type(error).__name__}: {error}", error, route)


def was_a_try(outcome: Outcome) -> bool:
    """Whether the message itself had its chance."""
    return not isinstance(outcome, Paused | Unavailable)


def _failed(cause: str, reason: str, error: Exception, route: Route) -> Failed:
    after = error.after if isinstance(error, Retry) else None
    return Failed(cause, reason, after, of_exception(error), recovery_for(route.on_error, error))
