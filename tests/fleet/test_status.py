"""The fleet's status file and its lock."""

import json
from pathlib import Path

import pytest

from workers.fleet import status
from workers.fleet.status import FleetRunning, FleetStatus, ProcessStatus

STATUS = FleetStatus(
    pid=1,
    state="ready",
    endpoint_url="http://127.0.0.1:4566",
    environment="local",
    region="us-east-1",
    processes=(ProcessStatus("one", 2, 0, "running"), ProcessStatus("two", None, 3, "given up")),
)


def test_what_is_written_is_read_while_the_fleet_runs(tmp_path: Path) -> None:
    with status.alone(tmp_path):
        status.write(tmp_path, STATUS)
        assert status.read(tmp_path) == STATUS
        assert [path.name for path in tmp_path.glob("*.part")] == []
    assert status.read(tmp_path) is None
    assert not (tmp_path / "fleet.json").exists()


def test_a_status_that_a_killed_fleet_left_is_no_fleet(tmp_path: Path) -> None:
    (tmp_path / "fleet.lock").touch()
    status.write(tmp_path, STATUS)
    assert status.read(tmp_path) is None


def test_a_fleet_that_has_said_nothing_yet_is_not_shown(tmp_path: Path) -> None:
    with status.alone(tmp_path):
        assert status.is_running(tmp_path)
        assert status.read(tmp_path) is None


def test_one_folder_has_one_fleet(tmp_path: Path) -> None:
    with (
        status.alone(tmp_path),
        pytest.raises(FleetRunning, match="flotilla down"),
        status.alone(tmp_path),
    ):
        pass
    with status.alone(tmp_path):
        assert status.is_running(tmp_path)


def test_the_file_is_for_programs_in_any_language(tmp_path: Path) -> None:
    status.write(tmp_path, STATUS)
    found = json.loads((tmp_path / "fleet.json").read_text())
    assert found["endpoint_url"] == STATUS.endpoint_url
    assert found["processes"][0] == {"name": "one", "pid": 2, "restarts": 0, "state": "running"}
