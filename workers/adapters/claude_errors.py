"""What the SDK raises, in our words: worth another try, or no reply at all."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import anthropic
import httpx2
from botocore.exceptions import BotoCoreError

from workers.adapters.patience import Transient
from workers.ports import NoReply
from workers.redaction import redacted

# RuntimeError: what the SDK's Bedrock client raises when it finds no AWS credentials.
FOREIGN = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    json.JSONDecodeError,
    BotoCoreError,
    TimeoutError,
    RuntimeError,
)

_REFUSED = (401, 403)
_TRANSIENT = (408, 409, 425, 429)


def translated(error: Exception, now: datetime) -> Transient | NoReply:
    """What a foreign exception means. Neither the key nor the prompt is in it."""
    match error:
        case anthropic.APIStatusError():
            return _status(error, now)
        case anthropic.APITimeoutError() | TimeoutError() | httpx2.TimeoutException():
            return Transient("the provider did not answer in time")
        case anthropic.APIResponseValidationError() | json.JSONDecodeError():
            return Transient("the provider's answer is not JSON of a message")
        case anthropic.APIConnectionError() | httpx2.HTTPError():
            return Transient("the connection to the provider broke")
        case _:
            return NoReply(f"the model can't be called: {redacted(str(error))[:200]}")


def _status(error: anthropic.APIStatusError, now: datetime) -> Transient | NoReply:
    status = error.status_code
    kind = f"HTTP {status}" + (f" {error.type}" if error.type else "")
    if status in _REFUSED:
        return NoReply(f"the provider does not accept the credentials ({kind})")
    if status in _TRANSIENT or status >= 500:
        return Transient(f"the provider answered {kind}", retry_after(error, now))
    message = redacted(error.api_message or "")[:200]
    return NoReply(f"the provider refused the request ({kind}): {message}".removesuffix(": "))


def retry_after(error: anthropic.APIStatusError, now: datetime) -> timedelta | None:
    """The wait in the `retry-after` header, in seconds or as a date (RFC 9110, 10.2.3)."""
    header = error.response.headers.get("retry-after", "")
    try:
        return max(timedelta(0), timedelta(seconds=float(header)))
    except (ValueError, OverflowError):
        pass
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(0), aware - now)
