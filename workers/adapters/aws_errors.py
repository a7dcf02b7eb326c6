"""What AWS and the way to it can answer, as the two errors that the runtime understands."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientError as BrokenBody
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ParamValidationError,
)

from workers.ports import Reject, Retry

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
    """Raises Reject for answers that are final, and Retry for the rest.

    Throttling, 5xx and broken connections are Retry, and so is what can't be told: the route bounds
    the tries, after which the message is parked with the reason.
    """
    try:
        yield
    except ClientError as error:
        reason = f"{action}: {code_of(error)}: {_message(error)}"
        if code_of(error) in _FINAL:
            raise Reject(reason) from error
        raise Retry(reason) from error
    except ParamValidationError:
        # Our own mistake: it crashes as what it is.
        raise
    except (BotoCoreError, BrokenBody, TimeoutError) as error:
        raise Retry(f"{action}: {type(error).__name__}") from error


def code_of(error: ClientError) -> str:
    """AWS's own name of the error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))[:300]
