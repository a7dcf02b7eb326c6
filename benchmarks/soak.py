"""python -m benchmarks.soak: a worker's memory over minutes of steady work."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import affinity, machine, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.command_line import (
    RESULTS,
    Parser,
    amount,
    ended,
    natural,
    positive,
    tell,
    written,
)
from benchmarks.growth import BAR, Growth, TooShort, growth
from benchmarks.line_chart import Line, Panel, svg
from benchmarks.run import Rig, RunFailed, Scenario
from benchmarks.steady import Load, Soaked, soak

_PROG = "python -m benchmarks.soak"
# Of Flotilla's own: the others' libraries are not ours to hold to a bar.
_PEERS = ("flotilla", "flotilla-ledger-off")
_DRAIN_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPage:
    """All that a page says."""

    date: str
    machine: str
    load: str
    command: str
    peer: Peer
    scenario: Scenario
    asked: Load
    warm_up: float
    soaked: Soaked
    growth: Growth


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 when memory stayed under the bar."""
    given = _parser().parse_args(arguments)
    return ended(_PROG, lambda: _soak(given))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=_PROG,
        description="One worker process under steady load on the stand-in: its resident memory"
        f" each second, which may grow by less than {BAR:g} % after the warm-up. Writes a page"
        " and a chart.",
        epilog=f"example: {_PROG} --minutes 10",
    )
    parser.add_argument("--minutes", type=amount, default=10.0, help="in all (10)")
    parser.add_argument("--warm-up", type=amount, default=60.0, help="seconds left out (60)")
    parser.add_argument("--peer", choices=_PEERS, default=_PEERS[0])
    parser.add_argument("--groups", type=natural, default=50, help="of a FIFO queue; 0: standard")
    parser.add_argument("--backlog", type=positive, default=2000, help="kept in the queue (2000)")
    parser.add_argument("--rate", type=positive, default=3000, help="most messages/s sent (3000)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="to standard output")
    return parser


def _soak(given: argparse.Namespace) -> None:
    page = _measured(given)
    written(given.results / "soak.svg", chart(page))
    written(given.results / "soak.md", markdown(page))
    tell(f"written: {given.results / 'soak.md'}")
    print(_document(page) if given.json else soak_table(page))
    if not page.growth.holds:
        raise RunFailed(f"memory grew by {BAR:g} % or more")


def _measured(given: argparse.Namespace) -> SoakPage:
    load = machine.load()
    asked = Load(given.minutes * 60, given.backlog, given.rate)
    [peer], scenario = chosen(given.peer), Scenario(True, given.groups)
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(servers.standin, affinity.cores(), Path(folder), asked.most, _DRAIN_SECONDS)
        soaked = soak(rig, peer, scenario, asked, tell)
    try:
        grown = growth(soaked.samples, given.warm_up)
    except TooShort as error:
        raise RunFailed(f"{error}: give more --minutes or less --warm-up") from error
    return SoakPage(
        date=machine.now(),
        machine=machine.machine(),
        load=load,
        command=f"{_PROG} {' '.join(sys.argv[1:])}".strip(),
        peer=peer,
        scenario=scenario,
        asked=asked,
        warm_up=given.warm_up,
        soaked=soaked,
        growth=grown,
    )


def markdown(page: SoakPage) -> str:
    """The whole page."""
    return f"""# A worker's memory under steady load

{page.date}. {page.machine}; load before the run {page.load}.
{page.peer.title}; {page.scenario.title}; stand-in, 600-byte messages.
Made by `{page.command}`.

![resident memory over time](soak.svg)

{soak_table(page)}

The queue is filled up to {page.asked.backlog:,} messages five times a second, with at most
{page.asked.rate:,} a second: as long as the lowest backlog is above 0 the worker is never idle.
Memory is what the worker's process has resident, read once a second from outside. Left out is
a warm-up of {page.warm_up:g} s. The fitted line is Theil and Sen's: the median of the slopes
between any two samples. The benchmark's own meter is in it with a byte for each of the
{page.asked.most:,} messages that could have come, from the start on. Both figures of growth must
be under {BAR:g} %.
"""


def soak_table(page: SoakPage) -> str:
    """The figures as a table."""
    grown, soaked, report = page.growth, page.soaked, page.soaked.report
    rows = {
        "seconds after the warm-up": f"{grown.seconds:,.0f}",
        "messages handled, in all": f"{report['deleted']:,}",
        "delivered again": f"{report['received_again']:,}",
        "out of order": f"{max(report['deleted_early'], report['published_early']):,}",
        "lowest backlog": _lowest(soaked.lowest),
        "resident, first minute, MB": f"{grown.first:.2f}",
        "resident, last minute, MB": f"{grown.last:.2f}",
        "growth, medians of the two": f"{grown.median_percent:+.2f} %",
        "growth, fitted line": f"{grown.fitted_percent:+.2f} % ({grown.kb_a_minute:+.1f} KB/min)",
        "verdict": f"under {BAR:g} %" if grown.holds else f"**{BAR:g} % or more**",
    }
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())]
    return "\n".join(lines)


def _lowest(backlog: int | None) -> str:
    if backlog is None:
        return "–"
    return f"{backlog:,}" if backlog else "0: **idle at times**, a higher `--rate` would do"


def chart(page: SoakPage) -> str:
    """Resident memory over minutes, on a scale from 0 on."""
    points = [(sample.at / 60, sample.megabytes) for sample in page.soaked.samples]
    line = Line(page.peer.title, points)
    panel = Panel(title="Resident memory, MB", axis="minutes", lines=[line])
    return svg([panel], "A worker's memory under steady load")


def _document(page: SoakPage) -> str:
    grown = page.growth
    said = {
        "date": page.date,
        "machine": page.machine,
        "load": page.load,
        "peer": page.peer.name,
        "asked": asdict(page.asked),
        "growth": {**asdict(grown), "median_percent": grown.median_percent, "holds": grown.holds},
        **asdict(page.soaked),
    }
    said["report"] = {k: v for k, v in page.soaked.report.items() if k != "snapshots"}
    return json.dumps(said, indent=2)


if __name__ == "__main__":
    sys.exit(main())
