"""python -m benchmarks.scale: 1 to 8 worker processes on one queue."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import product
from pathlib import Path

from benchmarks import affinity, environments, machine, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.command_line import (
    RESULTS,
    Parser,
    ended,
    positive,
    positives,
    several,
    tell,
    written,
)
from benchmarks.crew import Joint, crew
from benchmarks.measurement import medians
from benchmarks.rounds import Found, add_work, scenarios, turns
from benchmarks.run import Rig, RunFailed, Scenario
from benchmarks.scale_page import ScalePage, Step, bound, chart, markdown, scale_tables

_PROG = "python -m benchmarks.scale"
_WORKERS = (1, 2, 4, 8)

Results = Found[tuple[Peer, Scenario, int], Joint]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    given = _parser().parse_args(arguments)
    return ended(_PROG, lambda: _scale(given))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=_PROG,
        description="Several worker processes on one queue of the stand-in: messages a second,"
        " processor time, requests, duplicates, order. Writes a Markdown page and a chart.",
        epilog=f"example: {_PROG} --peers flotilla,bare --workers 1,2,4,8 --messages 20000",
    )
    parser.add_argument("--peers", default="flotilla", help="all, or names with commas (flotilla)")
    parser.add_argument("--workers", type=positives, default=_WORKERS, help="1,2,4,8")
    add_work(parser)
    parser.add_argument("--messages", type=several, default=20_000, help="a run (20000)")
    parser.add_argument("--rounds", type=positive, default=3, help="the median counts (3)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="to standard output")
    return parser


def _scale(given: argparse.Namespace) -> None:
    load = machine.load()
    tell(bound(_cores()))
    found = _measured(given, chosen(given.peers))
    page = ScalePage(
        date=machine.now(),
        machine=machine.machine(),
        load=load,
        command=f"{_PROG} {' '.join(sys.argv[1:])}".strip(),
        messages=given.messages,
        cores=_cores(),
        steps=[Step(*key, medians(each), len(each)) for key, each in found.whole.items()],
        failures=[
            f"{peer.title}, {at.title}, {workers} workers: {why}"
            for (peer, at, workers), why in found.failures.items()
        ],
    )
    _write(given, page)
    print(_document(page) if given.json else scale_tables(page.steps))
    if page.failures:
        raise RunFailed(f"not measured: {'; '.join(page.failures)}")


def _measured(given: argparse.Namespace, peers: Sequence[Peer]) -> Results:
    found = Results()
    pythons = {peer: environments.python(peer, tell) for peer in peers}
    plan = list(product(turns(given.rounds, scenarios(given), peers), given.workers))
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(servers.standin, affinity.cores(), Path(folder), given.messages)
        for place, ((number, peer, scenario), workers) in enumerate(plan, 1):
            once = partial(crew, rig, peer, pythons[peer], scenario, workers)
            said = found.attempt((peer, scenario, workers), once, _told)
            head = f"[{place}/{len(plan)}] round {number}, {scenario.title}, {peer.name}"
            tell(f"{head}, {workers} workers: {said}")
    return found


def _cores() -> int:
    """How many cores the workers share."""
    cores = affinity.cores()
    return len(affinity.besides(cores.server)) if cores.pinned else 1


def _told(found: Joint) -> str:
    return f"{found.rate:,.0f} messages/s, {found.cpu_ms:.3f} ms"


def _write(given: argparse.Namespace, page: ScalePage) -> None:
    image = given.results / "scale.svg"
    if page.steps:
        written(image, chart(page.steps))
    written(given.results / "scale.md", markdown(page, image.name if page.steps else None))
    tell(f"written: {given.results / 'scale.md'}")


def _document(page: ScalePage) -> str:
    said = {
        "date": page.date,
        "machine": page.machine,
        "load": page.load,
        "cores": page.cores,
        "messages": page.messages,
        "failures": list(page.failures),
        "results": [
            {
                "peer": step.peer.name,
                "publishes": step.scenario.publishes,
                "groups": step.scenario.groups,
                "workers": step.workers,
                "rounds": step.rounds,
                "median": asdict(step.median),
            }
            for step in page.steps
        ],
    }
    return json.dumps(said, indent=2)


if __name__ == "__main__":
    sys.exit(main())
