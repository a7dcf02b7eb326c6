"""Environments from a package index in a folder: no network, but the real venv and pip."""

import asyncio
import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from workers.adapters.environments import Environments
from workers.adapters.pip import (
    DiskFull,
    EnvironmentFailed,
    IndexUnreachable,
    NotPinned,
    Uninstallable,
    check_pinned,
    failure,
)
from workers.ports import Reject, Retry

HASH = "--hash=sha256:" + "a" * 64


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index with one package, `pebble` 1.0; pip is told of it by its own variables."""
    folder = tmp_path / "index" / "pebble"
    folder.mkdir(parents=True)
    wheel = _wheel(folder)
    (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    _only(monkeypatch, (tmp_path / "index").as_uri())
    return wheel


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "environments")


def _only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", url)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)


def _wheel(folder: Path) -> Path:
    files = {
        "pebble.py": "WEIGHT = 7\n",
        "pebble-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pebble\nVersion: 1.0\n",
        "pebble-1.0.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in files.items())
    files["pebble-1.0.dist-info/RECORD"] = record + "pebble-1.0.dist-info/RECORD,,\n"
    path = folder / "pebble-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _digest(text: str) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "sha256=" + raw.rstrip(b"=").decode()


def pinned(wheel: Path) -> bytes:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"pebble==1.0 \\\n    --hash=sha256:{digest}\n".encode()


def weight(python: Path) -> str:
    command = [str(python), "-c", "import pebble; print(pebble.WEIGHT)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


async def test_an_environment_has_what_was_pinned_and_is_made_once(
    index: Path, environments: Environments
) -> None:
    python = await environments.python_for(pinned(index))
    assert weight(python) == "7"
    (python.parent.parent / "mark").touch()
    assert await environments.python_for(pinned(index)) == python
    assert (python.parent.parent / "mark").exists()


async def test_an_environment_that_was_made_through_a_link_outlives_the_link(
    index: Path, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    made = await Environments(tmp_path / "link").named("linked", pinned(index))
    (tmp_path / "link").unlink()
    assert weight(made.python) == "7"


async def test_many_who_ask_at_once_get_one_environment(
    index: Path, environments: Environments
) -> None:
    said: list[str] = []
    asking = [environments.named("shared", pinned(index), said.append) for _ in range(3)]
    made = await asyncio.gather(*asking)
    assert len({each.python for each in made}) == 1
    assert [line for line in said if line.startswith("making")] == ["making the environment shared"]
    assert weight(made[0].python) == "7"


async def test_a_half_made_environment_is_made_again(
    index: Path, environments: Environments, tmp_path: Path
) -> None:
    half = tmp_path / "environments" / "broken"
    (half / "bin").mkdir(parents=True)
    (half / "bin" / "python").write_text("half written")
    made = await environments.named("broken", pinned(index))
    assert weight(made.python) == "7"


async def test_other_requirements_under_one_name_make_it_anew(
    index: Path, environments: Environments
) -> None:
    made = await environments.named("same", pinned(index))
    leftover = made.folder / "leftover"
    leftover.touch()
    await environments.named("same", pinned(index) + b"# compiled again\n")
    assert not leftover.exists()


async def test_a_failure_leaves_nothing_that_passes_for_complete(
    index: Path, environments: Environments
) -> None:
    altered = f"pebble==1.0 {HASH}\n".encode()
    for _ in range(2):
        with pytest.raises(Uninstallable, match="does not match its hash"):
            await environments.named("altered", altered)


async def test_a_package_that_is_not_there_is_a_reject(
    index: Path, environments: Environments
) -> None:
    with pytest.raises(Reject, match="boulder"):
        await environments.python_for(f"boulder==1.0 {HASH}\n".encode())


async def test_an_index_out_of_reach_is_a_retry(
    environments: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only(monkeypatch, "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(Retry, match="package index can't be reached"):
        await environments.python_for(f"pebble==1.0 {HASH}\n".encode())


async def test_an_environment_that_is_no_longer_wanted_is_not_marked_complete(
    index: Path, environments: Environments, tmp_path: Path
) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    making = asyncio.ensure_future(environments.named("late", pinned(index), told.put_nowait))
    await told.get()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert not (tmp_path / "environments" / "late" / ".complete").exists()
    assert weight((await environments.named("late", pinned(index))).python) == "7"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"pebble==1.0 {HASH}\n", id="one line"),
        pytest.param(f"pebble==1.0 \\\n  {HASH} \\\n  {HASH}\n    # via us\n", id="as compiled"),
        pytest.param(f'pebble[a,b]==1.0 ; python_version < "3.12" {HASH}', id="extra and marker"),
        pytest.param("# nothing\n\n", id="nothing"),
    ],
)
def test_what_is_pinned(text: str) -> None:
    check_pinned(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pebble\n", id="no version"),
        pytest.param(f"pebble>=1.0 {HASH}\n", id="a range"),
        pytest.param("pebble==1.0\n", id="no hash"),
        pytest.param(f"pebble==1.* {HASH}\n", id="a wildcard"),
        pytest.param("pebble==1.0 --hash=md5:" + "a" * 32, id="a weak hash"),
        pytest.param(f"--index-url http://evil/ \\\n pebble==1.0 {HASH}", id="another index"),
        pytest.param("-r /etc/passwd\n", id="another file"),
        pytest.param("-e .\n", id="editable"),
        pytest.param(f"pebble @ http://evil/pebble.whl {HASH}", id="an address"),
        pytest.param(f"./pebble.whl {HASH}", id="a path"),
        pytest.param(f"pebble==1.0 {HASH} --global-option=x", id="an option after it"),
        pytest.param(f"pebble==1.0 ; x --config-settings=y {HASH}", id="an option in the marker"),
        pytest.param("=" * 100_000, id="absurd"),
    ],
)
def test_anything_else_is_refused_before_anything_is_run(text: str) -> None:
    with pytest.raises(NotPinned):
        check_pinned(text.encode())


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", DiskFull),
        ("Error: [Errno 122] Disk quota exceeded: '/x'", DiskFull),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            Uninstallable,
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
            "ERROR: Could not find a version that satisfies the requirement pebble==1.0",
            IndexUnreachable,
        ),
        ("WARNING: connection broken by 'ProxyError('Cannot connect')'", IndexUnreachable),
        ("ERROR: HTTP error 503 while getting http://index/pebble", IndexUnreachable),
        ("ERROR: No matching distribution found for pebble==1.0", Uninstallable),
        ("", Uninstallable),
        ("x" * 1_000_000, Uninstallable),
    ],
)
def test_the_output_of_pip_becomes_one_line(output: str, expected: type[EnvironmentFailed]) -> None:
    found = failure(output)
    assert type(found) is expected
    assert "\n" not in str(found)
    assert len(str(found)) < 400
