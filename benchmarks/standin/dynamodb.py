"""DynamoDB in AWS JSON: items, transactions and PartiQL batches, with conditions."""

from typing import Any

from pydantic_core import to_json

from benchmarks.standin.errors import DYNAMODB, Refusal, unsupported
from benchmarks.standin.expressions import Item, compare, condition
from benchmarks.standin.partiql import Statement, parsed
from benchmarks.standin.sqs import Caller
from benchmarks.standin.units import Units
from benchmarks.standin.updates import updated

Document = dict[str, Any]

_FAILED = "The conditional request failed"
_STATEMENTS = 25
_WRITES = 100
# A write in a transaction is billed as two: one to prepare it, one to commit it.
_TRANSACTIONAL = 2


class Table:
    """Items by their key."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.key = key
        self.items: dict[str, Item] = {}

    def place(self, item: Item) -> str:
        """The key of an item, or of a key, as one text."""
        return "|".join(str(item[name]) for name in self.key)


class Dynamo:
    """All tables of one stand-in."""

    def __init__(self, units: Units | None = None) -> None:
        """`units`, if given, learns of every read and write."""
        self._tables: dict[str, Table] = {}
        self._units = units

    def create_table(self, asked: Document, caller: Caller) -> bytes:
        key = tuple(each["AttributeName"] for each in asked["KeySchema"])
        self._tables[asked["TableName"]] = Table(key)
        return to_json({"TableDescription": {"TableName": asked["TableName"]}})

    def put_item(self, asked: Document, caller: Caller) -> bytes:
        table = self._table(asked["TableName"])
        place = table.place(asked["Item"])
        before = table.items.get(place)
        self._guard(asked, before)
        self._put(table, place, asked["Item"])
        return _returned(asked, before, asked["Item"])

    def get_item(self, asked: Document, caller: Caller) -> bytes:
        table = self._table(asked["TableName"])
        item = table.items.get(table.place(asked["Key"]))
        self._was_read(item, asked)
        return to_json({} if item is None else {"Item": item})

    def update_item(self, asked: Document, caller: Caller) -> bytes:
        table = self._table(asked["TableName"])
        place = table.place(asked["Key"])
        before = table.items.get(place)
        self._guard(asked, before)
        after = _after(asked, before)
        self._put(table, place, after)
        return _returned(asked, before, after)

    def delete_item(self, asked: Document, caller: Caller) -> bytes:
        table = self._table(asked["TableName"])
        place = table.place(asked["Key"])
        before = table.items.get(place)
        self._guard(asked, before)
        self._put(table, place, None)
        return _returned(asked, before, None)

    def transact_write_items(self, asked: Document, caller: Caller) -> bytes:
        writes = [next(iter(each.items())) for each in asked["TransactItems"]]
        if not 1 <= len(writes) <= _WRITES:
            raise Refusal(DYNAMODB, "ValidationException", "a transaction takes 1 to 100 writes")
        reasons = [self._reason(write) for _, write in writes]
        if any(reason["Code"] != "None" for reason in reasons):
            for _, write in writes:
                table = self._table(write["TableName"])
                place = table.place(write.get("Item") or write["Key"])
                self._wrote(table.items.get(place), None, _TRANSACTIONAL)
            codes = ", ".join(reason["Code"] for reason in reasons)
            raise Refusal(
                DYNAMODB,
                "TransactionCanceledException",
                f"Transaction cancelled, please refer cancellation reasons [{codes}]",
                {"CancellationReasons": reasons},
            )
        for kind, write in writes:
            self._write(kind, write)
        return b"{}"

    def batch_execute_statement(self, asked: Document, caller: Caller) -> bytes:
        statements = asked["Statements"]
        if not 1 <= len(statements) <= _STATEMENTS:
            raise Refusal(DYNAMODB, "ValidationException", "a batch takes 1 to 25 statements")
        seen: set[tuple[str, str]] = set()
        return to_json({"Responses": [self._execute(each, seen) for each in statements]})

    def _execute(self, asked: Document, seen: set[tuple[str, str]]) -> Document:
        statement = parsed(asked["Statement"])
        table = self._table(statement.table)
        answer: Document = {"TableName": statement.table}
        parameters = asked.get("Parameters", [])
        if len(parameters) != len(statement.sets) + len(statement.tests):
            wrong = {"Code": "ValidationError", "Message": "the number of parameters is wrong"}
            return {**answer, "Error": wrong}
        sets = dict(zip(statement.sets, parameters, strict=False))
        tested = parameters[len(sets) :]
        tests = {test.name: value for test, value in zip(statement.tests, tested, strict=True)}
        place = table.place(sets if statement.kind == "insert" else tests)
        if (statement.table, place) in seen:
            raise Refusal(
                DYNAMODB, "ValidationException", "two statements of a batch are of one item"
            )
        seen.add((statement.table, place))
        before = table.items.get(place)
        if error := _obstacle(statement, before, tested):
            self._wrote(before, None)
            if before and asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                error["Item"] = before
            return {**answer, "Error": error}
        if statement.kind == "select":
            self._was_read(before, asked)
            return answer | ({"Item": before} if before else {})
        self._put(table, place, _changed(statement, before, sets))
        return answer

    def _reason(self, write: Document) -> Document:
        table = self._table(write["TableName"])
        before = table.items.get(table.place(write.get("Item") or write["Key"]))
        try:
            _check(write, before)
        except Refusal as refusal:
            return {"Code": "ConditionalCheckFailed", "Message": _FAILED, **refusal.more}
        return {"Code": "None"}

    def _write(self, kind: str, write: Document) -> None:
        table = self._table(write["TableName"])
        place = table.place(write.get("Item") or write["Key"])
        before = table.items.get(place)
        match kind:
            case "Put":
                after: Item | None = write["Item"]
            case "Update":
                after = _after(write, before)
            case "Delete":
                after = None
            case "ConditionCheck":
                after = before
            case _:
                raise unsupported(DYNAMODB, f"{kind} in a transaction")
        self._put(table, place, after, writes=_TRANSACTIONAL)

    def _put(self, table: Table, place: str, item: Item | None, writes: int = 1) -> None:
        """Leaves the item in its place, or nothing."""
        before = table.items.get(place)
        if item is None:
            table.items.pop(place, None)
        else:
            table.items[place] = item
        self._wrote(before, item, writes)

    def _guard(self, asked: Document, before: Item | None) -> None:
        try:
            _check(asked, before)
        except Refusal:
            self._wrote(before, None)
            raise

    def _wrote(self, before: Item | None, after: Item | None, writes: int = 1) -> None:
        if self._units is not None:
            self._units.wrote(before, after, writes)

    def _was_read(self, item: Item | None, asked: Document) -> None:
        if self._units is not None:
            self._units.was_read(item, consistent=asked.get("ConsistentRead", False))

    def _table(self, name: str) -> Table:
        try:
            return self._tables[name]
        except KeyError:
            raise Refusal(
                DYNAMODB, "ResourceNotFoundException", f"there is no table {name}"
            ) from None


def _check(asked: Document, before: Item | None) -> None:
    text = asked.get("ConditionExpression")
    if text is None:
        return
    names = asked.get("ExpressionAttributeNames", {})
    if not condition(text)(before or {}, names, asked.get("ExpressionAttributeValues", {})):
        wanted = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        more = {"Item": before} if before and wanted else {}
        raise Refusal(DYNAMODB, "ConditionalCheckFailedException", _FAILED, more)


def _changed(statement: Statement, before: Item | None, sets: Item) -> Item | None:
    """What a statement leaves of an item."""
    match statement.kind:
        case "insert":
            return sets
        case "update":
            kept = {k: v for k, v in (before or {}).items() if k not in statement.removes}
            return {**kept, **sets}
        case _:
            return None


def _after(asked: Document, before: Item | None) -> Item:
    return updated(
        before or dict(asked["Key"]),
        asked["UpdateExpression"],
        asked.get("ExpressionAttributeNames", {}),
        asked.get("ExpressionAttributeValues", {}),
    )


def _returned(asked: Document, before: Item | None, after: Item | None) -> bytes:
    chosen = {"ALL_OLD": before, "ALL_NEW": after}.get(asked.get("ReturnValues", "NONE"))
    return to_json({} if chosen is None else {"Attributes": chosen})


def _obstacle(
    statement: Statement, before: Item | None, tested: list[Any]
) -> dict[str, Any] | None:
    """What a statement is refused with; None when it may do its work."""
    if statement.kind == "insert":
        duplicate = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
        return None if before is None else duplicate
    if statement.kind == "select":
        return None
    holds = before is not None and all(
        compare(before.get(test.name), test.operator, value)
        for test, value in zip(statement.tests, tested, strict=True)
    )
    if holds or (statement.kind == "delete" and before is None and len(tested) == 1):
        return None
    return {"Code": "ConditionalCheckFailed", "Message": _FAILED}
