"""What the lean client knows of three services: their protocol, their operations, their errors.

The service models that botocore carries say the same, and a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ParamValidationError


@dataclass(frozen=True, slots=True)
class Operation:
    """One call.

    `idempotent_by` is the member that makes its repetition harmless, and is made up where it is
    left out. `retryable` are errors that may pass, beyond those that every service has; `times`
    are members of the answer that are times.
    """

    name: str
    required: frozenset[str]
    members: frozenset[str]
    idempotent_by: str | None = None
    retryable: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()

    def check(self, arguments: Mapping[str, object]) -> None:
        """Raises ParamValidationError for a member too few or too many; values are not checked."""
        if self.required <= arguments.keys() <= self.members:
            return
        known = ", ".join(sorted(self.members))
        report = [
            f'Missing required parameter in input: "{name}"'
            for name in sorted(self.required - arguments.keys())
        ]
        report += [
            f'Unknown parameter in input: "{name}", must be one of: {known}'
            for name in sorted(arguments.keys() - self.members)
        ]
        raise ParamValidationError(report="\n".join(report))


@dataclass(frozen=True, slots=True)
class Service:
    """`errors` are the members of each modelled error, `blobs` the keys of bytes in an answer."""

    name: str
    target: str
    content_type: str
    operations: Mapping[str, Operation]
    errors: Mapping[str, tuple[str, ...]]
    blobs: frozenset[str] = frozenset()
    # Answers carry the error codes of the older query protocol in a header, if asked to.
    query_compatible: bool = False
    # Answers carry a checksum.
    checked: bool = False
    # The endpoint may be the account's own.
    by_account: bool = False
    paginated: frozenset[str] = frozenset()


def _operation(name: str, required: str, optional: str = "", **more: Any) -> Operation:
    musts = frozenset(required.split())
    return Operation(name, musts, musts | frozenset(optional.split()), **more)


def _write(name: str, required: str, optional: str) -> Operation:
    return _operation(name, required, optional, retryable=_REPLICATED)


def _errors(names: str, *members: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), members)


_REPLICATED = frozenset({"ReplicatedWriteConflictException"})
_RETURNS = "ReturnConsumedCapacity ReturnItemCollectionMetrics"
_CONDITION = (
    "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"
    " ReturnValuesOnConditionCheckFailure ReturnValues Expected ConditionalOperator"
)
_READ = "ConsistentRead AttributesToGet ProjectionExpression ReturnConsumedCapacity"
_QUERY = (
    "IndexName Select Limit KeyConditions QueryFilter ConditionalOperator ScanIndexForward"
    " ExclusiveStartKey FilterExpression KeyConditionExpression ExpressionAttributeNames"
    " ExpressionAttributeValues"
)
_MESSAGE = (
    "DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId MessageGroupId"
)
_RECEIVE = (
    "AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages"
    " VisibilityTimeout WaitTimeSeconds ReceiveRequestAttemptId"
)

SQS = Service(
    name="sqs",
    target="AmazonSQS",
    content_type="application/x-amz-json-1.0",
    operations={
        "receive_message": _operation("ReceiveMessage", "QueueUrl", _RECEIVE),
        "delete_message": _operation("DeleteMessage", "QueueUrl ReceiptHandle"),
        "delete_message_batch": _operation("DeleteMessageBatch", "QueueUrl Entries"),
        "change_message_visibility": _operation(
            "ChangeMessageVisibility", "QueueUrl ReceiptHandle VisibilityTimeout"
        ),
        "change_message_visibility_batch": _operation(
            "ChangeMessageVisibilityBatch", "QueueUrl Entries"
        ),
        "send_message": _operation("SendMessage", "QueueUrl MessageBody", _MESSAGE),
        "send_message_batch": _operation("SendMessageBatch", "QueueUrl Entries"),
        "get_queue_url": _operation("GetQueueUrl", "QueueName", "QueueOwnerAWSAccountId"),
        "get_queue_attributes": _operation("GetQueueAttributes", "QueueUrl", "AttributeNames"),
    },
    errors={
        **_errors(
            "BatchEntryIdsNotDistinct BatchRequestTooLong EmptyBatchRequest InvalidAddress"
            " InvalidAttributeName InvalidAttributeValue InvalidBatchEntryId InvalidMessageContents"
            " InvalidSecurity KmsAccessDenied KmsDisabled KmsInvalidKeyUsage KmsInvalidState"
            " KmsNotFound KmsOptInRequired KmsThrottled OverLimit PurgeQueueInProgress"
            " QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid"
            " RequestThrottled ResourceNotFoundException TooManyEntriesInBatchRequest"
            " UnsupportedOperation",
            "message",
        ),
        **_errors("InvalidIdFormat MessageNotInflight"),
    },
    blobs=frozenset({"BinaryValue", "BinaryListValues"}),
    query_compatible=True,
)

EVENTS = Service(
    name="events",
    target="AWSEvents",
    content_type="application/x-amz-json-1.1",
    operations={
        "put_events": _operation("PutEvents", "Entries", "EndpointId"),
        # Not often called, but before a worker's first message.
        "describe_event_bus": _operation(
            "DescribeEventBus", "", "Name", times=frozenset({"CreationTime", "LastModifiedTime"})
        ),
    },
    errors=_errors(
        "AccessDeniedException ConcurrentModificationException IllegalStatusException"
        " InternalException InvalidEventPatternException InvalidStateException"
        " LimitExceededException ManagedRuleException OperationDisabledException"
        " PolicyLengthExceededException ResourceAlreadyExistsException ResourceNotFoundException"
        " ThrottlingException"
    ),
)

DYNAMODB = Service(
    name="dynamodb",
    target="DynamoDB_20120810",
    content_type="application/x-amz-json-1.0",
    operations={
        "batch_execute_statement": _operation(
            "BatchExecuteStatement", "Statements", "ReturnConsumedCapacity"
        ),
        "update_item": _write(
            "UpdateItem",
            "TableName Key",
            f"AttributeUpdates UpdateExpression {_CONDITION} {_RETURNS}",
        ),
        "get_item": _operation("GetItem", "TableName Key", f"{_READ} ExpressionAttributeNames"),
        "put_item": _write("PutItem", "TableName Item", f"{_CONDITION} {_RETURNS}"),
        "delete_item": _write("DeleteItem", "TableName Key", f"{_CONDITION} {_RETURNS}"),
        "query": _operation("Query", "TableName", f"{_QUERY} {_READ}"),
        "batch_write_item": _write("BatchWriteItem", "RequestItems", _RETURNS),
        "transact_write_items": _operation(
            "TransactWriteItems",
            "TransactItems",
            f"ClientRequestToken {_RETURNS}",
            idempotent_by="ClientRequestToken",
        ),
    },
    errors={
        **_errors(
            "BackupInUseException BackupNotFoundException ContinuousBackupsUnavailableException"
            " DuplicateItemException ExportConflictException ExportNotFoundException"
            " GlobalTableAlreadyExistsException GlobalTableNotFoundException"
            " ImportConflictException ImportNotFoundException IndexNotFoundException"
            " InternalServerError InvalidExportTimeException InvalidRestoreTimeException"
            " ItemCollectionSizeLimitExceededException LimitExceededException"
            " PointInTimeRecoveryUnavailableException PolicyNotFoundException"
            " ReplicaAlreadyExistsException ReplicaNotFoundException"
            " ReplicatedWriteConflictException ResourceInUseException ResourceNotFoundException"
            " TableAlreadyExistsException TableInUseException TableNotFoundException"
            " TransactionConflictException",
            "message",
        ),
        **_errors("ConditionalCheckFailedException", "message", "Item"),
        **_errors(
            "ProvisionedThroughputExceededException RequestLimitExceeded",
            "message",
            "ThrottlingReasons",
        ),
        **_errors("ThrottlingException", "message", "throttlingReasons"),
        **_errors("IdempotentParameterMismatchException TransactionInProgressException", "Message"),
        **_errors("TransactionCanceledException", "Message", "CancellationReasons"),
    },
    blobs=frozenset({"B", "BS"}),
    checked=True,
    by_account=True,
    paginated=frozenset({"query"}),
)

SERVICES: Mapping[str, Service] = {each.name: each for each in (SQS, EVENTS, DYNAMODB)}
