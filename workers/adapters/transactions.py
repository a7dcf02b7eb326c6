"""Why DynamoDB did not carry out a transaction (API reference, TransactWriteItems)."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

_FAILED = "ConditionalCheckFailed"
_CROSSED = "TransactionConflict"
# What is said of the items when another writer was faster; "None" stands for those not to blame.
_BEATEN = frozenset({"None", _FAILED, _CROSSED})


def failed_at(error: BaseException | None, place: int) -> Mapping[str, Any] | None:
    """The item whose condition failed at that place, as far as told; None if it did not fail."""
    reasons = _reasons(error)
    if len(reasons) <= place or reasons[place].get("Code") != _FAILED:
        return None
    return reasons[place].get("Item") or {}


def is_beaten(error: BaseException | None) -> bool:
    """Whether another writer was faster at some of the items, and nothing else went wrong."""
    if isinstance(error, ClientError) and _code(error) == "TransactionConflictException":
        return True
    reasons = _reasons(error)
    return bool(reasons) and {str(reason.get("Code")) for reason in reasons} <= _BEATEN


def is_crossed_at(error: BaseException | None, place: int) -> bool:
    """Whether all that went wrong is that another request was writing the item at that place."""
    codes = [str(reason.get("Code")) for reason in _reasons(error)]
    return [at for at, code in enumerate(codes) if code != "None"] == [place] and (
        codes[place] == _CROSSED
    )


def misfit(error: BaseException | None) -> str | None:
    """Why a request, or the first such part of it, can never be carried out, if it can not."""
    if isinstance(error, ClientError) and _code(error) == "ValidationException":
        return str(error)
    wrong = (each for each in _reasons(error) if each.get("Code") == "ValidationError")
    return next((f"ValidationError: {each.get('Message')}" for each in wrong), None)


def _reasons(error: BaseException | None) -> Sequence[Mapping[str, Any]]:
    if not isinstance(error, ClientError) or _code(error) != "TransactionCanceledException":
        return ()
    reasons: Sequence[Mapping[str, Any]] = error.response.get("CancellationReasons", ())
    return reasons


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
