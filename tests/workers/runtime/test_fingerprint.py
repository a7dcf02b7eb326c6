"""Equal failures have one fingerprint, whenever, wherever and about whatever they happen."""

import traceback
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.ports import Reject, Retry
from workers.runtime.fingerprint import LENGTH, fingerprint, normalised, of_exception
from workers.runtime.parking import Past

HEX = "0123456789abcdef"

# Two occurrences of one failure.
ALIKE = [
    (f"no artifacts/{HEX * 4}.tar.gz", f"no artifacts/{HEX[::-1] * 4}.tar.gz"),
    ("workflow wf-3f2a9c1b7d40 is closed", "workflow wf-9e8d7c6b5a41 is closed"),
    ("wf-1 has 3 tasks", "wf-12 has 10,000 tasks"),
    ("took 0.25 s", "took 12.5 s"),
    ("<object at 0x7f00aa>", "<object at 0x12>"),
    ("at 2026-11-02T00:00:00+00:00", "at 2027-01-01 12:30"),
    ("6F0D7F3E-3D0B-5F0E-9C55-F10717A00001 gone", "00000000-0000-0000-0000-000000000000 gone"),
    ("[Errno 2] '/tmp/a/b/plan.json'", "[Errno 2] '/var/x/plan.json'"),
    ("SlowDown (RequestId P1QRS5TUVW7XYZ12)", "SlowDown (RequestId ABCDEFGHJ1)"),
    ("buckets.0.name: too short", "buckets.17.name: too short"),
    ("two\n  lines", "two lines"),
    ("tmpab12cd_x is locked", "tmpzzzzzzzz is locked"),
]  # fmt: skip

# Two failures.
APART = [
    ("service_name: Field required", "workflow_id: Field required"),
    ("'a' is not allowed", "'b' is not allowed"),
    ("decade", "facade"),
    ("", "x"),
    ("/tmp/plan.json", "/tmp/state.json"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_is_particular_to_an_occurrence_makes_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)
    assert fingerprint("Retry", one) == fingerprint("Retry", other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_makes_another_failure_makes_another_fingerprint(one: str, other: str) -> None:
    assert fingerprint("Retry", one) != fingerprint("Retry", other)


def test_type_message_and_place_all_count() -> None:
    made = {
        fingerprint(*parts)
        for parts in (("a", "b", "c"), ("x", "b", "c"), ("a", "x", "c"), ("a", "b", "x"))
    }
    assert len(made) == 4


def test_a_fingerprint_is_the_same_for_good() -> None:
    """It stands in dead letters that an older version parked."""
    assert fingerprint("builtins.ZeroDivisionError", "by zero", "workers.x:f") == "668a6cd49175"


@given(
    words=st.lists(st.sampled_from(["no", "task", "of", "gone:", "'x'"]), min_size=1),
    ids=st.lists(st.tuples(st.uuids(), st.uuids(), st.integers(0, 10**9)), min_size=1, max_size=4),
)
def test_ids_and_numbers_anywhere_make_no_difference(
    words: list[str], ids: list[tuple[UUID, UUID, int]]
) -> None:
    def said(place: int) -> str:
        return " ".join([*words, *(f"{each[place]} of {each[2] + place}" for each in ids)])

    assert fingerprint("E", said(0)) == fingerprint("E", said(1))


@given(st.text(), st.text(), st.text())
def test_any_text_has_a_fingerprint_of_one_form(kind: str, message: str, place: str) -> None:
    made = fingerprint(kind, message, place)

    assert len(made) == LENGTH
    assert set(made) <= set(HEX)
    assert made == fingerprint(kind, message, place)


def test_a_message_without_end_is_read_in_no_time() -> None:
    assert fingerprint("E", "/" * 10_000_000) == fingerprint("E", "/" * 9_999_999)


def raised(cause: Callable[[], object]) -> BaseException:
    with pytest.raises(LookupError) as caught:
        cause()
    return caught.value


def test_a_place_in_our_code_counts_and_its_line_does_not() -> None:
    body = "def stumble():\n    raise LookupError('nothing there')\n"
    places: list[dict[str, object]] = []
    for module, source in (
        ("workers.x.decisions", body),
        ("workers.x.decisions", "\n" * 40 + body),
        ("workers.y.decisions", body),
        ("elsewhere", body),
    ):
        place: dict[str, object] = {"__name__": module}
        exec(compile(source, "x.py", "exec"), place)
        places.append(place)
    errors = [raised(place["stumble"]) for place in places]  # type: ignore[arg-type]
    lines = {traceback.extract_tb(error.__traceback__)[-1].lineno for error in errors}
    first, moved, other, foreign = map(of_exception, errors)

    assert lines == {2, 42}
    assert first == moved
    assert len({first, other, foreign}) == 3


def test_the_innermost_place_of_ours_counts_also_inside_a_library() -> None:
    class Clock:
        def isoformat(self) -> str:
            raise LookupError("inside")

    through_ours = raised(Past(Clock()).text)  # type: ignore[arg-type]
    library = raised(Clock().isoformat)
    assert str(through_ours) == str(library)
    assert of_exception(through_ours) != of_exception(library)


def test_the_type_of_an_error_counts() -> None:
    assert of_exception(Retry("away")) != of_exception(Reject("away"))
    assert of_exception(Retry("away")) == of_exception(Retry("away"))


def test_an_error_that_was_never_raised_has_a_fingerprint_too() -> None:
    assert len(of_exception(KeyError("x"))) == LENGTH
