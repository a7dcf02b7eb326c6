"""python -m benchmarks.memory: a worker's peak memory, whatever the backlog it works off."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks import affinity, environments, machine, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.command_line import RESULTS, Parser, ended, natural, positives, tell, written
from benchmarks.run import Rig, Scenario, run

_PROG = "python -m benchmarks.memory"
_BACKLOGS = (1_000, 10_000, 100_000)
_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that a worker had while it worked off a backlog."""

    peer: str
    scenario: str
    backlog: int
    megabytes: float


# In the order of their turns, and what runs one.
Plan = Sequence[tuple[Peer, int]]
Measure = Callable[[Peer, int], Peak]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = Parser(
        prog=_PROG,
        description="Peak memory of one worker process that works off a backlog from its first"
        " message to its last. Writes a Markdown page, anew after each backlog.",
        epilog=f"example: {_PROG} --backlogs 1000,100000 --peers flotilla",
    )
    parser.add_argument("--peers", default="flotilla,flotilla-ledger-off", help="with commas")
    parser.add_argument("--backlogs", type=positives, default=_BACKLOGS, help="with commas")
    parser.add_argument("--groups", type=natural, default=50, help="of a FIFO queue; 0: standard")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="to standard output")
    given = parser.parse_args(arguments)
    return ended(_PROG, lambda: _measure(given), "backlogs that were run are on the page")


def _measure(given: argparse.Namespace) -> None:
    path = given.results / "memory.md"
    plan = [(peer, backlog) for peer in chosen(given.peers) for backlog in given.backlogs]
    made = (
        f"{machine.now()}. {machine.machine()}; load {machine.load()}.\n"
        f"Made by `{_PROG} --peers {given.peers}"
        f" --backlogs {','.join(map(str, given.backlogs))} --groups {given.groups}`."
    )
    peaks = recorded(plan, partial(_peak, Scenario(True, given.groups)), path, made)
    tell(f"written: {path}")
    if given.json:
        print(json.dumps([asdict(peak) for peak in peaks], indent=2))
    else:
        print(path.read_text(encoding="utf-8"), end="")


def recorded(plan: Plan, measure: Measure, path: Path, made: str) -> Sequence[Peak]:
    """The peaks of a plan, the page written after each: what is cut off leaves a true page."""
    peaks: list[Peak] = []
    for peer, backlog in plan:
        peaks.append(measure(peer, backlog))
        left = [f"{peer.title} on {backlog:,}" for peer, backlog in plan[len(peaks) :]]
        written(path, page(peaks, made, left))
        said = f"{peer.title}, backlog {backlog:,}: {peaks[-1].megabytes:.1f} MB"
        tell(f"[{len(peaks)}/{len(plan)}] {said}")
    return peaks


def _peak(scenario: Scenario, peer: Peer, backlog: int) -> Peak:
    python = environments.python(peer, tell)
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(servers.standin, affinity.cores(), Path(folder), backlog, _SECONDS)
        measured, _ = run(rig, peer, python, scenario)
    return Peak(peer.title, scenario.title, backlog, measured.peak_megabytes)


def page(peaks: Sequence[Peak], made: str, left: Sequence[str] = ()) -> str:
    """The result as Markdown, each peak beside that of the same peer's smallest backlog.

    `left` is what has not been run yet.
    """
    first: dict[str, float] = {}
    rows = []
    for peak in peaks:
        base = first.setdefault(peak.peer, peak.megabytes)
        change = (peak.megabytes / base - 1) * 100
        rows.append(
            f"| {peak.peer} | {peak.scenario} | {peak.backlog:,} | {peak.megabytes:.1f}"
            f" | {change:+.1f} % |"
        )
    head = "| worker | work | backlog, messages | peak memory, MB | against the first |"
    lines = ["# Memory of a worker by backlog", "", made, "", head, "| --- " * 5 + "|", *rows, ""]
    if left:
        lines += [f"Not run to its end: {', '.join(left)}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
