"""What another company's server does not do, in the words of the person who asked.

RemoteError          one line with the cause, one with the mend; neither holds a token
├── Unreachable      no answer, none in time, a broken one, or one of 5xx or 429: time may help
├── Unauthorised     the token is missing, wrong, or may not do this
├── NotFound         what was named is not there, or the token does not see it
├── Conflict         something else is already in its place
├── Refused          the address or the request is one that is not followed or not understood
└── NotInstalled     the client's library is not there

All are raised by the adapters of JenkinsServer and CodeHost; the migration's service raises
NotFound, Conflict and Refused as well.
"""

from typing import ClassVar, Literal

Kind = Literal[
    "unreachable", "unauthorised", "not_found", "conflict", "refused", "not_installed"
]  # fmt: skip


class RemoteError(Exception):
    """A server did not do what it was asked; `mend` says what helps."""

    kind: ClassVar[Kind]

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(f"{reason}: {mend}")
        self.reason = reason
        self.mend = mend


class Unreachable(RemoteError):
    """No answer, none in time, or one that says to come back later."""

    kind = "unreachable"


class Unauthorised(RemoteError):
    """The token is missing, wrong, or may not do this."""

    kind = "unauthorised"


class NotFound(RemoteError):
    """What was named is not there, or the token does not see it."""

    kind = "not_found"


class Conflict(RemoteError):
    """Something else is already in its place."""

    kind = "conflict"


class Refused(RemoteError):
    """The address or the request is one that is not followed or not understood."""

    kind = "refused"


class NotInstalled(RemoteError):
    """The client's library is not there."""

    kind = "not_installed"
