"""Each of these faults is caught by the test that it names, which passes without it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.workers.runtime.faults.tested_faults import TESTED_FAULTS, TestedFault

ROOT = Path(__file__).parents[4]
PACKAGES = ("schemas", "events", "workers", "localstack")
SECONDS = 120

pytestmark = pytest.mark.process


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product, in a folder that a fault may be planted in, and the tests beside it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, copy_function=os.symlink)
    for part in ("tests", "pyproject.toml"):
        (tmp_path / part).symlink_to(ROOT / part)
    return tmp_path


def told(copy: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests],
        cwd=copy,
        env={"PATH": os.defpath, "PYTHONPATH": str(copy), "HOME": str(copy)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_without_a_fault_they_pass(copy: Path) -> None:
    passed = told(copy, sorted({fault.test for fault in TESTED_FAULTS}))

    assert passed.returncode == 0, passed.stdout + passed.stderr


@pytest.mark.parametrize("fault", TESTED_FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_of_one_line_is_caught_by_the_test_that_it_names(
    copy: Path, fault: TestedFault
) -> None:
    module = copy / fault.module
    faulty = fault.planted((ROOT / fault.module).read_text())
    module.unlink()
    module.write_text(faulty)

    failed = told(copy, [fault.test])

    # 1: tests failed. Any other code is a broken run, which proves nothing.
    assert failed.returncode == 1, failed.stdout + failed.stderr
