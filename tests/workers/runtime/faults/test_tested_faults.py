"""Each of these faults is caught by the test that it names, which passes without it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.workers.runtime.faults.tested_faults import TESTED_FAULTS, TestedFault

ROOT = Path(__file__).parents[4]
PACKAGES = ("schemas", "events", "workers", "localstack")
BESIDE = ("tests", "pyproject.toml", "infra")
MINISTACK = ROOT / ".flotilla" / "environments" / "ministack" / "bin" / "ministack"
PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")
SECONDS = 120

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product, in a folder that faults may be planted in, and the tests beside it."""
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            copy_function=os.symlink,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for part in BESIDE:
        (folder / part).symlink_to(ROOT / part)
    return folder


@contextmanager
def planted(copy: Path, fault: TestedFault) -> Iterator[None]:
    """The fault is in the copy, for as long as this lasts."""
    module, original = copy / fault.module, ROOT / fault.module
    faulty = fault.planted(original.read_text())
    module.unlink()
    module.write_text(faulty)
    try:
        yield
    finally:
        module.unlink()
        module.symlink_to(original)


def told(
    copy: Path, tests: Sequence[str], *, remembers: bool = False
) -> subprocess.CompletedProcess[str]:
    """A run of these tests. One that remembers leaves the compiled modules to those after it."""
    env = {
        "PATH": os.defpath,
        "PYTHONPATH": str(copy),
        "HOME": str(copy),
        "FLOTILLA_MINISTACK": os.environ.get("FLOTILLA_MINISTACK", str(MINISTACK)),
        # The plugins that happen to be installed take as long as the tests.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        # Nothing of a fault may outlast it.
        **({} if remembers else {"PYTHONDONTWRITEBYTECODE": "1"}),
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLUGINS, *tests],
        cwd=copy,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def marked(fault: TestedFault) -> object:
    marks = [pytest.mark.embedded] if fault.embedded else []
    return pytest.param(fault, id=fault.name.replace(" ", "-"), marks=marks)


@pytest.mark.parametrize(
    "embedded", [False, pytest.param(True, marks=pytest.mark.embedded)], ids=["alone", "embedded"]
)
def test_without_a_fault_they_pass(
    copy: Path, request: pytest.FixtureRequest, *, embedded: bool
) -> None:
    if embedded:
        # Skips this one where there is no emulator, in place of all that it would run.
        request.getfixturevalue("ministack")
    tests = sorted({each.test for each in TESTED_FAULTS if each.embedded is embedded})

    passed = told(copy, tests, remembers=True)

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "skipped" not in passed.stdout


@pytest.mark.parametrize("fault", [marked(fault) for fault in TESTED_FAULTS])
def test_a_fault_of_one_line_is_caught_by_the_test_that_it_names(
    copy: Path, request: pytest.FixtureRequest, fault: TestedFault
) -> None:
    if fault.embedded:
        request.getfixturevalue("ministack")
    with planted(copy, fault):
        failed = told(copy, [fault.test])

    # 1: tests failed. Any other code is a broken run, which proves nothing.
    assert failed.returncode == 1, failed.stdout + failed.stderr
