"""The stand-in understands the expressions of ledgers as DynamoDB does, and refuses others."""

import pytest

from benchmarks.standin.errors import Refusal
from benchmarks.standin.expressions import condition
from benchmarks.standin.partiql import Test as Comparison
from benchmarks.standin.partiql import parsed
from benchmarks.standin.updates import updated

VALUES = {":now": {"N": "100"}, ":claimed": {"S": "claimed"}, ":one": {"N": "1"}}
NAMES = {"#state": "state", "#token": "token", "#step": "open.pr"}
EXPIRED = "attribute_not_exists(delivery) OR (#state = :claimed AND lease_until <= :now)"


@pytest.mark.parametrize(
    ("text", "item", "holds"),
    [
        (EXPIRED, {}, True),
        (EXPIRED, {"delivery": {"S": "d"}}, False),
        (EXPIRED, {"delivery": {"S": "d"}, "state": {"S": "done"}}, False),
        (
            EXPIRED,
            {"delivery": {"S": "d"}, "state": {"S": "claimed"}, "lease_until": {"N": "100"}},
            True,
        ),
        (
            EXPIRED,
            {"delivery": {"S": "d"}, "state": {"S": "claimed"}, "lease_until": {"N": "101"}},
            False,
        ),
        ("NOT attribute_exists(a)", {"a": {"S": ""}}, False),
        ("a <> :one", {}, True),
        ("a < :now", {"a": {"N": "9"}}, True),
        ("a < :now", {"a": {"S": "9"}}, False),
        ("a = :one", {"a": {"N": "1.0"}}, True),
        ("steps.#step = :one", {"steps": {"M": {"open.pr": {"N": "1"}}}}, True),
    ],
)
def test_a_condition_holds_as_in_dynamodb(text: str, item: dict[str, object], holds: bool) -> None:
    assert condition(text)(item, NAMES, VALUES) is holds


@pytest.mark.parametrize("text", ["a BETWEEN :one AND :now", "size(a) > :one", "a = :one)", "a ="])
def test_a_condition_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="does not know"):
        condition(text)


def test_an_update_sets_adds_and_removes() -> None:
    item = {"token": {"N": "1"}, "parked": {"S": "x"}, "steps": {"M": {"a": {"S": "1"}}}}
    text = (
        "SET #state = :claimed, steps = if_not_exists(steps, :one), steps.#step = :one"
        " REMOVE parked ADD #token :one"
    )

    after = updated(item, text, NAMES, VALUES)

    assert after == {
        "token": {"N": "2"},
        "state": {"S": "claimed"},
        "steps": {"M": {"a": {"S": "1"}, "open.pr": {"N": "1"}}},
    }
    assert item["steps"] == {"M": {"a": {"S": "1"}}}


def test_an_update_below_something_missing_is_refused() -> None:
    with pytest.raises(Refusal, match="document path"):
        updated({}, "SET steps.#step = :one", NAMES, VALUES)


def test_an_insert_names_its_attributes() -> None:
    found = parsed("""INSERT INTO "flotilla-ledger" VALUE {'delivery': ?, 'state': ?}""")

    assert (found.kind, found.table, found.sets) == (
        "insert",
        "flotilla-ledger",
        ("delivery", "state"),
    )


def test_an_update_statement_says_what_must_hold() -> None:
    found = parsed(
        'UPDATE "t" SET "state"=? REMOVE "entries" SET "b"=? WHERE "delivery"=? AND "until"<=?'
    )

    assert found.sets == ("state", "b")
    assert found.removes == ("entries",)
    assert found.tests == (Comparison("delivery", "="), Comparison("until", "<="))


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE t",
        """INSERT INTO "t" VALUE {'a': 1}""",
        'UPDATE "t" SET "a"="b" WHERE "k"=?',
        'UPDATE "t" SET "a"=? WHERE "k"=? OR "l"=?',
    ],
)
def test_a_statement_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="does not know"):
        parsed(text)
