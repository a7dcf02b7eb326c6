"""`flotilla doctor` and a worker's own pages on a real fleet."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from events.routes import ROUTES

pytestmark = pytest.mark.process

AT_MOST = 240
ROUTE = "notifier-on-workflow-completed"


def test_a_fleet_that_is_well_has_no_fault(fleet: Any) -> None:
    done = fleet.run("doctor")

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok      workers: all {len(ROUTES) + 1} processes are at work" in done.stdout
    assert "\nfault" not in f"\n{done.stdout}"
    assert re.search(r"^0 faults, \d+ warnings, \d+ ok$", done.stdout, re.M)


def test_a_break_is_one_line_with_the_mend_and_an_exit_code(fleet: Any) -> None:
    rule = {"Name": f"flotilla-local-{ROUTE}", "EventBusName": "flotilla-local"}
    fleet.client("events").disable_rule(**rule)
    try:
        said, told = fleet.run("doctor"), fleet.answer("doctor")
    finally:
        fleet.client("events").enable_rule(**rule)

    assert said.returncode == 1
    [line] = [line for line in said.stdout.splitlines() if line.startswith("fault")]
    assert line.startswith(f"fault   rules: {rule['Name']}: the rule is disabled")
    assert "enable it" in line
    assert told["faults"] == 1
    assert told["findings"][0]["subjects"] == [rule["Name"]]


def test_without_a_fleet_there_is_one_line(new_place: Any) -> None:
    done = new_place().run("doctor")

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "flotilla up" in line


def test_an_endpoint_that_does_not_answer_is_one_line(new_place: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = new_place().run("doctor", AWS_ENDPOINT_URL=endpoint)

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert endpoint in line
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(fleet: Any, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """One more worker of a route, with its pages."""
    more = {
        "AWS_ENDPOINT_URL": fleet.endpoint_url,
        "FLOTILLA_HEALTH_PORT": str(port),
        "FLOTILLA_RECEIVE_WAIT_SECONDS": "1",
    }
    arguments = [sys.executable, "-m", "workers", "worker", ROUTE]
    process = subprocess.Popen(
        arguments,
        cwd=fleet.place.folder,
        env={**fleet.place.environment, **more},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def test_a_worker_says_how_it_is_and_ends_when_told(
    served: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = served
    health = json.loads(_got(process, f"{url}/health"))
    metrics = _got(process, f"{url}/metrics")

    assert health["route"] == ROUTE
    assert (health["healthy"], health["reason"], health["draining"]) == (True, None, False)
    assert health["in_flight"] == 0
    assert health["last_poll_seconds"] < 40
    assert f'flotilla_received_total{{route="{ROUTE}"}} 0\n' in metrics
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=AT_MOST)
    assert process.returncode == 0
    assert '"drained"' in said


def _got(process: subprocess.Popen[str], url: str) -> str:
    deadline = time.monotonic() + AT_MOST
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail(f"{url} does not answer")
