"""The arithmetic of a bill, and that nothing on it is invented."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks import cost
from benchmarks.bill import CHUNK_BYTES, Bill, Counts, Unpriced, bill, chunks
from benchmarks.prices import Price, Prices, PricesFailed, prices


def price(dollars: float, per: int = 1_000_000) -> Price:
    return Price(dollars, per, "unit", "source", "read", date(2026, 11, 27))


# Unlike each other and unlike the real ones.
PRICES = Prices(
    "us-east-1",
    "USD",
    date(2026, 11, 27),
    {
        "sqs_standard_request": price(2.0),
        "sqs_fifo_request": price(3.0),
        "eventbridge_custom_event": price(10.0, per=10_000_000),
        "dynamodb_write_unit": price(5.0),
        "dynamodb_read_unit": price(7.0),
    },
)
COUNTS = Counts(fifo=False, requests={"ReceiveMessage": 0.1, "DeleteMessageBatch": 0.1})


def dollars(counts: Counts) -> tuple[float, float, float]:
    """The bill by service, without errors of rounding."""
    found = bill(counts, PRICES)
    return round(found.sqs, 6), round(found.eventbridge, 6), round(found.dynamodb, 6)


def test_sqs_is_billed_by_request() -> None:
    assert dollars(COUNTS) == (0.4, 0, 0)
    assert dollars(replace(COUNTS, fifo=True)) == (0.6, 0, 0)


def test_events_are_billed_one_by_one_however_they_are_sent() -> None:
    alone = replace(COUNTS, requests={"PutEvents": 1.0}, events=1.0)
    batched = replace(COUNTS, requests={"PutEvents": 0.1}, events=1.0)

    assert dollars(alone) == dollars(batched) == (0, 1.0, 0)


def test_items_are_billed_one_by_one_however_they_are_written() -> None:
    requests = {"BatchExecuteStatement": 0.2}
    batched = replace(COUNTS, requests=requests, write_units=2.0, read_units=0.5)
    alone = replace(batched, requests={"PutItem": 1.0, "UpdateItem": 1.0})

    assert dollars(batched) == dollars(alone) == (0, 0, 13.5)


def test_a_total_is_of_all_services() -> None:
    assert Bill(1.0, 2.0, 4.0).total == 7.0


@pytest.mark.parametrize(
    ("size", "found"),
    [(0, 1), (1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (1024 * 1024, 16), (10**9, 15_259)],
)
def test_a_payload_is_billed_by_64_kib(size: int, found: int) -> None:
    assert chunks(size) == found


def test_large_receives_and_events_are_billed_several_times() -> None:
    large = replace(COUNTS, events=1.0, batch_bytes=2 * CHUNK_BYTES, event_bytes=CHUNK_BYTES + 1)

    # The receives of two chunks, the deletes of one.
    assert dollars(large) == (0.6, 2.0, 0)


def test_a_request_without_a_price_is_not_free() -> None:
    with pytest.raises(Unpriced, match="Query"):
        bill(replace(COUNTS, requests={"Query": 0.1}), PRICES)
    with pytest.raises(PricesFailed, match="dynamodb_read_unit"):
        lacking = {k: v for k, v in PRICES.by_name.items() if k != "dynamodb_read_unit"}
        bill(COUNTS, replace(PRICES, by_name=lacking))


def test_every_price_says_where_it_comes_from() -> None:
    found = prices()

    assert found.region == "us-east-1"
    assert set(PRICES.by_name) <= set(found.by_name)
    for name, each in found.by_name.items():
        assert each.source.startswith("https://aws.amazon.com/"), name
        assert each.read_at.startswith("https://"), name
        assert each.as_of <= found.checked, name
        assert each.dollars > 0, name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("region = ", "Invalid value"),
        ('region = "here"', "currency is missing"),
        ('region = "r"\ncurrency = "USD"\nchecked = 2026-11-27\n[x]\ndollars = 1.0', "x: "),
    ],
)
def test_a_file_that_has_no_prices_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)

    with pytest.raises(PricesFailed, match=reason):
        prices(path)


def test_known_counts_are_billed_without_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost.main(["--counts", "--json", "--results", str(tmp_path)]) == 0

    found = {
        (each["peer"], each["publishes"]): each["dollars_per_million"]
        for each in json.loads(capsys.readouterr().out)["costs"]
    }
    each = prices()
    request, event = each.each("sqs_standard_request"), each.each("eventbridge_custom_event")
    write = each.each("dynamodb_write_unit")
    expected = 1e6 * (0.2 * request + event + 3 * write)
    assert found["flotilla", True]["total"] == pytest.approx(expected)
    assert found["bare", True] == pytest.approx(found["flotilla-ledger-off", True])
    page = (tmp_path / "cost.md").read_text()
    assert "ReceiveMessage 0.100: 0.200 standard requests" in page
    assert "PutEvents 0.100: 1.000 events, whatever the requests" in page
    assert "BatchExecuteStatement 0.200: 3.000 write units" in page
    assert "which tests/benchmarks/test_consume_smoke.py asserts" in page


@pytest.mark.parametrize(
    "text", ["", "messages = 0\n", "run = 1\nmessages = 1", "[[run]]\npeer = 'oban'", "["]
)
def test_a_file_that_has_no_counts_is_refused_in_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "counts.toml"
    path.write_text(text)

    assert cost.main(["--counts", str(path), "--results", str(tmp_path)]) == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no counts of a run" in said
    assert not (tmp_path / "cost.md").exists()


@pytest.mark.process
def test_a_run_is_counted_and_billed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = ["--handlers", "publish", "--queues", "standard", "--messages", "100", "--peers"]

    assert cost.main([*work, "flotilla", "--json", "--results", str(tmp_path)]) == 0

    [found] = json.loads(capsys.readouterr().out)["costs"]
    assert (found["counts"]["events"], found["counts"]["write_units"]) == (1.0, 3.0)
