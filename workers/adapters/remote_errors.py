"""Statuses and exceptions of servers that a person named, in the words of the port."""

from collections.abc import Iterator, Mapping

from requests import Response
from requests.exceptions import ChunkedEncodingError, RequestException, SSLError, Timeout
from requests.exceptions import ConnectionError as NoConnection

from workers.ports.remote import (
    Conflict,
    NotFound,
    Refused,
    RemoteError,
    Unauthorised,
    Unreachable,
)
from workers.redaction import redacted

_SAID = 200


def of_status(
    who: str, status: int, headers: Mapping[str, str], said: str, *, scope: str
) -> RemoteError:
    """What a status means; `said` is the server's own reason, `scope` what the token needs."""
    reason = f"{who} answers {status}" + (f" ({plain(said)})" if said else "")
    if _is_limit(status, headers, said):
        return Unreachable(f"{reason}, for too many requests", f"try again {_when(headers)}")
    match status:
        case 401 | 403:
            mend = "a valid token of the user" if status == 401 else f"the token {scope}"
            return Unauthorised(reason, f"give {mend}")
        case 404 | 410:
            return NotFound(reason, f"see that the name is right, and give the token {scope}")
        case 409:
            return Conflict(reason, "look at what is there, and try again")
        case _ if status >= 500:
            return Unreachable(reason, "try again later, or look into the server's log")
    return Refused(reason, "look at the request, and at the URL of the server")


def of_connection(who: str, error: RequestException) -> RemoteError:
    """What it means that there is no answer."""
    match error:
        case SSLError():
            mend = "see that the host is right, and give the authority that signed its certificate"
            return Unreachable(f"the certificate of {who} is not trusted", mend)
        case Timeout():
            return Unreachable(f"{who} does not answer in time", "try again later")
        case NoConnection() | ChunkedEncodingError():
            return Unreachable(f"{who} does not answer", "see that the URL is right and it runs")
    return Refused(f"{who} does not answer as HTTP has it", "see that the URL is right")


def not_understood(who: str, product: str) -> Refused:
    """For an answer in which something is missing or of another shape."""
    return Refused(f"{who} does not answer as {product} does", f"give the URL of a {product}")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those while handling which it was raised."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def answer(error: BaseException) -> Response | None:
    """The answer that an exception is about."""
    found = (each.response for each in causes(error) if isinstance(each, RequestException))
    return next((each for each in found if each is not None), None)


def plain(text: str) -> str:
    """Some words of a server, on one line and without what looks like a credential."""
    words = "".join(each if each.isprintable() else " " for each in redacted(text[:2000]))
    return " ".join(words.split())[:_SAID]


def _is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    if status == 429:
        return True
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == 403 and (spent or "rate limit" in said.lower())


def _when(headers: Mapping[str, str]) -> str:
    after = headers.get("retry-after", "")
    return f"in {int(after[:6])} seconds" if after.isascii() and after.isdigit() else "later"
