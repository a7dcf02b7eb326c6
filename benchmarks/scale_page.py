"""How several workers share a queue, as a Markdown page and a chart. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.catalogue import Peer
from benchmarks.crew import Joint
from benchmarks.line_chart import Line, Panel, svg
from benchmarks.run import Scenario

_COLUMNS = (
    "", "workers", "messages/s", "of one worker", "CPU ms a message", "requests a message",
    "cores of the workers", "of the server", "duplicates", "order violations",
)  # fmt: skip

_NOTES = (
    "Speed and CPU are of the steady state: from a tenth of the messages deleted on to the last."
    " All workers wait when the backlog comes. CPU is that of all workers together.",
    "Duplicates: handlers that ran to their end for a message that had been handled, by whichever"
    " worker. Order violations: handlers begun, in any worker, before the one before them in their"
    " group had ended; or events published, or messages deleted, out of order: the most that one"
    " witness saw. Workers write down both by the clock that processes of a machine share.",
    "A FIFO queue hands out as many messages of one group as it can in a receive, as SQS does.",
    "A rate marked * is the server's: it used more than 90 % of its core.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One consumer at one kind of work with so many workers."""

    peer: Peer
    scenario: Scenario
    workers: int
    median: Joint
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalePage:
    """All that a page says. `cores` is how many the workers share."""

    date: str
    machine: str
    load: str
    command: str
    messages: int
    cores: int
    steps: Sequence[Step]
    failures: Sequence[str] = ()


def markdown(page: ScalePage, image: str | None = None) -> str:
    """The whole page."""
    return "\n".join(_lines(page, image)) + "\n"


def chart(steps: Sequence[Step]) -> str:
    """Messages a second by workers, one panel a scenario."""
    panels = [
        Panel(scenario.title, "worker processes", [_line(peer, each) for peer, each in by_peer])
        for scenario, by_peer in _grouped(steps)
    ]
    return svg(panels, "Workers on one queue: messages a second")


def scale_tables(steps: Sequence[Step]) -> str:
    """The steps, one table a scenario."""
    return "\n".join(_tables(steps))


def bound(cores: int) -> str:
    """What the machine allows for, said plainly."""
    shared = "one core, which all workers share" if cores == 1 else f"{cores} cores for the workers"
    return (
        f"**What bounds these figures: the server has a core of its own, and there {_is(cores)}"
        f" {shared}.** More processes than that can't be faster here; they show what sharing a"
        " queue costs (switching, smaller receives, more requests) and that it stays correct, not"
        " how far a fleet scales."
    )


def _is(cores: int) -> str:
    return "is" if cores == 1 else "are"


def _lines(page: ScalePage, image: str | None) -> Iterator[str]:
    yield "# Several workers on one queue\n"
    yield f"{page.date}. {page.machine}; load before the run {page.load}."
    yield f"Server: stand-in. {page.messages:,} messages of 600 bytes a run,"
    yield f"medians of {max((step.rounds for step in page.steps), default=0)}."
    yield f"Made by `{page.command}`.\n"
    yield bound(page.cores)
    if image:
        yield f"\n![messages a second by workers]({image})"
    yield from _tables(page.steps)
    yield "\n## How to read this\n"
    yield from (f"* {note}" for note in _NOTES)
    yield from (f"* Not measured: {failure}" for failure in page.failures)


def _tables(steps: Sequence[Step]) -> Iterator[str]:
    for scenario, by_peer in _grouped(steps):
        yield f"\n## {scenario.title[0].upper()}{scenario.title[1:]}\n"
        yield f"| {' | '.join(_COLUMNS)} |"
        yield "| --- " * len(_COLUMNS) + "|"
        for _, each in by_peer:
            yield from (_row(step, each[0]) for step in each)


def _row(step: Step, first: Step) -> str:
    found = step.median
    cells = (
        step.peer.title,
        str(step.workers),
        f"{found.rate:,.0f}{'*' if found.server_bound else ''}",
        f"{found.rate / first.median.rate:.2f}" if first.workers == 1 else "–",
        f"{found.cpu_ms:.3f}",
        f"{found.requests_each:.2f}",
        f"{found.worker_cores:.2f}",
        f"{found.server_share:.2f}",
        str(found.duplicates),
        str(found.violations),
    )
    return f"| {' | '.join(cells)} |"


def _line(peer: Peer, steps: Sequence[Step]) -> Line:
    return Line(peer.title, [(float(step.workers), step.median.rate) for step in steps])


def _grouped(
    steps: Sequence[Step],
) -> Iterator[tuple[Scenario, Sequence[tuple[Peer, Sequence[Step]]]]]:
    """Scenario by scenario and peer by peer, the fewest workers first."""
    for scenario in dict.fromkeys(step.scenario for step in steps):
        of_scenario = [step for step in steps if step.scenario == scenario]
        yield (
            scenario,
            [
                (peer, sorted((s for s in of_scenario if s.peer == peer), key=_workers))
                for peer in dict.fromkeys(step.peer for step in of_scenario)
            ],
        )


def _workers(step: Step) -> int:
    return step.workers
