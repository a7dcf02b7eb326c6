"""`flotilla up` and `down`, and what a person sees when something is in the way."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

AT_MOST = 240


def one_line(text: str) -> str:
    [line] = [line for line in text.splitlines() if line.startswith("flotilla: ")]
    assert "Traceback" not in text
    return line


def _emulator(port: int) -> int:
    """The process that was told to listen on this port."""
    mark = f"GATEWAY_PORT={port}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                return int(entry.name)
        except OSError:
            continue
    pytest.fail(f"no emulator listens on {port}")


def test_a_taken_port_is_named_with_who_holds_it_and_the_mend(
    new_place: Callable[..., Any],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = new_place().run("up", "--port", str(port))
    assert done.returncode == 1
    line = one_line(done.stderr)
    assert f"port {port} is taken by" in line
    assert str(os.getpid()) in line
    assert "--port" in line


def test_a_detached_fleet_runs_until_down(new_place: Callable[..., Any], port: int) -> None:
    place = new_place()
    started = place.run("up", "--detach", "--port", str(port))
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith(f"ready AWS_ENDPOINT_URL=http://127.0.0.1:{port} ")
    again = place.run("demo")
    assert "flotilla down" in one_line(again.stderr)
    assert "nothing waits" in place.run("dlq", "list").stdout
    ended = place.run("down")
    assert ended.returncode == 0
    assert "stopped the fleet" in ended.stdout
    assert place.left() == []
    assert place.run("down").stdout.strip() == "nothing runs from here"


def test_when_the_embedded_aws_dies_it_is_said_and_no_worker_is_left(
    new_place: Callable[..., Any], port: int
) -> None:
    place = new_place()
    process = place.start("up", "--port", str(port))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    os.kill(_emulator(port), signal.SIGKILL)
    _, errors = process.communicate(timeout=AT_MOST)
    assert process.returncode == 1
    assert "the embedded AWS ended" in one_line(errors)
    assert place.left() == []


def test_when_the_embedded_aws_dies_in_the_demo_one_line_says_so_and_nothing_is_left(
    new_place: Callable[..., Any],
) -> None:
    place = new_place()
    process = place.start("demo")
    assert process.stdout is not None
    assert any("codegen.completed" in line for line in process.stdout)
    port = int(place.status()["endpoint_url"].rpartition(":")[2])
    os.kill(_emulator(port), signal.SIGKILL)
    _, errors = process.communicate(timeout=AT_MOST)
    assert process.returncode == 1
    [line] = errors.splitlines()
    assert line.startswith("flotilla: the embedded AWS ended (signal SIGKILL)")
    assert place.left() == []
    assert place.status() == {}
    assert not (place.folder / "out" / "user-service").exists()


@pytest.mark.parametrize("persisted", [False, True])
def test_down_forgets_the_databases_of_services_unless_their_aws_was_kept(
    new_place: Callable[..., Any], persisted: bool
) -> None:
    place = new_place()
    database = place.home / "services" / "user-service" / "staging" / "data" / "service.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"rows")
    if persisted:
        (place.home / "state").mkdir()
    ended = place.run("down")
    assert ended.returncode == 0
    assert database.exists() is persisted


def test_without_a_fleet_commands_say_how_to_get_one(new_place: Callable[..., Any]) -> None:
    done = new_place().run("status")
    assert done.returncode == 1
    assert "flotilla up" in one_line(done.stderr)


def test_an_unreachable_index_is_one_line_at_setup(new_place: Callable[..., Any]) -> None:
    place = new_place()
    (place.home / "environments").unlink()
    done = place.run(
        "setup",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )
    assert done.returncode == 1
    assert "index" in one_line(done.stderr)


def test_an_output_that_cannot_be_written_is_said_before_anything_starts(
    new_place: Callable[..., Any], tmp_path: Path
) -> None:
    occupied = tmp_path / "out"
    occupied.write_text("in the way")
    place = new_place()
    done = place.run("demo", "--output", str(occupied))
    assert done.returncode == 1
    assert "--output" in one_line(done.stderr)
    assert not (place.home / "logs").exists()


def test_an_unfit_setting_is_one_line(new_place: Callable[..., Any]) -> None:
    done = new_place().run("status", FLOTILLA_LEASE_SECONDS="soon")
    assert done.returncode == 2
    assert "FLOTILLA_LEASE_SECONDS" in one_line(done.stderr)


COMMANDS = (
    ("setup",),
    ("demo",),
    ("up",),
    ("down",),
    ("submit",),
    ("status",),
    ("watch",),
    ("fetch",),
    ("publish",),
    ("routes",),
    ("worker",),
    ("dlq", "list"),
    ("dlq", "show"),
    ("dlq", "redrive"),
    ("dlq", "edit"),
    ("dlq", "purge"),
    ("policy", "check"),
)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_with_an_example(
    new_place: Callable[..., Any], words: tuple[str, ...]
) -> None:
    done = new_place().run(*words, "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout
