"""`python -m benchmarks.chaos`: kills workers, and says whether anything was lost or done twice."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.chaos.report import written
from benchmarks.chaos.run import Result, run
from benchmarks.chaos.story import Story

_PYTHON = Path(".flotilla/environments/ministack/bin/python")
_EXAMPLE = """
example:
  python -m benchmarks.chaos --events 20000 --workers 4 --kills 200 --duplicates 5% --seed 7
"""


def main() -> int:
    """0 when every guarantee was kept, 1 when not, 2 when it was not understood."""
    arguments = _parser().parse_args()
    python = Path(arguments.emulator).absolute()
    if not python.exists():
        print(f"no MiniStack at {python}: `make setup` installs it", file=sys.stderr)
        return 2
    story = Story(
        events=arguments.events,
        workers=arguments.workers,
        kills=arguments.kills,
        duplicates=arguments.duplicates,
        seed=arguments.seed,
        pauses=arguments.pauses,
        restarts=arguments.restarts,
    )
    with tempfile.TemporaryDirectory(prefix="flotilla-chaos-") as made:
        folder = Path(arguments.logs).absolute() if arguments.logs else Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        result = asyncio.run(run(story, python, folder, _progress()))
    print(file=sys.stderr)
    if arguments.json:
        print(json.dumps({"story": asdict(story), **asdict(result)}))
    else:
        print(_told(story, result))
    if arguments.write:
        written(story, result, Path("benchmarks/results/chaos.md"))
    return 0 if result.verdict.holds and not result.strange else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--events", type=_count, default=2000, help="how many are sent")
    parser.add_argument("--workers", type=_count, default=4, help="how many run at a time")
    parser.add_argument("--kills", type=int, default=20, help="how many of them are killed")
    parser.add_argument("--pauses", type=int, default=3, help="how many sleep past their lease")
    parser.add_argument("--restarts", type=int, default=1, help="of the emulator")
    parser.add_argument("--duplicates", type=_share, default=0.05, help="events that come twice")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is left to chance")
    parser.add_argument("--emulator", default=str(_PYTHON), help="the Python that has MiniStack")
    parser.add_argument("--logs", help="a folder that keeps the logs and the trace")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.add_argument("--write", action="store_true", help="into benchmarks/results/chaos.md")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no count: give a whole number from 1 on")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: give one such as 5% or 0.05")
    return share


def _progress() -> Callable[[str], None]:
    shows = sys.stderr.isatty()
    last = 0.0

    def say(line: str) -> None:
        nonlocal last
        if shows:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - last > 5:
            last = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    return say


def _told(story: Story, result: Result) -> str:
    verdict = result.verdict
    lines = [
        f"{result.sent} messages of {story.events} events in {result.seconds:.0f} s,"
        f" seed {story.seed}",
        f"{result.kills} kills, {result.pauses} pauses, {result.restarts} restarts",
        f"lost {verdict.lost}, duplicated {verdict.duplicated}, misordered {verdict.misordered},"
        f" stuck {verdict.stuck}",
        f"not published {verdict.unpublished}, strange {verdict.strange},"
        f" parked without need {verdict.wrongly_parked}",
        f"published again under the same id: {verdict.repeated}",
        f"recovery: median {verdict.recovery[0]:.1f} s, longest {verdict.recovery[1]:.1f} s",
        *result.strange,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
