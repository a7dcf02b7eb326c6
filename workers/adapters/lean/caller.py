"""One call, tried as often as botocore would, and mended where it can be."""

import asyncio
import random
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ChecksumError

from workers.adapters.lean import retries
from workers.adapters.lean.documents import decoded, with_times
from workers.adapters.lean.errors import Exceptions, class_code, error_in
from workers.adapters.lean.identity import Identity
from workers.adapters.lean.line import Line
from workers.adapters.lean.response import Response
from workers.adapters.lean.services import Operation
from workers.adapters.lean.signature import Keys

# AWS takes signatures that are five minutes off (IAM user guide); less than this is no skew.
_SKEW_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Time:
    """How time passes. `chance` is uniform in [0, 1): it spreads the retries of many workers."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class _Progress:
    """How far one call has come."""

    keys: Keys
    tries: int = 1
    spent: int = 0
    mended: set[str] = field(default_factory=set)
    quota_reached: bool = False


class Caller:
    """Calls one service."""

    def __init__(self, line: Line, identity: Identity, bounds: retries.Bounds, time: Time) -> None:
        self.exceptions = Exceptions(line.service)
        self._line = line
        self._service = line.service
        self._identity = identity
        self._attempts = bounds.attempts
        self._time = time
        self._quota = retries.Quota()
        self._skew = 0.0

    async def call(self, operation: Operation, body: bytes) -> dict[str, Any]:
        """The answer. Raises ClientError, and BotoCoreErrors when there is none of use."""
        progress = _Progress(await self._identity.keys())
        while True:
            try:
                response = await self._line.post(
                    operation.name, progress.keys, self._time.now() + self._skew, body
                )
            except retries.TRANSIENT_ERRORS as error:
                if not await self._goes_on(progress, error):
                    raise
                continue
            if self._service.checked and (broken := _checksum_error(response)) is not None:
                if not await self._goes_on(progress, broken):
                    raise broken
                continue
            if response.status < 300:
                self._quota.succeeded(progress.spent)
                answer = decoded(response.body, self._service)
                if operation.times:
                    answer = with_times(answer, operation.times)
                answer["ResponseMetadata"] = self._metadata(response, progress)
                return answer
            await self._after_an_error(operation, response, progress)

    async def _after_an_error(
        self, operation: Operation, response: Response, progress: _Progress
    ) -> None:
        """Returns for another try. Raises ClientError."""
        parsed = error_in(response, self._service)
        code = parsed["Error"]["Code"]
        if await self._mends(code, response, progress):
            return
        worth = retries.is_worth_another(response.status, code, operation.retryable)
        if worth and await self._goes_on(progress, None):
            return
        parsed["ResponseMetadata"] = self._metadata(response, progress)
        raise self.exceptions.from_code(class_code(parsed))(parsed, operation.name)

    async def _goes_on(self, progress: _Progress, failure: Exception | None) -> bool:
        """Waits before the next try, if there is one."""
        if progress.tries >= self._attempts:
            return False
        cost = self._quota.spend(failure)
        if not cost:
            progress.quota_reached = True
            return False
        await self._time.sleep(retries.pause(progress.tries, self._time.chance()))
        progress.tries += 1
        progress.spent = cost
        return True

    async def _mends(self, code: str, response: Response, progress: _Progress) -> bool:
        """Whether another try has another signature to show: once for each reason."""
        if code in retries.EXPIRED_CODES and "keys" not in progress.mended:
            progress.mended.add("keys")
            refused, progress.keys = progress.keys, await self._identity.renewed(progress.keys)
            return progress.keys != refused
        if code in retries.SKEW_CODES and "clock" not in progress.mended:
            progress.mended.add("clock")
            return self._is_corrected_by(response.headers.get("date"))
        return False

    def _is_corrected_by(self, date: str | None) -> bool:
        """Sets our clock by that of the service, if they disagree."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return False
        skew = theirs - self._time.now()
        if abs(skew - self._skew) < _SKEW_SECONDS:
            return False
        self._skew = skew
        return True

    def _metadata(self, response: Response, progress: _Progress) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "HTTPStatusCode": response.status,
            "HTTPHeaders": response.headers,
            "RetryAttempts": progress.tries - 1,
        }
        if (request := response.headers.get("x-amzn-requestid")) is not None:
            metadata["RequestId"] = request
        if progress.tries >= self._attempts:
            metadata["MaxAttemptsReached"] = True
        elif progress.quota_reached:
            metadata["RetryQuotaReached"] = True
        return metadata


def _checksum_error(response: Response) -> ChecksumError | None:
    expected = response.headers.get("x-amz-crc32")
    if expected is None:
        return None
    actual = str(zlib.crc32(response.body))
    if actual == expected:
        return None
    return ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)
