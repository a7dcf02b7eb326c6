"""Several workers on one queue: what they do together is seen, whoever did it."""

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import affinity, servers
from benchmarks.catalogue import PEERS, chosen
from benchmarks.crew import Joint, crew
from benchmarks.peers.journal import Handling, Journal, handlings
from benchmarks.run import Rig, Scenario
from benchmarks.scale_page import ScalePage, Step, bound, chart, markdown
from benchmarks.witness import duplicates, overtakes, together, unhandled

NEVER = Handling(0.0, 0.0, 0)
JOINT = Joint(
    rate=1000.0,
    cpu_ms=0.5,
    requests={"ReceiveMessage": 0.1},
    duplicates=0,
    violations=0,
    worker_cores=0.9,
    server_share=0.5,
)


def test_a_journal_keeps_the_first_beginning_and_end_and_counts_the_rest(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", 3)
    for _ in range(2):
        journal.began(1)
        journal.ended(1)
    [_, first, _] = handlings(tmp_path / "journal")
    journal.began(1)
    journal.ended(1)
    journal.began(2)

    untouched, again, begun = handlings(tmp_path / "journal")

    assert untouched == NEVER
    assert again == replace(first, times=3)
    assert 0 < again.began <= again.ended <= begun.began
    assert (begun.ended, begun.times) == (0.0, 0)


def test_a_worker_that_never_began_left_no_journal(tmp_path: Path) -> None:
    assert handlings(tmp_path / "none") == ()
    assert together([(), [Handling(1.0, 2.0, 1)], ()]) == [Handling(1.0, 2.0, 1)]


def test_a_message_of_two_workers_is_a_duplicate() -> None:
    handled = together(
        [
            [Handling(1.0, 2.0, 1), NEVER, Handling(5.0, 6.0, 2)],
            [Handling(3.0, 4.0, 1), Handling(3.0, 0.0, 0), NEVER],
        ]
    )

    assert handled[0] == Handling(1.0, 2.0, 2)
    assert (duplicates(handled), unhandled(handled)) == (2, 1)


@pytest.mark.parametrize(
    ("earlier", "later", "found"),
    [
        (Handling(1.0, 2.0, 1), Handling(2.0, 3.0, 1), 0),
        (Handling(1.0, 2.0, 1), Handling(1.9, 3.0, 1), 1),
        (Handling(4.0, 5.0, 1), Handling(1.0, 2.0, 1), 1),
        (NEVER, Handling(1.0, 2.0, 1), 1),
        (Handling(1.0, 2.0, 1), NEVER, 0),
    ],
)
def test_a_message_that_does_not_wait_for_the_one_before_it_is_seen(
    earlier: Handling, later: Handling, found: int
) -> None:
    # Two groups that take turns; the other one is in order.
    other = [Handling(1.0, 2.0, 1), Handling(8.0, 9.0, 1)]
    handled = [earlier, other[0], later, other[1]]

    assert overtakes(handled, groups=2) == found
    assert overtakes(handled, groups=0) == 0


@pytest.mark.process
@pytest.mark.parametrize("groups", [0, 10])
def test_two_workers_share_a_queue_and_do_nothing_twice(groups: int, tmp_path: Path) -> None:
    [peer] = chosen("flotilla")
    rig = Rig(servers.standin, affinity.cores(), tmp_path, 200, timeout=120)

    joint = crew(rig, peer, Path(sys.executable), Scenario(True, groups), 2)

    assert (joint.duplicates, joint.violations) == (0, 0)
    assert min(joint.rate, joint.server_share) > 0
    # In groups a receive may bring less than ten messages.
    least = {"ReceiveMessage": 0.05, "DeleteMessageBatch": 0.1, "PutEvents": 0.1}
    assert all(joint.requests[name] >= count - 1e-9 for name, count in least.items())


def test_a_page_marks_what_the_server_bounds_and_compares_with_one_worker() -> None:
    bounded = replace(JOINT, rate=1500.0, server_share=0.95, duplicates=3, violations=4)
    steps = [
        Step(PEERS[0], Scenario(True, 50), 4, bounded, 3),
        Step(PEERS[0], Scenario(True, 50), 1, JOINT, 3),
        Step(PEERS[2], Scenario(True, 50), 2, JOINT, 3),
    ]
    page = ScalePage(
        date="D",
        machine="M",
        load="1.0",
        command="C",
        messages=100,
        cores=1,
        steps=steps,
        failures=["nothing"],
    )

    text = markdown(page, "scale.svg")

    title = PEERS[0].title
    one = text.index(f"| {title} | 1 | 1,000 | 1.00 | 0.500 | 0.10 | 0.90 | 0.50 | 0 | 0 |")
    assert text.index(f"| {title} | 4 | 1,500* | 1.50 | 0.500 | 0.10 | 0.90 | 0.95 | 3 | 4 |") > one
    assert f"| {PEERS[2].title} | 2 | 1,000 | – |" in text
    assert "* Not measured: nothing" in text
    assert bound(1) in text
    lines = [each for each in ElementTree.fromstring(chart(steps)) if each.tag.endswith("polyline")]
    assert len(lines) == 2


def test_what_bounds_the_figures_is_said_for_any_machine() -> None:
    assert "there is one core, which all workers share" in bound(1)
    assert "there are 7 cores for the workers" in bound(7)
