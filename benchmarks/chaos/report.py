"""The figures of a run, as a page."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.chaos.place import LEASE
from benchmarks.chaos.run import Result
from benchmarks.chaos.story import Story
from benchmarks.chaos.verdict import Verdict


def written(story: Story, result: Result, path: Path) -> None:
    """Writes the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(story, result))


def page(story: Story, result: Result) -> str:
    """The page as Markdown."""
    table = "\n".join(f"| {name} | {value} |" for name, value in _rows(result.verdict).items())
    return f"""# Chaos

{datetime.now(UTC):%d %B %Y}, Python {platform.python_version()}, {platform.machine()}, MiniStack.

`{_command(story)}`

{_told(story, result)}

| | |
| --- | --- |
{table}

An effect appends an event's place to its group's list, in the transaction of the answer: what is
done twice is in it twice, and the list's order is the order of the commits. Recovery is the time
from a worker's death to the next start of what it had begun.
"""


def _rows(verdict: Verdict) -> Mapping[str, object]:
    return {
        "lost": verdict.lost,
        "effects done twice": verdict.duplicated,
        "out of order within a group": verdict.misordered,
        "stuck": verdict.stuck,
        "answers not published": verdict.unpublished,
        "answers that nobody gave": verdict.strange,
        "parked without need": verdict.wrongly_parked,
        "answers published again, under the same id (allowed)": verdict.repeated,
        "recovery, median": f"{verdict.recovery[0]:.1f} s",
        "recovery, longest": f"{verdict.recovery[1]:.1f} s",
    }


def _command(story: Story) -> str:
    return (
        f"python -m benchmarks.chaos --events {story.events} --workers {story.workers}"
        f" --kills {story.kills} --duplicates {story.duplicates:.0%} --pauses {story.pauses}"
        f" --restarts {story.restarts} --seed {story.seed}"
    )


def _told(story: Story, result: Result) -> str:
    return f"""\
{result.sent} messages in {result.seconds:.0f} s, in {story.groups} groups, {story.poison} of them
poison; {story.workers} worker processes, {result.kills} of them killed (half at random, half by
themselves before or after a call to the outside), {result.pauses} paused for two leases of
{LEASE.total_seconds():g} s, {result.restarts} restarts of the emulator."""
