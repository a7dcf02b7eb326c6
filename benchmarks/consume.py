"""python -m benchmarks.consume: Flotilla and its peers, the same work on the same machine."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import affinity, environments, machine, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.chart import svg
from benchmarks.command_line import RESULTS, Parser, ended, positive, several, tell, written
from benchmarks.measurement import Measurement, medians
from benchmarks.processes import ROOT
from benchmarks.rounds import Found, add_work, scenarios, turns
from benchmarks.run import Opened, Rig, RunFailed, Scenario, run
from benchmarks.table import Page, Row, by_scenario, markdown, scenario_table

_PROG = "python -m benchmarks.consume"
_MINISTACK = Path(".flotilla/environments/ministack/bin/python")
_TITLE = "Consuming a queue"

Results = Found[tuple[Peer, Scenario], Measurement]
# By peer, of Python and of its libraries.
Versions = dict[str, dict[str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    given = _parser().parse_args(arguments)
    return ended(_PROG, lambda: _consume(given))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=_PROG,
        description="Measures Flotilla and its peers at consuming a queue of 600-byte events, one"
        " worker process on one core, the server on another. Writes a Markdown page and a chart.",
        epilog=f"example: {_PROG} --peers flotilla,bare --messages 20000 --rounds 5",
    )
    parser.add_argument("--peers", default="all", help="all, or names with commas")
    add_work(parser)
    parser.add_argument("--messages", type=several, default=20_000, help="a run (20000)")
    parser.add_argument("--rounds", type=positive, default=5, help="the median counts (5)")
    parser.add_argument("--server", choices=("standin", "ministack"), default="standin")
    parser.add_argument(
        "--fifo-receive",
        choices=("grouped", "spread"),
        default="grouped",
        help="how the stand-in fills a receive: of one group first, as SQS, or of all in turn",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="every run, to standard output")
    return parser


def _consume(given: argparse.Namespace) -> None:
    load = machine.load()
    found, versions = _measured(given, chosen(given.peers))
    page = _page(given, found, versions, load)
    _write(given, page)
    if given.json:
        print(json.dumps(_document(page, found), indent=2))
    else:
        for scenario, rows in by_scenario(page.rows).items():
            print(f"{scenario.title}\n\n{scenario_table(rows)}\n")
    if found.failures:
        raise RunFailed(f"not measured: {'; '.join(page.failures)}")


def _measured(given: argparse.Namespace, peers: Sequence[Peer]) -> tuple[Results, Versions]:
    pythons = {peer: environments.python(peer, tell) for peer in peers}
    cores = affinity.cores()
    if not cores.pinned:
        tell("this machine has one core: worker and server share it, and the figures show it")
    found, versions = Results(), Versions()

    def once(rig: Rig, peer: Peer, scenario: Scenario) -> Measurement:
        measured, said = run(rig, peer, pythons[peer], scenario)
        versions[peer.title] = {"Python": said["python"], **said["versions"]}
        return measured

    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(_server(given), cores, Path(folder), given.messages)
        plan = list(turns(given.rounds, scenarios(given), peers))
        for place, (number, peer, scenario) in enumerate(plan, 1):
            said = found.attempt((peer, scenario), partial(once, rig, peer, scenario), _told)
            head = f"[{place}/{len(plan)}] round {number}, {scenario.title}, {peer.name}"
            tell(f"{head}: {said}")
    return found, versions


def _server(given: argparse.Namespace) -> Opened:
    if given.server == "ministack":
        return partial(servers.ministack, python=(ROOT / _MINISTACK))
    return partial(servers.standin, fifo_receive=given.fifo_receive)


def _told(found: Measurement) -> str:
    return f"{found.rate:,.0f} messages/s, {found.cpu_ms:.3f} ms"


def _page(given: argparse.Namespace, found: Results, versions: Versions, load: str) -> Page:
    server = "MiniStack" if given.server == "ministack" else f"stand-in ({given.fifo_receive})"
    return Page(
        title=_TITLE,
        date=machine.now(),
        machine=machine.machine(),
        load=load,
        server=server,
        command=f"{_PROG} {' '.join(sys.argv[1:])}".strip(),
        messages=given.messages,
        rows=[
            Row(peer, scenario, medians(each), len(each))
            for (peer, scenario), each in found.whole.items()
        ],
        versions=versions,
        failures=[f"{peer.title}, {at.title}: {why}" for (peer, at), why in found.failures.items()],
    )


def _write(given: argparse.Namespace, page: Page) -> None:
    name = "consume" if given.server == "standin" else f"consume-{given.server}"
    chart = given.results / f"{name}.svg"
    if page.rows:
        written(chart, svg(page.rows, f"{_TITLE}: messages a second"))
    text = markdown(page, chart.name if page.rows else None)
    written(given.results / f"{name}.md", text)
    tell(f"written: {given.results / name}.md")


def _document(page: Page, found: Results) -> dict[str, Any]:
    return {
        "date": page.date,
        "machine": page.machine,
        "load": page.load,
        "server": page.server,
        "messages": page.messages,
        "failures": list(page.failures),
        "results": [
            {
                "peer": peer.name,
                "publishes": scenario.publishes,
                "groups": scenario.groups,
                "median": asdict(medians(runs)),
                "runs": [asdict(each) for each in runs],
            }
            for (peer, scenario), runs in found.runs.items()
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
