"""A benchmark's results as a Markdown page. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.catalogue import Peer
from benchmarks.measurement import Measurement
from benchmarks.run import Scenario

_COLUMNS = (
    "", "messages/s", "CPU ms a message", "requests a message", "peak memory, MB",
    "cold start, s", "receive→delete p50, ms", "p99, ms", "order violations", "duplicates",
)  # fmt: skip

CAVEATS = (
    "Absolute figures vary from machine to machine and, where one is shared, from run to run. The"
    " ratios within one page are the result.",
    "One worker process on one core, the server on another. Signing, serialising and parsing are"
    " in; network latency is not, so that waiting costs nobody anything here and concurrency gains"
    " little.",
    "Speed and CPU are of the steady state: from a tenth of the messages on to the last. Cold start"
    " is from the start of the process to its first handler.",
    "Requests are counted by the server, those of the start and receives that found nothing left"
    " out. Each library is set to the largest batches that it has.",
    "Order violations: the most that one witness saw of handlers begun while another of their group"
    " ran, or after a later one; of events published out of order; of deletions before an earlier"
    " message of the group was done.",
    "A FIFO queue hands out as many messages of one group as it can in a receive, as SQS documents,"
    " unless the page says `spread`.",
    "A rate marked * is the server's: it used more than 90 % of its core.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One peer in one scenario."""

    peer: Peer
    scenario: Scenario
    median: Measurement
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that a page says."""

    title: str
    date: str
    machine: str
    load: str
    server: str
    command: str
    messages: int
    rows: Sequence[Row]
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    failures: Sequence[str] = ()


def markdown(page: Page, chart: str | None = None) -> str:
    """The whole page."""
    return "\n".join(_lines(page, chart)) + "\n"


def scenario_table(rows: Sequence[Row]) -> str:
    """The rows of one scenario, with the ledger of each."""
    lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS))]
    lines += [_line(_cells(row)) for row in rows]
    return "\n".join(lines)


def by_scenario(rows: Sequence[Row]) -> Mapping[Scenario, Sequence[Row]]:
    """The rows by scenario, both in their order."""
    found: dict[Scenario, list[Row]] = {}
    for row in rows:
        found.setdefault(row.scenario, []).append(row)
    return found


def _lines(page: Page, chart: str | None) -> Iterator[str]:
    rounds = max((row.rounds for row in page.rows), default=0)
    yield f"# {page.title}"
    yield ""
    yield f"{page.date}. {page.machine}; load before the run {page.load}."
    yield f"Server: {page.server}. {page.messages:,} messages of 600 bytes a run,"
    yield f"medians of {rounds}."
    yield f"Made by `{page.command}`."
    if chart:
        yield f"\n![messages a second]({chart})"
    for scenario, rows in by_scenario(page.rows).items():
        yield f"\n## {scenario.title[0].upper()}{scenario.title[1:]}\n"
        yield scenario_table(rows)
    yield "\n## Requests a message by operation\n"
    for scenario, rows in by_scenario(page.rows).items():
        yield from (f"* {scenario.title}; {row.peer.title}: {_requests(row)}" for row in rows)
    yield "\n## How to read this\n"
    yield from (f"* {caveat}" for caveat in CAVEATS)
    yield from (f"* Not measured: {failure}" for failure in page.failures)
    yield "\n## Versions\n"
    for name, versions in page.versions.items():
        yield f"* {name}: {', '.join(f'{library} {v}' for library, v in versions.items())}"


def _cells(row: Row) -> Sequence[str]:
    found = row.median
    ledger = "" if row.peer.ledger == "none" else f" ({row.peer.ledger})"
    return (
        f"{row.peer.title}{ledger}",
        f"{found.rate:,.0f}{'*' if found.server_bound else ''}",
        f"{found.cpu_ms:.3f}",
        _number(found.requests_each, ".2f"),
        f"{found.peak_megabytes:.0f}",
        f"{found.cold_start:.2f}",
        _number(found.latency_p50_ms, ".1f"),
        _number(found.latency_p99_ms, ".1f"),
        str(found.violations),
        str(found.duplicates),
    )


def _requests(row: Row) -> str:
    if row.median.requests is None:
        return "not counted by this server"
    return ", ".join(f"{name} {value:.3f}" for name, value in row.median.requests.items())


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
