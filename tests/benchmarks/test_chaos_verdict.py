"""The verdict over a run sees each kind of harm."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.chaos.place import ROUTE
from benchmarks.chaos.story import BOUNDARIES, Sent, Story, parse_fault
from benchmarks.chaos.verdict import Facts, inversions, judged, recoveries
from schemas.envelope import child_id

SENT = [
    Sent("a", 0),
    Sent("a", 1),
    Sent("b", 0),
    Sent("b", 0),
    Sent("b", 1, poison=True),
]
WELL = Facts(
    history={"a": [0, 1], "b": [0]},
    published={child_id(ROUTE.name, each, 0): 1 for each in ("a-0", "a-1", "b-0")},
    dead={"b-1": "undecodable"},
    waiting=0,
    states={"done": 3},
)


def test_a_run_without_harm_holds() -> None:
    verdict = judged(SENT, WELL, [])

    assert verdict.holds
    assert verdict.repeated == 0


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ({"history": {"a": [0], "b": [0]}}, {"lost": 1}),
        ({"history": {"a": [0, 1]}}, {"lost": 1}),
        ({"dead": {}}, {"lost": 1}),
        ({"history": {"a": [0, 1, 1], "b": [0]}}, {"duplicated": 1}),
        ({"history": {"a": [1, 0], "b": [0]}}, {"misordered": 1}),
        ({"waiting": 2}, {"stuck": 2}),
        ({"states": {"done": 2, "claimed": 1}}, {"stuck": 1}),
        ({"published": {}}, {"unpublished": 3}),
        ({"published": {**WELL.published, "invented": 1}}, {"strange": 1}),
        ({"dead": {"b-1": "undecodable", "a-0": "bug"}}, {"wrongly_parked": 1}),
        ({"dead": {"b-1": "native"}}, {"wrongly_parked": 1}),
        ({"dead": {"b-1": "undecodable", "a-0": "undecodable"}}, {"wrongly_parked": 1}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_harm_is_counted_where_it_belongs(harm: Any, found: Any) -> None:
    verdict = judged(SENT, replace(WELL, **harm), [])

    assert not verdict.holds
    assert {name: getattr(verdict, name) for name in found} == found


def test_an_answer_published_again_under_its_id_is_counted_and_allowed() -> None:
    twice = {**WELL.published, child_id(ROUTE.name, "a-0", 0): 3}

    verdict = judged(SENT, replace(WELL, published=twice), [])

    assert verdict.holds
    assert verdict.repeated == 2


def test_inversions_are_between_neighbours() -> None:
    assert [inversions(each) for each in ([], [0, 1, 2], [0, 2, 1], [2, 1, 0])] == [0, 0, 1, 2]


def test_recovery_is_from_a_death_to_the_next_start_of_what_had_begun() -> None:
    def start(pid: int, event: str, at: float) -> dict[str, object]:
        return {"pid": pid, "what": "start", "event": event, "at": at}

    lines = [
        start(1, "x", 1.0),
        start(1, "y", 1.5),
        start(2, "x", 5.0),
        start(2, "y", 4.0),
        start(2, "z", 6.0),
        start(3, "z", 9.0),
    ]

    assert recoveries(lines, {1: 2.0}) == [3.0]
    assert recoveries(lines, {}) == []


def test_a_story_is_the_same_for_the_same_seed_and_has_its_share_of_twins_and_poison() -> None:
    story = Story(events=1000, workers=4, kills=10, duplicates=0.05, seed=3)
    sent = [each for batch in story.messages() for each in batch]

    assert story.messages() == story.messages()
    assert story.messages() != replace(story, seed=4).messages()
    assert len(sent) == 1050
    assert len({each.id for each in sent}) == 1000
    assert len({each.id for each in sent if each.poison}) == 20
    first: dict[str, list[int]] = {}
    for each in sent:
        places = first.setdefault(each.group, [])
        if each.place not in places:
            places.append(each.place)
    assert all(places == sorted(places) for places in first.values())


def test_every_boundary_is_deadly_before_and_after_in_turn() -> None:
    faults = Story(events=1, workers=1, kills=1, duplicates=0, seed=1).faults()
    drawn = [next(faults) for _ in range(2 * len(BOUNDARIES))]

    assert {(each.call, each.after) for each in drawn} == {
        (call, after) for call in BOUNDARIES for after in (False, True)
    }
    assert [parse_fault(each.text) for each in drawn] == drawn
