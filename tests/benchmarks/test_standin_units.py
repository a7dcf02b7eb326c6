"""The stand-in counts DynamoDB's request units as AWS bills them."""

from typing import Any

import pytest

from benchmarks.standin.dynamodb import Dynamo
from benchmarks.standin.errors import Refusal
from benchmarks.standin.units import Units, item_size


class Caller:
    closed = False
    host = "127.0.0.1"

    def reply(self, payload: bytes) -> None:
        raise AssertionError("nothing here waits")


def tables() -> tuple[Dynamo, Units]:
    units = Units()
    dynamo = Dynamo(units)
    dynamo.create_table(
        {"TableName": "t", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]}, Caller()
    )
    return dynamo, units


def item(size: int, key: str = "a") -> dict[str, Any]:
    """An item of so many bytes."""
    return {"k": {"S": key}, "v": {"S": "x" * (size - 3)}}


def put(dynamo: Dynamo, size: int, **more: Any) -> None:
    dynamo.put_item({"TableName": "t", "Item": item(size), **more}, Caller())


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "größe"}, 7),
        ({"N": "1"}, 2),
        ({"N": "-1234567.89"}, 6),
        ({"B": "aGVsbG8="}, 5),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"ab": {"S": "c"}}}, 3 + 1 + 2 + 1),
    ],
)
def test_an_item_is_its_names_and_its_values(value: dict[str, Any], size: int) -> None:
    assert item_size({"name": value}) == 4 + size


@pytest.mark.parametrize(("size", "units"), [(10, 1), (1024, 1), (1025, 2), (400 * 1024, 400)])
def test_a_write_takes_a_unit_for_each_kib_begun(size: int, units: int) -> None:
    dynamo, counted = tables()
    put(dynamo, size)

    assert (counted.write, counted.read) == (units, 0)


def test_the_larger_of_before_and_after_counts() -> None:
    dynamo, counted = tables()
    put(dynamo, 3000)
    counted.write = 0

    put(dynamo, 10)

    assert counted.write == 3


def test_a_refused_write_counts_what_is_there() -> None:
    dynamo, counted = tables()
    put(dynamo, 3000)
    counted.write = 0

    with pytest.raises(Refusal):
        put(dynamo, 10, ConditionExpression="attribute_not_exists(k)")

    assert counted.write == 3


def test_a_batch_counts_each_of_its_statements() -> None:
    dynamo, counted = tables()
    insert = "INSERT INTO \"t\" VALUE {'k': ?, 'v': ?}"
    statements = [
        {"Statement": insert, "Parameters": [{"S": key}, {"S": "x" * size}]}
        for key, size in (("a", 10), ("b", 1500), ("c", 10))
    ]
    dynamo.batch_execute_statement({"Statements": statements}, Caller())
    assert counted.write == 4

    # Refused, as they are there already.
    dynamo.batch_execute_statement({"Statements": statements}, Caller())
    assert counted.write == 8


def test_a_transaction_counts_twice_even_when_it_is_cancelled() -> None:
    dynamo, counted = tables()
    once = {"ConditionExpression": "attribute_not_exists(k)"}
    writes = [{"Put": {"TableName": "t", "Item": item(1500, key), **once}} for key in "ab"]

    dynamo.transact_write_items({"TransactItems": writes}, Caller())
    assert counted.write == 8

    with pytest.raises(Refusal):
        dynamo.transact_write_items({"TransactItems": writes}, Caller())
    assert counted.write == 16


def test_reads_count_by_4_kib_and_half_unless_consistent() -> None:
    dynamo, counted = tables()
    put(dynamo, 5000)
    read = {"TableName": "t", "Key": {"k": {"S": "a"}}}

    dynamo.get_item(read, Caller())
    assert counted.read == 1
    dynamo.get_item({**read, "ConsistentRead": True}, Caller())
    assert counted.read == 3
    dynamo.get_item({"TableName": "t", "Key": {"k": {"S": "none"}}}, Caller())
    assert counted.read == 3.5
