"""What a service refuses a request with."""

from collections.abc import Mapping
from typing import Any

SQS = "com.amazonaws.sqs"
DYNAMODB = "com.amazonaws.dynamodb.v20120810"
EVENTS = "com.amazon.coral.service"

_QUERY_CODES = {"QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue"}


class Refusal(Exception):
    """Raised by an operation for a request that the service answers with an error."""

    def __init__(
        self,
        namespace: str,
        code: str,
        message: str,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.namespace = namespace
        self.code = code
        self.message = message
        self.more = more or {}

    @property
    def query_code(self) -> str | None:
        """The code of SQS's older protocol, which its clients still show; None elsewhere."""
        if self.namespace != SQS:
            return None
        return _QUERY_CODES.get(self.code, self.code)

    @property
    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "__type": f"{self.namespace}#{self.code}",
            "message": self.message,
            **self.more,
        }


def unsupported(namespace: str, what: str) -> Refusal:
    """What a caller hears of a part of the protocol that the stand-in does not have."""
    return Refusal(namespace, "ValidationException", f"the stand-in does not know {what}")
