"""A few seconds of a soak: the load never runs dry, and every message is accounted for."""

from pathlib import Path

import pytest

from benchmarks import affinity, servers, soak
from benchmarks.catalogue import chosen
from benchmarks.growth import growth
from benchmarks.run import Rig, Scenario
from benchmarks.steady import Load
from benchmarks.steady import soak as soaked


@pytest.mark.parametrize(
    ("left", "sent", "elapsed", "count"),
    [
        (0, 0, 0.0, 100),
        (40, 100, 1.0, 10),
        (100, 100, 1.0, 0),
        (0, 100, 5.0, 50),
        (0, 140, 5.0, 10),
        # Nothing comes any more once the time is over, however long it is over.
        (0, 150, 10_000.0, 0),
    ],
)
def test_a_refill_fills_up_and_keeps_to_its_rate(
    left: int, sent: int, elapsed: float, count: int
) -> None:
    load = Load(seconds=5.0, backlog=100, rate=10)

    assert load.refill(left, sent, elapsed) == count
    assert sent + count <= load.most


@pytest.mark.process
def test_a_soak_handles_what_it_sends_and_reads_memory_each_second(tmp_path: Path) -> None:
    [peer] = chosen("flotilla")
    load = Load(seconds=3.0, backlog=50, rate=50)
    rig = Rig(servers.standin, affinity.cores(), tmp_path, load.most, timeout=120)
    told: list[str] = []

    found = soaked(rig, peer, Scenario(True, 10), load, told.append)

    assert 50 <= found.sent <= load.most
    assert found.report["deleted"] == found.sent
    assert (found.report["deleted_early"], found.report["published_early"]) == (0, 0)
    assert 2 <= len(found.samples) <= 4
    assert all(sample.megabytes > 5 for sample in found.samples)
    assert told

    page = soak.SoakPage(
        date="D",
        machine="M",
        load="1.0",
        command="C",
        peer=peer,
        scenario=Scenario(True, 10),
        asked=load,
        warm_up=0.5,
        soaked=found,
        growth=growth(found.samples, 0.5),
    )
    assert f"| messages handled, in all | {found.sent:,} |" in soak.markdown(page)
    assert soak.chart(page).count("<polyline") == 1


def test_a_soak_shorter_than_its_warm_up_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--minutes", "0.01", "--backlog", "1", "--rate", "1", "--results", str(tmp_path)]

    assert soak.main(arguments) == 1

    assert "give more --minutes or less --warm-up" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
