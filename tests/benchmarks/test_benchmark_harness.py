"""What the harness makes of its runs, and of its arguments."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from benchmarks import consume, cost, memory, scale, soak
from benchmarks.bodies import SIZE, plain
from benchmarks.catalogue import PEERS, Peer, UnknownPeer, chosen
from benchmarks.chart import svg
from benchmarks.measurement import Measurement, medians, requests_each
from benchmarks.peers.meter import Meter
from benchmarks.rounds import Found
from benchmarks.run import RunFailed, Scenario
from benchmarks.table import Page, Row, markdown

RUN = Measurement(
    rate=1000.0,
    cpu_ms=0.5,
    peak_megabytes=60.0,
    cold_start=0.4,
    violations=0,
    duplicates=0,
    server_share=0.5,
    requests={"ReceiveMessage": 0.1},
    latency_p50_ms=5.0,
    latency_p99_ms=9.0,
)


def test_the_median_of_each_number_counts_and_of_faults_the_most() -> None:
    runs = [RUN, replace(RUN, rate=10.0, violations=3), replace(RUN, rate=2000.0, cpu_ms=0.1)]

    found = medians(runs)

    assert (found.rate, found.cpu_ms, found.violations) == (1000.0, 0.5, 3)


def test_what_one_round_does_not_know_is_not_known() -> None:
    assert medians([RUN, replace(RUN, requests=None, latency_p50_ms=None)]).requests is None


def test_requests_of_the_start_and_in_vain_are_left_out() -> None:
    server = {
        "requests": {"GetQueueUrl": 2, "ReceiveMessage": 12, "PutItem": 100},
        "empty_receives": 1,
        "waiting": 1,
    }

    assert requests_each(server, 100) == {"PutItem": 1.0, "ReceiveMessage": 0.1}


def test_a_page_marks_what_the_server_bounds_and_what_is_unknown() -> None:
    bound = replace(RUN, server_share=0.95, requests=None, latency_p99_ms=None)
    rows = [Row(PEERS[0], Scenario(False, 50), bound, 5)]
    page = Page(
        title="T",
        date="D",
        machine="M",
        load="1.0",
        server="S",
        command="C",
        messages=100,
        rows=rows,
        failures=["nothing"],
    )

    text = markdown(page, "chart.svg")

    assert "| 1,000* | 0.500 | – | 60 | 0.40 | 5.0 | – | 0 | 0 |" in text
    assert "not counted by this server" in text
    assert "* Not measured: nothing" in text


def test_a_chart_is_well_formed_and_has_a_bar_for_each_row() -> None:
    rows = [Row(peer, Scenario(True, 0), RUN, 1) for peer in PEERS]

    root = ElementTree.fromstring(svg(rows, "a < b"))

    bars = [each for each in root if each.tag.endswith("rect")]
    assert len(bars) == 1 + len(PEERS)


def test_bodies_are_of_one_size_and_groups_take_turns() -> None:
    made = list(plain(6, 3))

    assert {len(body) for body, _ in made} == {SIZE}
    assert [group for _, group in made[:4]] == ["group-0", "group-1", "group-2", "group-0"]
    details = [json.loads(body)["detail"] for body, _ in made]
    assert [detail["sequence"] for detail in details] == [0, 0, 0, 1, 1, 1]


def meter(tmp_path: Path) -> Meter:
    return Meter(3, 1, tmp_path / "report.json", ["pytest"])


def event(number: int, sequence: int, group: int = 0) -> dict[str, int]:
    return {"number": number, "group": group, "sequence": sequence}


def test_a_meter_reports_once_everything_was_handled(tmp_path: Path) -> None:
    measured = meter(tmp_path)
    for number in (0, 1, 1):
        measured.began(event(number, number))
        measured.ended(event(number, number))
    assert not (tmp_path / "report.json").exists()
    measured.began(event(2, 2))
    measured.ended(event(2, 2))

    said = json.loads((tmp_path / "report.json").read_text())
    assert (said["duplicates"], said["overlapped"], said["misordered"]) == (1, 0, 0)
    assert said["first"] <= said["began"]["at"] <= said["ended"]["at"]
    assert said["versions"] == {"pytest": pytest.__version__}


def test_a_meter_sees_handlers_of_one_group_overlap_and_run_out_of_order(tmp_path: Path) -> None:
    measured = meter(tmp_path)
    measured.began(event(1, 1))
    measured.began(event(0, 0))
    measured.began(event(2, 0, group=1))
    for number, group in ((0, 0), (1, 0), (2, 1)):
        measured.ended(event(number, 0, group))

    said = json.loads((tmp_path / "report.json").read_text())
    assert (said["overlapped"], said["misordered"]) == (1, 1)


def test_a_peer_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownPeer, match="no peer 'oban'; there are: all, flotilla"):
        chosen("bare,oban")


def test_every_peer_of_another_environment_pins_each_package() -> None:
    for peer in PEERS:
        if peer.requirements is not None:
            lines = peer.requirements.read_text().split()
            assert lines
            assert all(line.count("==") == 1 for line in lines), peer.name


@pytest.mark.parametrize(
    "arguments",
    [
        ["--messages", "many"],
        ["--messages", "1"],
        ["--rounds", "0"],
        ["--handlers", "noop,loud"],
        ["--server", "aws"],
        ["--peers", "oban"],
    ],
)
def test_bad_input_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = consume.main(arguments)
    except SystemExit as ended:
        code = ended.code

    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert arguments[-1].rpartition(",")[2] in said


def test_a_memory_page_compares_each_peak_with_the_first() -> None:
    peaks = [memory.Peak("w", "s", 1000, 100.0), memory.Peak("w", "s", 100_000, 101.0)]

    assert "| w | s | 100,000 | 101.0 | +1.0 % |" in memory.page(peaks, "today")


def test_a_memory_run_that_is_cut_off_leaves_a_page_that_says_so(tmp_path: Path) -> None:
    [peer] = chosen("flotilla")

    def measure(peer: Peer, backlog: int) -> memory.Peak:
        if backlog > 1000:
            raise RunFailed("the machine went away")
        return memory.Peak(peer.title, "s", backlog, 100.0)

    plan = [(peer, backlog) for backlog in (1000, 30_000, 100_000)]
    with pytest.raises(RunFailed):
        memory.recorded(plan, measure, tmp_path / "memory.md", "today")

    text = (tmp_path / "memory.md").read_text()
    assert f"| {peer.title} | s | 1,000 | 100.0 | +0.0 % |" in text
    assert f"Not run to its end: {peer.title} on 30,000, {peer.title} on 100,000." in text

    memory.recorded(plan[:1], measure, tmp_path / "memory.md", "today")

    assert "Not run" not in (tmp_path / "memory.md").read_text()


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (memory.main, ["--backlogs", "1000,none"]),
        (memory.main, ["--groups", "-1"]),
        (scale.main, ["--workers", "1,0"]),
        (scale.main, ["--peers", "oban"]),
        (soak.main, ["--minutes", "nan"]),
        (soak.main, ["--peer", "celery"]),
        (cost.main, ["--queues", "standard,heap"]),
    ],
)
def test_bad_input_of_the_other_commands_is_one_line(
    command: Callable[[list[str]], int],
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        code: object = command(arguments)
    except SystemExit as ended:
        code = ended.code

    said = capsys.readouterr().err.splitlines()
    assert code == 2
    assert arguments[-1].rpartition(",")[2] in said[-1]


@pytest.mark.parametrize("command", [consume, memory, scale, soak, cost])
def test_help_has_an_example(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])

    assert ended.value.code == 0
    assert f"example: python -m {command.__name__} --" in capsys.readouterr().out


def test_what_has_failed_once_is_not_run_again_and_in_no_row() -> None:
    found: Found[str, int] = Found()

    def fail() -> int:
        raise RunFailed("it broke")

    said = [found.attempt("a", run, str) for run in (lambda: 1, fail, fail)]
    said.append(found.attempt("b", lambda: 2, str))

    assert said == ["1", "failed: it broke", "left out", "2"]
    assert found.whole == {"b": [2]}
    assert found.failures == {"a": "it broke"}


def test_bodies_in_portions_are_those_of_the_whole() -> None:
    assert [*plain(4, 3), *plain(3, 3, start=4)] == list(plain(7, 3))
