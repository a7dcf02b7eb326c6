"""The ledger's writes in PartiQL: what they say, how large they are, and which go together."""

from typing import Any
from uuid import uuid4

import pytest

from workers.adapters.ledger_statements import (
    BYTES_LIMIT,
    COUNT_LIMIT,
    Statement,
    cut,
    insert,
    update,
)


def a_statement(key: str, text: str = "") -> Statement:
    return Statement(key, "INSERT", ({"S": text},))


def keys(requests: Any) -> list[list[str]]:
    return [[each.key for each in request] for request in requests]


def test_an_insert_names_each_attribute_and_gives_its_value() -> None:
    made = insert("ledger-dev", "w#e1", {"state": {"S": "claimed"}, "token": {"N": "1"}})

    assert made.text == ("INSERT INTO \"ledger-dev\" VALUE {'delivery': ?, 'state': ?, 'token': ?}")
    assert made.parameters == ({"S": "w#e1"}, {"S": "claimed"}, {"N": "1"})


def test_an_update_gives_its_values_in_the_order_of_its_marks() -> None:
    changes = {"state": {"S": "done"}, "entries": None, "excused": {"N": "0"}, "parked": None}

    made = update("ledger-dev", "w#e1", changes, state="committed", token=7)

    assert made.text == (
        'UPDATE "ledger-dev" SET "state"=? REMOVE "entries" SET "excused"=? REMOVE "parked"'
        ' WHERE "delivery"=? AND "state"=? AND "token"=?'
    )
    assert made.parameters == (
        {"S": "done"},
        {"N": "0"},
        {"S": "w#e1"},
        {"S": "committed"},
        {"N": "7"},
    )
    assert made.text.count("?") == len(made.parameters)


def test_what_an_event_says_is_a_value_and_never_a_part_of_the_statement() -> None:
    evil = 'x\'; DELETE FROM "ledger" -- ?'

    for made in (
        insert("ledger", evil, {"owner": {"S": evil}}),
        update("ledger", evil, {"entries": {"S": evil}}, state="claimed", token=1),
    ):
        assert evil not in made.text
        assert {"S": evil} in made.parameters


def test_every_write_asks_what_stands_in_its_way() -> None:
    request = a_statement("a").request

    assert request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    assert (request["Statement"], request["Parameters"]) == ("INSERT", [{"S": ""}])


@pytest.mark.parametrize(("text", "size"), [("", 0), ("abc", 3), ("ü", 2), ("🚢", 4), ("a🚢ü", 7)])
def test_sizes_are_in_bytes(text: str, size: int) -> None:
    assert a_statement("a", text).size == size
    assert Statement("a", "?", ({"S": text}, {"N": "12"})).size == size + 2


LARGE = "x" * (BYTES_LIMIT // 2)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], []),
        (["a"], [["a"]]),
        (list("abc"), [list("abc")]),
        (["a", "b", "a", "c"], [["a", "b"], ["a", "c"]]),
        (["a", "a", "a"], [["a"], ["a"], ["a"]]),
        (["a", "b", "b", "a"], [["a", "b"], ["b", "a"]]),
    ],
)
def test_no_two_of_one_item_go_together_and_all_keep_their_order(
    statements: list[str], expected: list[list[str]]
) -> None:
    assert keys(cut([a_statement(key) for key in statements])) == expected


def test_a_request_takes_so_many_and_no_more() -> None:
    statements = [a_statement(f"k{n}") for n in range(COUNT_LIMIT * 2 + 1)]

    assert [len(request) for request in cut(statements)] == [25, 25, 1]


def test_a_request_is_not_over_its_limit_in_bytes() -> None:
    exact = [a_statement("a", LARGE), a_statement("b", LARGE)]
    assert keys(cut([*exact, a_statement("c")])) == [["a", "b", "c"]]
    assert keys(cut([*exact, a_statement("c", "x")])) == [["a", "b"], ["c"]]
    # A letter of two bytes counts for two.
    wide = [a_statement(key, "ü" * (BYTES_LIMIT // 4)) for key in "abc"]
    assert keys(cut(wide)) == [["a", "b"], ["c"]]


def test_what_is_over_the_limit_by_itself_goes_alone() -> None:
    statements = [a_statement("a"), a_statement("b", LARGE * 3), a_statement("c")]

    assert keys(cut(statements)) == [["a"], ["b"], ["c"]]


@pytest.mark.embedded
async def test_the_store_takes_them_and_says_why_it_does_not(embedded_clients: Any) -> None:
    client, table = await embedded_clients("dynamodb"), f"ledger-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
    )
    fresh = {"state": {"S": "claimed"}, "token": {"N": "1"}, "entries": {"S": "ü?'\""}}
    done: dict[str, Any] = {"state": {"S": "done"}, "entries": None}

    async def codes(*statements: Statement) -> list[str | None]:
        answer = await client.batch_execute_statement(
            Statements=[each.request for each in statements]
        )
        return [each.get("Error", {}).get("Code") for each in answer["Responses"]]

    assert await codes(insert(table, "a", fresh), insert(table, "b", fresh)) == [None, None]
    assert await codes(
        insert(table, "a", fresh),
        update(table, "b", done, state="claimed", token=1),
        update(table, "c", done, state="claimed", token=1),
        insert(table, "d", fresh),
    ) == ["DuplicateItem", None, "ConditionalCheckFailed", None]
    assert await codes(
        update(table, "a", done, state="claimed", token=2),
        update(table, "b", done, state="claimed", token=1),
        insert(table, "e", {**fresh, "entries": {"S": "x" * 410 * 1024}}),
    ) == ["ConditionalCheckFailed", "ConditionalCheckFailed", "ValidationError"]
    item = (await client.get_item(TableName=table, Key={"delivery": {"S": "b"}}))["Item"]
    assert item == {"delivery": {"S": "b"}, "state": {"S": "done"}, "token": {"N": "1"}}
