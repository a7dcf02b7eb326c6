"""Signature Version 4 of a POST, with the day's signing key at hand.

The algorithm is that of the IAM user guide, "Create a signed AWS API request".
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a caller proves itself with. Nothing of it but the key's id is for a log."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    account: str | None = None


class Signer:
    """Signs for one service in one region."""

    def __init__(self, service: str, region: str) -> None:
        self._service = service
        self._region = region
        # The last one used: it changes with the day and with the keys.
        self._of: tuple[Keys, str] | None = None
        self._key = b""
        self._scope = ""

    def authorization(
        self, keys: Keys, moment: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> str:
        """The header of that name.

        The headers' names are in lower case and their values have no space too many; the path is
        percent-encoded. `moment` is the value of x-amz-date.
        """
        ordered = sorted(headers.items())
        names = ";".join([name for name, _ in ordered])
        lines = "".join([f"{name}:{value}\n" for name, value in ordered])
        request = f"POST\n{path}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        day = moment[:8]
        if self._of != (keys, day):
            self._turn_to(keys, day)
        text = f"{_ALGORITHM}\n{moment}\n{self._scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key, text.encode(), "sha256").hex()
        return (
            f"{_ALGORITHM} Credential={keys.access_key}/{self._scope},"
            f" SignedHeaders={names}, Signature={signature}"
        )

    def _turn_to(self, keys: Keys, day: str) -> None:
        key = f"AWS4{keys.secret_key}".encode()
        for part in (day, self._region, self._service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key = key
        self._scope = f"{day}/{self._region}/{self._service}/aws4_request"
        self._of = (keys, day)


def moment(seconds: float) -> str:
    """A time since the epoch as x-amz-date has it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))
