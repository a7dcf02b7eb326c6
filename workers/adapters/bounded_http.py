"""What every answer of a server that a person named is held to, for clients that use requests.

It is imported where one of those clients is: requests comes with them.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, InvalidURL, ReadTimeout
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from workers.ports.remote import Refused

_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how large and how often. `waits` is for each read, `lasts` for a whole answer."""

    waits: timedelta = timedelta(seconds=10)
    lasts: timedelta = timedelta(seconds=30)
    size: int = 32 * 1024 * 1024
    retries: int = 2
    backoff: timedelta = timedelta(milliseconds=300)
    # The certificates of a company's own authority, besides which nothing is trusted then.
    authorities: str | None = None
    # Where given, the only hosts that may be asked.
    hosts: frozenset[str] | None = field(default=None)

    @property
    def waits_seconds(self) -> float:
        """The same as requests and its clients take it."""
        return self.waits.total_seconds()


def checked(url: str, limits: Limits) -> SplitResult:
    """The parts of a server's URL that may be asked. Raises Refused.

    A cloud's metadata service answers on a link-local address, to whoever can make this process
    ask.
    """
    mend = "give it as https://HOST or https://HOST/PATH"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused("that is no URL", mend) from None
    odd = any(each.isspace() or not each.isprintable() or each == "\\" for each in url)
    if parts.scheme not in ("http", "https") or not host or odd:
        raise Refused("that is no URL of http or https", mend)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise Refused("the URL holds more than a host and a path", f"{mend}, the token apart")
    if _link_local(host) or (limits.hosts is not None and host not in limits.hosts):
        raise Refused(
            f"{host} is not one of the hosts that may be asked", "allow it, or name another"
        )
    return parts


class BoundedAdapter(HTTPAdapter):
    """Sends to one origin, never unverified, and reads no more and no longer than allowed.

    No redirect is followed: the token would go along. Only what may be repeated is sent again.
    """

    def __init__(self, origin: SplitResult, limits: Limits) -> None:
        self._origin = _place(origin)
        self._limits = limits
        super().__init__(max_retries=_retry(limits))

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        """Raises what requests raises, and Refused."""
        if _place(urlsplit(request.url or "")) != self._origin:
            raise InvalidURL("another server was to be asked")
        known = {"proxies": options.get("proxies"), "cert": options.get("cert")}
        verified = self._limits.authorities or options.get("verify") or True
        until = time.monotonic() + self._limits.lasts.total_seconds()
        seconds = self._limits.waits_seconds
        response = super().send(request, stream=True, timeout=seconds, verify=verified, **known)
        try:
            _check_moved(response)
            # As requests itself keeps what it has read.
            response._content = self._read(response, until)
            response._content_consumed = True
        finally:
            response.close()
        return response

    def _read(self, response: Response, until: float) -> bytes:
        body = bytearray()
        while chunk := _read(response):
            body += chunk
            if len(body) > self._limits.size:
                reason = f"the answer is over {self._limits.size} bytes"
                raise Refused(reason, "ask for less, or raise the limit")
            if time.monotonic() > until:
                raise ReadTimeout("the answer takes too long")
        return bytes(body)


def _read(response: Response) -> bytes:
    """What has come, without waiting for more."""
    try:
        return bytes(response.raw.read1(_CHUNK, decode_content=True))
    except ReadTimeoutError as error:
        raise ReadTimeout("no more of the answer comes") from error
    except HTTPError as error:
        raise ChunkedEncodingError("the answer breaks off") from error


def _check_moved(response: Response) -> None:
    if response.status_code in _REDIRECTS:
        raise Refused(
            "the server sends us elsewhere", "give the URL and the name that are valid now"
        )
    if response.status_code == HTTPStatus.ACCEPTED and response.request.method == "GET":
        # One of the clients would ask again, for as long as that is the answer.
        raise Refused("the server is not done with it", "try again later")


def _retry(limits: Limits) -> Retry:
    return Retry(
        total=limits.retries,
        allowed_methods={"GET", "HEAD"},
        status_forcelist=(502, 503, 504),
        backoff_factor=limits.backoff.total_seconds(),
        respect_retry_after_header=False,
        raise_on_status=False,
    )


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _link_local(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_link_local or mapped.is_unspecified or mapped.is_multicast)
