"""What is too large to travel in one piece, left in a store and fetched again.

Events go by claim check over what a queue takes. Everything is counted in bytes.
"""

from typing import Protocol

from events.claim_check import (
    CARRIED_LIMIT,
    claim_check,
    claim_check_of,
    detail_of,
    reduced,
    reduced_body,
    with_detail,
)
from events.codec import Entry, entry_size
from events.errors import Oversized, Undecodable
from events.routes import Route


class PayloadsUnavailable(Exception):
    """Raised by a store of payloads that does not answer, or refuses for now."""


class PayloadLost(Exception):
    """Raised by a store that has no such payload, or another one under its key."""


class Payloads(Protocol):
    """Bytes under their own hash. Both calls raise PayloadsUnavailable."""

    async def store(self, content: bytes) -> str:
        """Keeps the bytes from now on for as long as anything may name them; returns their key.

        The same bytes have the same key, and stored again they are kept anew. Raises Oversized.
        """

    async def load(self, key: str) -> bytes:
        """The bytes that were stored. Raises PayloadLost."""


async def lightened(made: Entry, payloads: Payloads) -> Entry:
    """The entry, by claim check when a queue would not take it. Raises Oversized.

    The same entry gives the same claim check, however often it is made.
    """
    if entry_size(made) <= CARRIED_LIMIT:
        return made
    content = made["Detail"].encode()
    small = reduced(made, claim_check(content))
    await payloads.store(content)
    return small


async def whole(body: str, route: Route, payloads: Payloads) -> str:
    """The body with its detail put back, or as it is when it has no claim check.

    Nothing is fetched for a source that the route does not believe. Raises Undecodable, also for a
    payload that is lost or is not the event's; Untrusted; PayloadsUnavailable.
    """
    claim = claim_check_of(body, route)
    if claim is None:
        return body
    content = await _fetched(claim.key, payloads)
    if len(content) != claim.bytes:
        raise Undecodable(f"the payload has {len(content)} bytes, not {claim.bytes}")
    return with_detail(body, content)


async def lasting(body: str, route: Route, payloads: Payloads, *, limit: int) -> str:
    """The body as it can wait for days: not over the limit, its payload kept from now on.

    Raises what `whole` raises, and Oversized.
    """
    if claim := claim_check_of(body, route):
        await payloads.store(await _fetched(claim.key, payloads))
        small = body
    elif len(body.encode()) <= limit:
        return body
    else:
        content = detail_of(body)
        small = reduced_body(body, claim_check(content))
        await payloads.store(content)
    if (size := len(small.encode())) > limit:
        raise Oversized(route.event.type, size, limit)
    return small


async def _fetched(key: str, payloads: Payloads) -> bytes:
    try:
        return await payloads.load(key)
    except PayloadLost as error:
        raise Undecodable(str(error)) from error
