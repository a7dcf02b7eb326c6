"""When a call is made again, and after how long: botocore's "standard" retry mode.

See the AWS SDKs and Tools reference guide, "Retry behavior". Pure, but for the quota's counter.
"""

from dataclasses import dataclass

from botocore.exceptions import (
    ConnectionError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

TRANSIENT_CODES = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"}
)
THROTTLING_CODES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
TRANSIENT_ERRORS = (ConnectionError, HTTPClientError)
# Temporary credentials that have ended: new ones may be there.
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException"})
# What a service says when our clock is off, or may be.
SKEW_CODES = frozenset(
    {
        "RequestTimeTooSkewed",
        "RequestExpired",
        "RequestInTheFuture",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "AuthFailure",
    }
)

_LONGEST_PAUSE = 20.0
_CAPACITY = 500
_COST = 5
_COST_OF_A_TIMEOUT = 10
_GAIN = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often a call is tried in all, and how long, in seconds, it may be silent.

    `connections` are as many as botocore opens for a client at most (`max_pool_connections`). AWS
    hangs up on one that is idle for twenty seconds or more: after `idle` it is not used again.
    """

    attempts: int = 3
    connect: float = 3.0
    read: float = 60.0
    connections: int = 10
    idle: float = 12.0


def is_worth_another(status: int, code: str | None, retryable: frozenset[str]) -> bool:
    """Whether an answer is of the kind that another try may mend."""
    return (
        status in TRANSIENT_STATUSES
        or code in TRANSIENT_CODES
        or code in THROTTLING_CODES
        or code in retryable
    )


def pause(attempt: int, chance: float) -> float:
    """Seconds before the next try after that attempt, the first being 1; chance is in [0, 1)."""
    return chance * min(2.0 ** min(attempt - 1, 10), _LONGEST_PAUSE)


class Quota:
    """What a client may spend on retries: a service that is down is not asked thrice for ever."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._most = capacity
        self._left = capacity

    def spend(self, failure: Exception | None) -> int:
        """What the retry costs; 0 if there is not enough left for it."""
        timeout = isinstance(failure, ConnectTimeoutError | ReadTimeoutError)
        cost = _COST_OF_A_TIMEOUT if timeout else _COST
        if cost > self._left:
            return 0
        self._left -= cost
        return cost

    def succeeded(self, spent: int) -> None:
        """A success gives back what its last retry cost, and one that needed none a little."""
        if self._left < self._most:
            self._left = min(self._most, self._left + (spent or _GAIN))
