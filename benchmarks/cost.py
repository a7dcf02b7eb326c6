"""python -m benchmarks.cost: what a million events cost on AWS, from counted requests."""

import argparse
import json
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import affinity, environments, machine, servers
from benchmarks.bill import Counts, Unpriced, bill
from benchmarks.bodies import SIZE
from benchmarks.catalogue import PEERS, Peer, chosen
from benchmarks.command_line import RESULTS, Parser, ended, several, tell, written
from benchmarks.cost_page import Cost, CostPage, cost_table, markdown
from benchmarks.measurement import Measurement
from benchmarks.prices import PRICES, Prices, PricesFailed, prices
from benchmarks.rounds import Found, add_work, scenarios, turns
from benchmarks.run import Rig, RunFailed, Scenario, run

_PROG = "python -m benchmarks.cost"
COUNTS = Path(__file__).resolve().parent / "counts.toml"
_BATCH = 10

Results = Found[tuple[Peer, Scenario], Counts]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    given = _parser().parse_args(arguments)
    return ended(_PROG, lambda: _cost(given))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=_PROG,
        description="What a million events cost on AWS: runs each consumer on the stand-in, which"
        " counts its requests and DynamoDB units, and multiplies with prices. Writes a page.",
        epilog=f"example: {_PROG} --peers flotilla,flotilla-ledger-off,bare --messages 1000",
    )
    parser.add_argument("--peers", default="all", help="all, or names with commas")
    add_work(parser)
    parser.add_argument("--messages", type=several, default=1000, help="a run (1000)")
    parser.add_argument(
        "--counts",
        type=Path,
        nargs="?",
        const=COUNTS,
        help="runs nothing: counts of this file, or those that the tests assert (counts.toml)",
    )
    parser.add_argument("--prices", type=Path, default=PRICES, help="prices.toml, or your own")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page goes")
    parser.add_argument("--json", action="store_true", help="to standard output")
    return parser


def _cost(given: argparse.Namespace) -> None:
    try:
        priced = prices(given.prices)
        found = _read(given.counts) if given.counts else _counted(given)
        costs = _billed(found, priced)
    except (PricesFailed, Unpriced) as error:
        raise RunFailed(str(error)) from error
    failures = [f"{peer.title}, {at.title}: {why}" for (peer, at), why in found.failures.items()]
    page = CostPage(
        date=machine.now(),
        command=f"{_PROG} {' '.join(sys.argv[1:])}".strip(),
        counted=_where(given),
        prices=priced,
        costs=costs,
        failures=failures,
    )
    written(given.results / "cost.md", markdown(page))
    tell(f"written: {given.results / 'cost.md'}")
    print(_document(page) if given.json else cost_table(costs))
    if failures:
        raise RunFailed(f"not measured: {'; '.join(failures)}")


def _billed(found: Results, priced: Prices) -> Sequence[Cost]:
    return [
        Cost(peer, scenario, each[0], bill(each[0], priced))
        for (peer, scenario), each in found.whole.items()
    ]


def _counted(given: argparse.Namespace) -> Results:
    """The counts of one run each: they do not depend on how fast a machine is."""
    peers, found = chosen(given.peers), Results()
    pythons = {peer: environments.python(peer, tell) for peer in peers}
    plan = list(turns(1, scenarios(given), peers))
    counting = partial(servers.standin, count_units=True)
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        rig = Rig(counting, affinity.cores(), Path(folder), given.messages)
        for place, (_, peer, scenario) in enumerate(plan, 1):
            once = partial(_run, rig, peer, pythons[peer], scenario)
            said = found.attempt((peer, scenario), once, _told)
            tell(f"[{place}/{len(plan)}] {scenario.title}, {peer.name}: {said}")
    return found


def _run(rig: Rig, peer: Peer, python: Path, scenario: Scenario) -> Counts:
    measured, _ = run(rig, peer, python, scenario)
    return counts_of(measured, scenario)


def counts_of(measured: Measurement, scenario: Scenario) -> Counts:
    """What was counted in a run on a server that counts units. Raises RunFailed for others."""
    if measured.requests is None or measured.billed is None:
        raise RunFailed("the server has not counted")
    return _counts(scenario, measured.requests, measured.billed)


def _read(path: Path) -> Results:
    """The counts in a file. Raises RunFailed for what is none."""
    found = Results()
    by_name = {peer.name: peer for peer in PEERS}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        for each in said["run"]:
            requests = {name: n / said["messages"] for name, n in each["requests"].items()}
            billed = {name: n / said["messages"] for name, n in each["billed"].items()}
            scenario = Scenario(each["publishes"], each.get("groups", 0))
            found.runs[by_name[each["peer"]], scenario] = [_counts(scenario, requests, billed)]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ZeroDivisionError) as error:
        raise RunFailed(f"{path}: no counts of a run: {error!r}") from error
    return found


def _counts(
    scenario: Scenario, requests: Mapping[str, float], billed: Mapping[str, float]
) -> Counts:
    return Counts(
        fifo=scenario.groups > 0,
        requests=requests,
        batch_bytes=_BATCH * SIZE,
        event_bytes=SIZE,
        **billed,
    )


def _where(given: argparse.Namespace) -> str:
    if given.counts == COUNTS:
        return f"Counts of {COUNTS.name}, which tests/benchmarks/test_consume_smoke.py asserts"
    if given.counts:
        return f"Counts as {given.counts} has them"
    return f"Counted in one run of {given.messages:,} messages of {SIZE} bytes each on the stand-in"


def _told(counts: Counts) -> str:
    return f"{counts.sqs_requests:.2f} SQS requests, {counts.write_units:.2f} write units"


def _document(page: CostPage) -> str:
    said: dict[str, Any] = {
        "date": page.date,
        "counted": page.counted,
        "region": page.prices.region,
        "failures": list(page.failures),
        "costs": [
            {
                "peer": cost.peer.name,
                "publishes": cost.scenario.publishes,
                "groups": cost.scenario.groups,
                "counts": asdict(cost.counts),
                "dollars_per_million": {**asdict(cost.bill), "total": cost.bill.total},
            }
            for cost in page.costs
        ],
    }
    return json.dumps(said, indent=2)


if __name__ == "__main__":
    sys.exit(main())
