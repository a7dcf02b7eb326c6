"""Real workers on the embedded AWS, killed and paused: nothing is lost, doubled or out of order."""

import os
from pathlib import Path

import pytest

from benchmarks.chaos.run import run
from benchmarks.chaos.story import Story

PYTHON = Path(__file__).parents[2] / ".flotilla" / "environments" / "ministack" / "bin" / "python"

pytestmark = pytest.mark.process


async def test_a_short_run_holds(tmp_path: Path) -> None:
    if not PYTHON.exists():
        reason = f"no MiniStack at {PYTHON}: `make setup` installs it"
        pytest.fail(reason) if "CI" in os.environ else pytest.skip(reason)
    story = Story(
        events=400, workers=2, kills=6, duplicates=0.05, seed=11, groups=20, poison=5, pauses=1
    )
    said: list[str] = []

    result = await run(story, PYTHON, tmp_path, said.append)

    assert result.verdict.holds, result
    assert result.strange == ()
    assert (result.kills >= 4, result.pauses >= 1, result.restarts) == (True, True, 1)
    assert result.sent == 420
