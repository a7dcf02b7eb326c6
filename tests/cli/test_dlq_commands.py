"""`flotilla dlq` as a program calls it: words, JSON, exit codes, and who is asked."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from workers.cli.app import commands

# Together, since the stacks take longer than the tests.
pytestmark = pytest.mark.embedded


@pytest.fixture
def call(fleet: Any, tmp_path: Path) -> Any:
    """Runs a command; nobody is at a terminal."""

    def run(*words: str, **more: str) -> Result:
        env = {
            "AWS_ENDPOINT_URL": fleet.endpoint_url,
            "FLOTILLA_ENVIRONMENT": fleet.environment,
            "FLOTILLA_HOME": str(tmp_path),
            "COLUMNS": "250",
            **more,
        }
        return CliRunner().invoke(commands(), ["dlq", *words], env=env)

    return run


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_a_list_groups_what_failed_alike(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"), fingerprint="aaa", reason="no such thing")
    await fleet.park(fleet.body("e3"), fingerprint="bbb")

    [held] = answer(call("list", "--json"))
    table = call("list").stdout

    assert (held["queue"], held["messages"], held["hidden"]) == (fleet.route, 3, 0)
    found = {each["fingerprint"]: each for each in held["failures"]}
    assert (found["aaa"]["messages"], found["aaa"]["reason"]) == (2, "no such thing")
    assert found["aaa"]["oldest"] <= found["aaa"]["newest"]
    assert "aaa" in table
    assert "no such thing" in table
    assert len(fleet.letters()) == 3


async def test_a_list_says_what_it_cannot_see(fleet: Any, call: Any) -> None:
    await fleet.park(*(fleet.body(f"e{n}") for n in range(12)), group="g")

    assert answer(call("list", "--json"))[0]["hidden"] == 2
    assert "behind ten others" in call("list").stdout


async def test_nothing_that_was_sent_to_us_reaches_the_terminal_as_a_command(
    fleet: Any, call: Any
) -> None:
    await fleet.park(fleet.body(title="[red]x[/red]\x1b[2J"), reason="[bold]\x1b]0;x\x07 [/nope]")

    for words in (("list",), ("show", fleet.route), ("redrive", fleet.route, "--dry-run")):
        result = call(*words)
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout
        assert "\x07" not in result.stdout


async def test_show_prints_what_is_selected_and_leaves_it(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"), fingerprint="aaa")
    await fleet.park(fleet.body("e2"), fingerprint="bbb")
    first = next(letter for letter in fleet.letters() if letter.event_id == "e1")

    by_id = answer(call("show", fleet.route, "--message", first.message_id, "--json"))
    by_failure = answer(call("show", fleet.route, "--fingerprint", "bb", "--json"))
    text = call("show", fleet.route).stdout

    assert [letter["event_id"] for letter in by_id] == ["e1"]
    assert [letter["event_id"] for letter in by_failure] == ["e2"]
    assert by_id[0]["attempts"] == 5
    assert by_id[0]["trace"] == fleet.trace
    assert "tried   5 times" in text
    assert len(fleet.letters()) == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "codegen-on-task-craeted"), 2, "did you mean codegen-on-task-created"),
        (("redrive", "nowhere", "--yes"), 2, "no dead-letter queue"),
        (("redrive",), 2, "--all"),
        (("redrive", "unrouted", "--all"), 2, "not both"),
        (("redrive", "--all"), 2, "--yes"),
        (("redrive", "unrouted", "--rate", "fast"), 2, "10/s"),
        (("purge", "unrouted", "--older-than", "long"), 2, "7d"),
        (("show", "unrouted", "--message", "absurd"), 1, "flotilla dlq list"),
        (("edit", "unrouted", "--message", "absurd"), 1, "flotilla dlq list"),
    ],
)
async def test_a_wrong_word_is_one_line_with_the_mend(
    fleet: Any, call: Any, words: tuple[str, ...], code: int, says: str
) -> None:
    await fleet.park(fleet.body())

    result = call(*words)

    assert result.exit_code == code, result.output
    assert len(result.stderr.splitlines()) == 1
    assert says in result.stderr


async def test_a_dry_run_says_what_would_go_and_moves_nothing(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"))

    assert answer(call("redrive", fleet.route, "--dry-run", "--json"))["would_redrive"] == 2
    limited = call("redrive", fleet.route, "--dry-run", "--limit", "1").stdout
    assert "would redrive 1 messages" in limited
    assert fleet.taken() == []
    assert len(fleet.letters()) == 2


async def test_redrive_says_how_many_went(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"), fleet.body("e3"))

    told = answer(call("redrive", fleet.route, "--limit", "2", "--rate", "1000/s", "--json"))

    assert told == {"redriven": 2, "unremoved": 0, "skipped": [], "interrupted": False}
    assert len(fleet.taken()) == 2


async def test_redrive_all_takes_every_queue_and_says_what_stays(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"))
    unrouted = fleet.url(fleet.names.unrouted)
    fleet.sqs.send_message(QueueUrl=unrouted, MessageBody=fleet.body(event_type="no.such"))

    result = call("redrive", "--all", "--yes")

    assert result.exit_code == 0
    assert "redrove 1 messages, 1 skipped" in result.stdout
    assert "no event is called 'no.such'" in result.stdout


async def test_purge_without_anybody_to_ask_needs_yes(fleet: Any, call: Any) -> None:
    await fleet.park(fleet.body("e1"), fingerprint="aaa")
    await fleet.park(fleet.body("e2"), fingerprint="bbb")

    refused = call("purge", fleet.route)

    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert len(fleet.letters()) == 2
    assert (
        answer(call("purge", fleet.route, "--older-than", "1d", "--yes", "--json"))["deleted"] == 0
    )
    some = answer(call("purge", fleet.route, "--fingerprint", "aaa", "--yes", "--json"))
    assert (some["deleted"], some["left"]) == (1, 1)
    assert "deleted 1 messages" in call("purge", fleet.route, "--yes").stdout
    assert fleet.letters() == []


async def broken(fleet: Any) -> str:
    await fleet.park(fleet.body("e1", service_name="../x"), cause="undecodable", group="wf-1")
    [letter] = fleet.letters()
    return str(letter.message_id)


async def test_an_edit_by_file_goes_back_under_the_same_id(
    fleet: Any, call: Any, tmp_path: Path
) -> None:
    message_id = await broken(fleet)
    file = tmp_path / "detail.json"
    file.write_text(json.dumps(json.loads(fleet.body("e1"))["detail"]))

    told = answer(
        call("edit", fleet.route, "--message", message_id, "--detail", f"@{file}", "--json")
    )

    assert told == {"sent": True, "event_id": "e1", "queue": fleet.route}
    [message] = fleet.taken()
    assert message["Body"] == fleet.body("e1")
    assert message["Attributes"]["MessageGroupId"] == "wf-1"
    assert message["Attributes"]["AWSTraceHeader"] == fleet.trace
    assert fleet.letters() == []


async def test_an_edit_by_hand_goes_back_too(fleet: Any, call: Any, tmp_path: Path) -> None:
    message_id = await broken(fleet)
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text().replace('../x', 'good-service'))\n"
    )

    result = call("edit", fleet.route, "--message", message_id, EDITOR=f"{sys.executable} {script}")

    assert result.exit_code == 0, result.output
    assert "still as event e1" in result.stdout
    assert json.loads(fleet.taken()[0]["Body"])["detail"]["service_name"] == "good-service"


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--detail", '{"service_name": "../y"}'), 2, "service_name"),
        (("--detail", "@/nowhere"), 2, "/nowhere"),
        (("--detail", "{"), 2, "not JSON"),
        ((), 1, "no edit with"),
    ],
)
async def test_an_edit_that_does_not_fit_changes_nothing(
    fleet: Any, call: Any, more: tuple[str, ...], code: int, says: str
) -> None:
    message_id = await broken(fleet)

    result = call("edit", fleet.route, "--message", message_id, *more, EDITOR="no-such-editor")

    assert result.exit_code == code, result.output
    assert says in result.stderr
    assert fleet.taken() == []
    assert len(fleet.letters()) == 1


async def test_an_edit_that_changes_nothing_sends_nothing(fleet: Any, call: Any) -> None:
    message_id = await broken(fleet)

    result = call("edit", fleet.route, "--message", message_id, EDITOR="true")

    assert result.exit_code == 0
    assert "unchanged" in result.stdout
    assert fleet.taken() == []
    assert len(fleet.letters()) == 1
