"""The claim check: an event too large for the bus leaves its detail in a store, under its hash.

What stays of the detail are its metadata and its small fields, which rules filter by and pipes
order by; `detail.metadata.claim_check` names the rest. A claim check is data like all of an event:
it can name nothing but a payload of the store's own, and it must agree with what stayed. Pure.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from events.codec import ENTRY_LIMIT, Entry, believed, entry_size, mapping
from events.errors import Oversized, Undecodable
from events.routes import Route

# A rule wraps an entry in an envelope of its own, and a parked message takes attributes with it:
# both must fit into SQS's 1 MiB, too. An entry that PutEvents takes and SQS doesn't would be lost.
CARRIED_LIMIT = ENTRY_LIMIT - 64 * 1024
# A consumer reads a payload whole, and as Python objects it takes twenty times its size.
PAYLOAD_LIMIT = 16 * 1024 * 1024

_FIELD = "claim_check"
# More than any identifier has, and than SQS takes for a group.
_SMALL = 256
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOLDER = "payloads/"


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """What was left in the store: its SHA-256 and its size in bytes."""

    sha256: str
    bytes: int

    @property
    def key(self) -> str:
        return _FOLDER + self.sha256


def claim_check(content: bytes) -> ClaimCheck:
    """The claim check for a payload. Raises Oversized over what consumers would read."""
    if len(content) > PAYLOAD_LIMIT:
        raise Oversized("the payload", len(content), PAYLOAD_LIMIT)
    return ClaimCheck(sha256(content).hexdigest(), len(content))


def payload_key(content: bytes) -> str:
    """The key of a payload of whatever size."""
    return _FOLDER + sha256(content).hexdigest()


def is_payload_key(key: str) -> bool:
    """Whether a key can be one of the store's payloads."""
    return key.startswith(_FOLDER) and bool(_DIGEST.fullmatch(key.removeprefix(_FOLDER)))


def reduced(made: Entry, claim: ClaimCheck) -> Entry:
    """The entry with a claim check for its whole detail. Raises Oversized if it's still large."""
    smaller = {**made, "Detail": _compact(_reduced(json.loads(made["Detail"]), claim))}
    if (size := entry_size(smaller)) > CARRIED_LIMIT:
        raise Oversized(made["DetailType"], size, CARRIED_LIMIT)
    return smaller


def reduced_body(body: str, claim: ClaimCheck) -> str:
    """The same for an SQS body, of whatever size; `detail_of` it is the payload."""
    outer = mapping(body)
    return _compact({**outer, "detail": _reduced(outer["detail"], claim)})


def detail_of(body: str) -> bytes:
    """The detail of an SQS body, as a payload. Raises Undecodable."""
    return _compact(mapping(body).get("detail")).encode()


def claim_check_of(body: str, route: Route) -> ClaimCheck | None:
    """The claim check of a body that the route believes. Raises Undecodable or Untrusted."""
    # Ours never writes it in any other way, and nearly no body has one: it need not be parsed.
    if f'"{_FIELD}"' not in body:
        return None
    metadata = believed(body, route)["detail"].get("metadata")
    told = metadata.get(_FIELD) if isinstance(metadata, dict) else None
    if told is None:
        return None
    match told:
        case {"key": str(key), "sha256": str(digest), "bytes": int(size)} if (
            is_payload_key(key)
            and key == _FOLDER + digest
            and not isinstance(size, bool)
            and 0 <= size <= PAYLOAD_LIMIT
        ):
            return ClaimCheck(digest, size)
    raise Undecodable("the claim check is not one of ours", event_type=route.event.type)


def with_detail(body: str, content: bytes) -> str:
    """The body as it would be without the claim check that it has; `content` is the payload.

    Raises Undecodable when the payload isn't one, or says something else than what stayed.
    """
    outer = mapping(body)
    stayed = outer.pop("detail")
    try:
        text, detail = content.decode(), mapping(content)
    except (UnicodeDecodeError, Undecodable) as error:
        raise Undecodable(f"the payload is no detail: {error}") from error
    if differing := _differing(stayed, detail):
        raise Undecodable(
            f"the payload disagrees with the event about {differing[:200]}",
            event_type=str(outer.get("detail-type")),
        )
    # The payload's own text: nothing in it is lost by being read and written again.
    return f'{_compact(outer)[:-1]},"detail":{text}}}'


def _reduced(detail: dict[str, Any], claim: ClaimCheck) -> dict[str, Any]:
    small = {name: value for name, value in detail.items() if _is_small(value)}
    told = {"key": claim.key, "sha256": claim.sha256, "bytes": claim.bytes}
    metadata = detail.get("metadata")
    kept = metadata if isinstance(metadata, dict) else {}
    return {**small, "metadata": {**kept, _FIELD: told}}


def _is_small(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _SMALL and len(value.encode()) <= _SMALL
    return isinstance(value, int | float)


def _differing(stayed: dict[str, Any], detail: dict[str, Any]) -> str:
    """The names of what stayed and is not in the detail as it stayed."""
    metadata = {name: each for name, each in stayed["metadata"].items() if name != _FIELD}
    said = {**stayed, "metadata": metadata}
    found = {"metadata": {}, **detail}
    return ", ".join(
        name for name, value in said.items() if name not in found or not _same(value, found[name])
    )


def _same(one: object, other: object) -> bool:
    """Whether JSON says the same: the bus may write 1.0 as 1, but to Python 1 is True, too."""
    if type(one) in (int, float) and type(other) in (int, float):
        return one == other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _compact(value: object) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        # A number such as 1e400 is read as infinite, which no JSON can say again.
        raise Undecodable(f"the event can't be written again: {error}") from error
