"""LocalStack without Docker: what is installed, and how it is started."""

import re
from pathlib import Path

import pytest
import yaml

from localstack import community

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "infra" / "requirements" / "localstack.txt").read_text()


def test_its_list_pins_every_package_by_hash_and_names_no_host() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())

    assert len(entries) > 100
    assert all(re.match(r"[a-z0-9.-]+==\S+ \\\n\s+--hash=sha256:", entry) for entry in entries)
    assert "://" not in LOCK


def test_it_is_the_version_of_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "localstack" / "compose.yaml").read_text())["services"]
    version = services["localstack"]["image"].rpartition(":")[2]

    assert f"\nlocalstack-core=={version} " in LOCK


def test_an_installation_that_was_cut_short_is_none(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    assert community.python(tmp_path) is None

    (tmp_path / ".complete").touch()
    assert community.python(tmp_path) == python


def test_it_is_told_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    given = community.environment(4566, tmp_path)

    assert "secret" not in given.values()
    assert given["GATEWAY_LISTEN"] == "127.0.0.1:4566"
    assert all(given[name].startswith(str(tmp_path)) for name in ("HOME", "TMPDIR"))
