"""An event's fields are mended by a person; everything around them stays."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from workers.cli.dlq.mending import Unfit, by_hand, detail_of, mended, route_of
from workers.cli.output import CommandError

QUEUE = "codegen.fifo"


def broken(raw: Any, **fields: Any) -> Any:
    return raw.letter(raw.body(**{"service_name": "../x", **fields}), MessageGroupId="wf-1")


def fixed(letter: Any, **fields: Any) -> str:
    return json.dumps({**json.loads(detail_of(letter)), "service_name": "good-service", **fields})


def test_a_person_sees_the_fields_and_nothing_of_the_envelope(raw: Any) -> None:
    letter = broken(raw, metadata={"id": "own"})

    assert "metadata" not in json.loads(detail_of(letter))
    assert json.loads(detail_of(letter))["service_name"] == "../x"


def test_a_mended_event_keeps_its_envelope_its_id_and_its_group(raw: Any) -> None:
    metadata = {"version": 1, "caused_by": "p", "trace": "Root=1"}
    letter = broken(raw, metadata=metadata)

    done = mended(letter, fixed(letter), QUEUE)

    assert done is not None
    before, after = json.loads(letter.body), json.loads(done.letter.body)
    assert after.pop("detail") == {**before.pop("detail"), "service_name": "good-service"}
    assert after == before
    assert (done.event_id, done.where.name, done.where.group) == ("e1", QUEUE, "wf-1")


def test_a_group_that_was_mended_is_the_new_one(raw: Any) -> None:
    letter = broken(raw, workflow_id=None)

    done: Any = mended(letter, fixed(letter, workflow_id="wf-2"), QUEUE)

    assert done.where.group == "wf-2"


def test_the_same_edit_is_a_duplicate_of_itself_and_of_no_redrive(raw: Any) -> None:
    letter = broken(raw)
    ids: list[Any] = [
        mended(letter, fixed(letter, title=title), QUEUE).where.deduplication_id  # type: ignore[union-attr]
        for title in ("a", "a", "b")
    ]

    assert ids[0] == ids[1] != ids[2]
    assert not any(each.startswith("redriven-") for each in ids)
    assert all(len(each) <= 128 for each in ids)


def test_what_was_not_changed_is_not_sent(raw: Any) -> None:
    letter = broken(raw)

    assert mended(letter, detail_of(letter), QUEUE) is None
    assert mended(letter, json.dumps(json.loads(detail_of(letter))), QUEUE) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[" * 5000, "not JSON"),
        ("[]", "JSON object"),
        ('{"metadata": {"id": "forged"}}', "metadata"),
        ('{"service_name": "x"}', "workflow_id: Field required"),
    ],
)
def test_what_does_not_fit_is_said_by_field(raw: Any, text: str, says: str) -> None:
    with pytest.raises(Unfit, match=says) as refused:
        mended(broken(raw), text, QUEUE)
    assert refused.value.code == 2


def test_no_edit_makes_a_source_own_an_event(raw: Any) -> None:
    forged = raw.letter(raw.body(event_type="tests.passed"), queue="conductor-on-tests-passed")
    detail = {"workflow_id": "w", "task_id": "t", "service_name": "x-service"}

    with pytest.raises(CommandError, match="does not own") as refused:
        mended(forged, json.dumps(detail), QUEUE)
    assert not isinstance(refused.value, Unfit)


@pytest.mark.parametrize("queue", ["unrouted", "undelivered"])
def test_what_belongs_to_no_route_is_published_anew_instead(raw: Any, queue: str) -> None:
    with pytest.raises(CommandError, match="flotilla publish"):
        route_of(raw.letter(queue=queue))


def test_what_is_no_json_has_nothing_to_edit(raw: Any) -> None:
    with pytest.raises(CommandError, match="flotilla publish"):
        detail_of(raw.letter("{not json"))


def editor(tmp_path: Path, *turns: str) -> str:
    """An editor that writes each text in turn."""
    for number, turn in enumerate(turns):
        (tmp_path / f"turn{number}").write_text(turn)
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "turn = min(here.glob('turn*'), key=lambda path: path.name)\n"
        "pathlib.Path(sys.argv[1]).write_text(turn.read_text())\n"
        "turn.unlink()\n"
    )
    return f"{sys.executable} {script}"


def test_an_editor_is_opened_again_until_it_fits(raw: Any, tmp_path: Path) -> None:
    letter = broken(raw)
    asked: list[str] = []

    def again(error: Unfit) -> bool:
        asked.append(str(error))
        return True

    done = by_hand(
        letter,
        editor(tmp_path, "{", fixed(letter)),
        lambda text: mended(letter, text, QUEUE),
        again,
    )

    assert done is not None
    assert len(asked) == 1


def test_who_gives_up_is_told_what_was_wrong(raw: Any, tmp_path: Path) -> None:
    letter = broken(raw)

    with pytest.raises(Unfit, match="not JSON"):
        by_hand(
            letter,
            editor(tmp_path, "{"),
            lambda text: mended(letter, text, QUEUE),
            lambda error: False,
        )


@pytest.mark.parametrize("command", ["no-such-editor", "false", "'", "", "rm"])
def test_an_editor_that_fails_sends_nothing(raw: Any, command: str) -> None:
    def mend(text: str) -> None:
        raise AssertionError("it was read")

    with pytest.raises(CommandError, match=r"edit|ended"):
        by_hand(broken(raw), command, mend, lambda error: True)


def test_a_detail_that_lies_in_the_store_is_not_edited_here(raw: Any) -> None:
    claim = {"key": f"payloads/{'0' * 64}", "sha256": "0" * 64, "bytes": 2_000_000}

    with pytest.raises(CommandError, match="lies in the artifacts bucket as payloads/0000"):
        detail_of(broken(raw, metadata={"claim_check": claim}))
