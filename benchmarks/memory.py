"""python -m benchmarks.memory: a worker's peak memory, whatever the backlog it works off."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import affinity, environments, machine, servers
from benchmarks.catalogue import chosen
from benchmarks.command_line import RESULTS, Parser, ended, tell
from benchmarks.run import Rig, Scenario, run

_PROG = "python -m benchmarks.memory"
_BACKLOGS = (1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that a worker had while it worked off a backlog."""

    peer: str
    scenario: str
    backlog: int
    megabytes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = Parser(
        prog=_PROG,
        description="Peak memory of one worker process that works off a backlog from its first"
        " message to its last. Writes a Markdown page.",
        epilog=f"example: {_PROG} --backlogs 1000,100000 --peers flotilla",
    )
    parser.add_argument("--peers", default="flotilla,flotilla-ledger-off", help="with commas")
    parser.add_argument("--backlogs", type=_backlogs, default=_BACKLOGS, help="with commas")
    parser.add_argument("--groups", type=int, default=50, help="of a FIFO queue; 0 for a standard")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="to standard output")
    given = parser.parse_args(arguments)
    return ended(_PROG, lambda: _measure(given))


def _measure(given: argparse.Namespace) -> None:
    load = machine.load()
    peaks = list(_peaks(given))
    text = page(peaks, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine.machine()}; load {load}.")
    given.results.mkdir(parents=True, exist_ok=True)
    (given.results / "memory.md").write_text(text, encoding="utf-8")
    tell(f"written: {given.results / 'memory.md'}")
    if given.json:
        said = [
            {"peer": p.peer, "scenario": p.scenario, "backlog": p.backlog, "mb": p.megabytes}
            for p in peaks
        ]
        print(json.dumps(said, indent=2))
    else:
        print(text, end="")


def _peaks(given: argparse.Namespace) -> Sequence[Peak]:
    found = []
    for peer in chosen(given.peers):
        python = environments.python(peer, tell)
        scenario = Scenario(publishes=True, groups=given.groups)
        for backlog in given.backlogs:
            with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
                rig = Rig(servers.standin, affinity.cores(), Path(folder), backlog, 3600)
                measured, _ = run(rig, peer, python, scenario)
            peak = Peak(peer.title, scenario.title, backlog, measured.peak_megabytes)
            tell(f"{peak.peer}, backlog {backlog:,}: {peak.megabytes:.1f} MB")
            found.append(peak)
    return found


def page(peaks: Sequence[Peak], made: str) -> str:
    """The result as Markdown, each peak beside that of the same peer's smallest backlog."""
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
    return "\n".join(
        ["# Memory of a worker by backlog", "", made, "", head, "| --- " * 5 + "|", *rows, ""]
    )


def _backlogs(text: str) -> tuple[int, ...]:
    if not all(part.strip().isdigit() and int(part) > 0 for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers with commas")
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
