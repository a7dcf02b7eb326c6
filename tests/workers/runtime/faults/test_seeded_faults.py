"""Each guarantee has a fault of one line that breaks it, and the machine names the guarantee.

The product is copied, the fault planted in the copy, and the same random stories are told there: an
invariant that can't fail would prove nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.runtime.faults.faults import FAULTS, Fault
from tests.workers.runtime.stateful.witness import NAMES

ROOT = Path(__file__).parents[4]
MACHINE = ("tests/workers/runtime/conftest.py", "tests/workers/runtime/stateful")
EXAMPLES, STEPS = 80, 30
# A fault may make a story endless.
PATIENCE = 300
PROOF = f"""
import workers
from hypothesis import Phase
from pathlib import Path
from tests.workers.runtime.stateful.machine import prove
assert Path(workers.__file__).is_relative_to(Path.cwd()), workers.__file__
prove({EXAMPLES}, {STEPS}, derandomize=True, database=None, phases=[Phase.generate])
"""

pytestmark = pytest.mark.process


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product and the machine, in a folder that a fault may be planted in."""
    for package in ("schemas", "events", "workers"):
        # Links will do: a file that is written is replaced.
        shutil.copytree(ROOT / package, tmp_path / package, copy_function=os.symlink)
    for part in MACHINE:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).symlink_to(ROOT / part)
    return tmp_path


def prove(copy: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROOF],
        cwd=copy,
        env={"PATH": os.defpath, "PYTHONPATH": str(copy), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_the_product_as_it_is_keeps_every_guarantee(copy: Path) -> None:
    proved = prove(copy)

    assert proved.returncode == 0, proved.stdout + proved.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_of_one_line_is_caught_by_the_guarantee_that_it_breaks(
    copy: Path, fault: Fault
) -> None:
    module = copy / fault.module
    faulty = fault.planted((ROOT / fault.module).read_text())
    module.unlink()
    module.write_text(faulty)

    proved = prove(copy)

    assert proved.returncode != 0, "nobody noticed"
    said = [line for line in proved.stderr.split("\n") if line.startswith("AssertionError: ")]
    assert said, proved.stderr[-3000:]
    assert NAMES[fault.breaks] in said[0]


def test_every_guarantee_has_a_fault() -> None:
    assert {fault.breaks for fault in FAULTS} == set(NAMES)
