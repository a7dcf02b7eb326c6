"""What AWS and the way to it can answer, as the two errors that the runtime understands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
)

from workers.ports import Away, Reject, Retry

# No answer, or nothing to identify ourselves with: no other request would fare better.
_AWAY = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    TimeoutError,
)

# What is answered by a service that is asked too much (botocore's own list in `retries/standard`),
# and when temporary credentials have ended. A 5xx and a 429 need no name.
_NOT_NOW = frozenset(
    {
        "BandwidthLimitExceeded",
        "ExpiredToken",
        "ExpiredTokenException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

# Answers that stay the same however often the request is made. A missing table or bucket is not
# among them: a stack that is being deployed has them a minute later.
_FINAL = frozenset(
    {
        "NoSuchKey",
        "EntityTooLarge",
        "InvalidObjectState",
        "ValidationException",
        "BadRequestException",
        "MessageRejected",
        "MailFromDomainNotVerifiedException",
        "AccountSuspendedException",
    }
)


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Raises Reject for answers that are final, Away for none at all, and Retry for the rest.

    Throttling and 5xx are Away, too. What can't be told is a Retry: the route bounds the tries,
    after which the message is parked with the reason.
    """
    try:
        yield
    except ClientError as error:
        reason = f"{action}: {code_of(error)}: {_message(error)}"
        if code_of(error) in _FINAL:
            raise Reject(reason) from error
        if _is_away(error):
            raise Away(reason) from error
        raise Retry(reason) from error
    except ParamValidationError:
        # Our own mistake: it crashes as what it is.
        raise
    except _away() as error:
        raise Away(f"{action}: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise Retry(f"{action}: {type(error).__name__}") from error


def _away() -> tuple[type[Exception], ...]:
    """With aiohttp's own, of bodies that broke off, where it is in use: it takes long to import."""
    aiohttp = sys.modules.get("aiohttp")
    return _AWAY if aiohttp is None else (*_AWAY, aiohttp.ClientError)


def code_of(error: ClientError) -> str:
    """AWS's own name of the error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _is_away(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status == 429 or status >= 500 or code_of(error) in _NOT_NOW


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))[:300]
