"""Payloads in S3, under `payloads/<sha256>`; the bucket's lifecycle ends them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import ClientError as BrokenBody
from botocore.exceptions import BotoCoreError, ClientError

from events.claim_check import PAYLOAD_LIMIT, claim_check, is_payload_key, payload_key
from workers.adapters.aws_errors import code_of
from workers.runtime.claim_check import PayloadLost, PayloadsUnavailable


class S3Payloads:
    """One bucket through an open aiobotocore client: what is loaded is what was stored.

    The worker may list the bucket: without that permission a payload that is gone can't be told
    from one that must not be read.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def store(self, content: bytes) -> str:
        claim = await asyncio.to_thread(claim_check, content)
        with _translated(f"store {claim.key}"):
            # Written even if it is there: that one may be about to end with its lifecycle.
            await self._client.put_object(
                Bucket=self._bucket,
                Key=claim.key,
                Body=content,
                ContentType="application/json",
            )
        return claim.key

    async def load(self, key: str) -> bytes:
        if not is_payload_key(key):
            raise PayloadLost(f"{key} is no payload's key")
        with _translated(f"load {key}"):
            found = await self._client.get_object(Bucket=self._bucket, Key=key)
            async with found["Body"] as stream:
                if found["ContentLength"] > PAYLOAD_LIMIT:
                    raise PayloadLost(f"{key} has {found['ContentLength']} bytes")
                content: bytes = await stream.read()
        if await asyncio.to_thread(payload_key, content) != key:
            raise PayloadLost(f"the bytes of {key} don't match its hash")
        return content


@contextmanager
def _translated(action: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        reason = f"{action}: {code_of(error)}"
        if code_of(error) == "NoSuchKey":
            raise PayloadLost(reason) from error
        raise PayloadsUnavailable(reason) from error
    except (BotoCoreError, BrokenBody, OSError, TimeoutError) as error:
        raise PayloadsUnavailable(f"{action}: {type(error).__name__}") from error
