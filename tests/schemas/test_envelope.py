"""Ids of answers follow from the question, so that a repeated answer is the same one."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import child_id

NAMES = st.sampled_from(["policy-on-codegen-completed", "conductor-on-tests-passed"])


def test_an_answer_has_the_same_id_again() -> None:
    # Written down: another value would make every answer under way a new one.
    expected = "8ca337bc-0944-55a1-a409-40f2cb2517e3"

    assert child_id("policy-on-codegen-completed", "e1", 0) == expected
    assert UUID(expected).version == 5


@given(st.lists(st.tuples(NAMES, st.uuids().map(str), st.integers(0, 20)), unique=True))
def test_answers_of_different_workers_events_and_places_are_apart(
    answers: list[tuple[str, str, int]],
) -> None:
    assert len({child_id(*answer) for answer in answers}) == len(answers)
