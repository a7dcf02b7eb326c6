"""Messages that are sent later, by one-time schedules of EventBridge Scheduler.

The target is SQS's SendMessage itself ("universal target"), not a queue: a queue as a target takes
no deduplication id, so a FIFO one would need deduplication by content, which ours haven't (API
reference, SqsParameters). And only this way do the message's attributes and its trace come along.

Scheduler sends with the role, and what it can't send it puts into a standard queue, with the same
role. It sends at least once: the deduplication id drops what comes twice within five minutes, the
ledger the rest.

No emulator sends by a universal target: MiniStack 1.5.33 and LocalStack 4.14.0 take the schedule
and lose the message, so this is for AWS alone. What is proven by tests is the request against
botocore's description of it and MiniStack's answers, and that the input is a SendMessage request
which MiniStack's SQS takes; that Scheduler makes that request is Amazon's word (user guide,
"Using universal targets").
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.errors import Oversized
from workers.adapters.aws_errors import code_of
from workers.adapters.sqs import taken
from workers.runtime.postpone import POSTPONED, Postponement, PostponementUnavailable

INPUT_LIMIT = 256 * 1024


class EventBridgeScheduler:
    """Schedules for one queue, through an open aiobotocore client.

    `prefix` begins the schedules' names, for permissions to name; `undelivered` is the ARN of the
    standard queue for what could not be sent.
    """

    def __init__(
        self, client: Any, queue_url: str, *, prefix: str, role: str, undelivered: str
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._prefix = prefix
        self._role = role
        self._undelivered = undelivered

    async def postpone(self, postponement: Postponement) -> None:
        name = self._name(postponement)
        message = json.dumps(self._message(postponement, name), ensure_ascii=False)
        # Scheduler replaces its own words, such as <aws.scheduler.execution-id>, wherever they are.
        said = message.replace("<", "\\u003c")
        if (size := len(said.encode())) > INPUT_LIMIT:
            raise Oversized("the postponed message", size, INPUT_LIMIT)
        try:
            await self._client.create_schedule(**self._schedule(name, postponement.at, said))
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise PostponementUnavailable(f"{name}: {error}") from error
            # Only this very postponement has this name: it was made before a crash.
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise PostponementUnavailable(f"{name}: {error}") from error

    def _name(self, postponement: Postponement) -> str:
        """Also the deduplication id: letters and digits, whatever the message's id is."""
        whole = f"{self._queue_url} {postponement.identity}"
        return f"{self._prefix}-{sha256(whole.encode()).hexdigest()[:32]}"

    def _schedule(self, name: str, at: datetime, said: str) -> dict[str, Any]:
        return {
            "Name": name,
            "ScheduleExpression": f"at({_whole_second(at):%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": _send_message(self._undelivered),
                "RoleArn": self._role,
                "Input": said,
                "DeadLetterConfig": {"Arn": self._undelivered},
            },
        }

    def _message(self, postponement: Postponement, name: str) -> Mapping[str, Any]:
        message = postponement.message
        # The count first: it has to come along, and room may be short.
        others = {name: text for name, text in message.attributes.items() if name != POSTPONED}
        attributes = {POSTPONED: str(postponement.count), **others}
        request: dict[str, Any] = {
            "QueueUrl": self._queue_url,
            "MessageBody": postponement.body,
            "MessageGroupId": postponement.group,
            "MessageDeduplicationId": name,
            "MessageAttributes": taken(attributes, postponement.body),
        }
        if message.trace:
            header = {"DataType": "String", "StringValue": message.trace}
            request["MessageSystemAttributes"] = {"AWSTraceHeader": header}
        return request


def _whole_second(at: datetime) -> datetime:
    """Rounded up, so that a wait is never shorter than asked for."""
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=0) + timedelta(seconds=bool(utc.microsecond))


def _send_message(queue_arn: str) -> str:
    partition = queue_arn.split(":")[1]
    return f"arn:{partition}:scheduler:::aws-sdk:sqs:sendMessage"
