"""How long SQS keeps what a queue holds."""

from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workers.runtime.queue import QueueUnavailable


async def retention(client: Any, queue_name: str) -> timedelta:
    """A queue's retention, through an open aiobotocore client. Raises QueueUnavailable."""
    try:
        url = (await client.get_queue_url(QueueName=queue_name))["QueueUrl"]
        answer = await client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["MessageRetentionPeriod"]
        )
    except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
        raise QueueUnavailable(f"retention of {queue_name}: {error}") from error
    return timedelta(seconds=int(answer["Attributes"]["MessageRetentionPeriod"]))
