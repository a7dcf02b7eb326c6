"""python -m benchmarks.consume: Flotilla and its peers, the same work on the same machine."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import affinity, environments, machine, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.chart import svg
from benchmarks.command_line import RESULTS, Parser, ended, one_of, positive, tell
from benchmarks.measurement import Measurement, medians
from benchmarks.run import Opened, Rig, RunFailed, Scenario, run
from benchmarks.table import Page, Row, markdown, scenario_table, scenarios

_PROG = "python -m benchmarks.consume"
_MINISTACK = Path(".flotilla/environments/ministack/bin/python")
_TITLE = "Consuming a queue"


@dataclass(slots=True)
class Found:
    """What the runs of one call came to, as they come."""

    runs: dict[tuple[Peer, Scenario], list[Measurement]] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    failures: dict[tuple[Peer, Scenario], str] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """Scenario by scenario, the peers in their order."""
        return [
            Row(peer, scenario, medians(each), len(each))
            for (peer, scenario), each in self.runs.items()
            if (peer, scenario) not in self.failures
        ]


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
    parser.add_argument("--handlers", type=one_of("noop", "publish"), default=("noop", "publish"))
    parser.add_argument("--queues", type=one_of("standard", "fifo"), default=("standard", "fifo"))
    parser.add_argument("--groups", type=positive, default=50, help="of the FIFO queue (50)")
    parser.add_argument("--messages", type=positive, default=20_000, help="a run (20000)")
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
    peers, load = chosen(given.peers), machine.load()
    pythons = {peer: environments.python(peer, tell) for peer in peers}
    cores = affinity.cores()
    if not cores.pinned:
        tell("this machine has one core: worker and server share it, and the figures show it")
    found = Found()
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(_server(given), cores, Path(folder), given.messages)
        plan = list(_plan(given, peers))
        for place, (number, peer, scenario) in enumerate(plan, 1):
            said = _once(found, peer, scenario, partial(run, rig, peer, pythons[peer], scenario))
            head = f"[{place}/{len(plan)}] round {number}, {scenario.title}, {peer.name}"
            tell(f"{head}: {said}")
    page = _page(given, found, load)
    _write(given, page)
    if given.json:
        print(json.dumps(_document(page, found), indent=2))
    else:
        for scenario, rows in scenarios(page.rows).items():
            print(f"{scenario.title}\n\n{scenario_table(rows)}\n")
    if found.failures:
        raise RunFailed(f"not measured: {'; '.join(page.failures)}")


def _plan(given: argparse.Namespace, peers: Sequence[Peer]) -> Iterator[tuple[int, Peer, Scenario]]:
    """Round by round, so that what disturbs the machine disturbs all of them."""
    groups = {"standard": 0, "fifo": given.groups}
    work = [
        Scenario(handler == "publish", groups[queue])
        for handler, queue in product(given.handlers, given.queues)
    ]
    for number, scenario, peer in product(range(1, given.rounds + 1), work, peers):
        if scenario.publishes or not peer.publishes_only:
            yield number, peer, scenario


def _server(given: argparse.Namespace) -> Opened:
    if given.server == "ministack":
        return partial(servers.ministack, python=(servers.ROOT / _MINISTACK))
    return partial(servers.standin, fifo_receive=given.fifo_receive)


def _once(
    found: Found, peer: Peer, scenario: Scenario, measured: Callable[[], tuple[Measurement, Any]]
) -> str:
    """One run, noted. A peer that has failed at a scenario is not run at it again."""
    if (peer, scenario) in found.failures:
        return "left out"
    try:
        measurement, said = measured()
    except RunFailed as error:
        found.failures[peer, scenario] = str(error)
        return f"failed: {error}"
    found.runs.setdefault((peer, scenario), []).append(measurement)
    found.versions[peer.title] = {"Python": said["python"], **said["versions"]}
    return f"{measurement.rate:,.0f} messages/s, {measurement.cpu_ms:.3f} ms"


def _page(given: argparse.Namespace, found: Found, load: str) -> Page:
    server = "MiniStack" if given.server == "ministack" else f"stand-in ({given.fifo_receive})"
    return Page(
        title=_TITLE,
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=machine.machine(),
        load=load,
        server=server,
        command=f"{_PROG} {' '.join(sys.argv[1:])}".strip(),
        messages=given.messages,
        rows=found.rows,
        versions=found.versions,
        failures=[f"{peer.title}, {at.title}: {why}" for (peer, at), why in found.failures.items()],
    )


def _write(given: argparse.Namespace, page: Page) -> None:
    given.results.mkdir(parents=True, exist_ok=True)
    name = "consume" if given.server == "standin" else f"consume-{given.server}"
    chart = given.results / f"{name}.svg"
    if page.rows:
        chart.write_text(svg(page.rows, f"{_TITLE}: messages a second"), encoding="utf-8")
    text = markdown(page, chart.name if page.rows else None)
    (given.results / f"{name}.md").write_text(text, encoding="utf-8")
    tell(f"written: {given.results / name}.md")


def _document(page: Page, found: Found) -> dict[str, Any]:
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
