"""The comparison of the two transports runs, and its page says what was measured."""

from pathlib import Path

import pytest

from benchmarks import transport
from benchmarks.transport import Figures, Start, a_message, report
from workers.settings import Transport

CALLS = {
    "receive_message": 10.0,
    "batch_execute_statement": 20.0,
    "put_events": 30.0,
    "delete_message_batch": 40.0,
}


def test_a_message_costs_its_share_of_each_call() -> None:
    assert a_message(CALLS) == pytest.approx(1 + 2 * 2 + 3 + 4)


def test_the_page_has_the_ratios() -> None:
    slow = {name: each * 4 for name, each in CALLS.items()}
    figures: Figures = {"botocore": slow, "lean": CALLS}
    starts: dict[Transport, Start] = {"botocore": Start(1.0, 900), "lean": Start(0.1, 90)}
    page = report(figures, starts, 1000, 5)
    assert "| receive_message | 40 | 10 | 4.0 |" in page
    assert "(ledger on, one event published) | 48 | 12 | **4.0** |" in page
    assert "| modules imported | 900 | 90 |" in page


@pytest.mark.process
def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    transport.main(["--calls", "2", "--rounds", "1", "--out", str(page)])
    assert "medians of 1" in page.read_text()
