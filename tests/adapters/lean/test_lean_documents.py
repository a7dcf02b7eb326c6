"""JSON in and out says what botocore's serialiser and parser would, without a model beside it."""

import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.lean.documents import decoded, encoded
from workers.adapters.lean.services import DYNAMODB, SQS

TEXT = st.text(st.characters(), max_size=8) | st.sampled_from(["B", "BS", '"B"', "null", "\ud800"])
NAME = st.sampled_from(["B", "BS", "NULL", "id", "BinaryValue"]) | st.text(min_size=1, max_size=5)
BYTES = st.binary(max_size=6)
VALUE: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        TEXT.map(lambda text: {"S": text}),
        st.integers().map(lambda number: {"N": str(number)}),
        BYTES.map(lambda value: {"B": value}),
        st.booleans().map(lambda value: {"BOOL": value}),
        st.just({"NULL": True}),
        st.lists(BYTES, max_size=3).map(lambda values: {"BS": values}),
        st.lists(TEXT, max_size=3).map(lambda values: {"SS": values}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(NAME, inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=8,
)
ITEM = st.dictionaries(NAME, VALUE, max_size=4)
ATTRIBUTES = st.dictionaries(
    NAME,
    TEXT.map(lambda text: {"DataType": "String", "StringValue": text})
    | BYTES.map(lambda value: {"DataType": "Binary", "BinaryValue": value}),
    max_size=3,
)


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def botocores_body(session: Session, service: str, operation: str, arguments: Any) -> Any:
    model = session.get_service_model(service).operation_model(operation)
    request = create_serializer("json", include_validation=False).serialize_to_request(
        arguments, model
    )
    return json.loads(request["body"])


def botocores_answer(session: Session, service: str, operation: str, body: bytes) -> Any:
    model = session.get_service_model(service).operation_model(operation)
    response = {"status_code": 200, "headers": {}, "body": body, "context": {}}
    answer = create_parser("json").parse(response, model.output_shape)
    del answer["ResponseMetadata"]
    return answer


@given(item=ITEM)
def test_an_item_is_written_and_read_as_by_botocore(session: Session, item: dict[str, Any]) -> None:
    body = encoded({"TableName": "table", "Item": item}, DYNAMODB)
    asked = {"TableName": "table", "Item": item}
    assert json.loads(body) == botocores_body(session, "dynamodb", "PutItem", asked)
    said = json.dumps({"Item": json.loads(body)["Item"]}).encode()
    answer = decoded(said, DYNAMODB)
    assert answer == botocores_answer(session, "dynamodb", "GetItem", said)
    assert answer == {"Item": item}


@given(body=TEXT, attributes=ATTRIBUTES)
def test_a_message_is_written_and_read_as_by_botocore(
    session: Session, body: str, attributes: dict[str, Any]
) -> None:
    asked = {"QueueUrl": "u", "MessageBody": body, "MessageAttributes": attributes}
    sent = json.loads(encoded(asked, SQS))
    assert sent == botocores_body(session, "sqs", "SendMessage", asked)
    message = {"Body": body, "MessageAttributes": sent["MessageAttributes"], "MD5OfBody": None}
    said = json.dumps({"Messages": [message]}).encode()
    answer = decoded(said, SQS)
    assert answer == botocores_answer(session, "sqs", "ReceiveMessage", said)
    assert answer["Messages"] == [{"Body": body, "MessageAttributes": attributes}]
