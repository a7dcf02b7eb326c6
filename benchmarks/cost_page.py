"""What a million events cost, as a Markdown page. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.bill import DYNAMODB, EVENTBRIDGE, SQS, Bill, Counts
from benchmarks.catalogue import Peer
from benchmarks.prices import Prices
from benchmarks.run import Scenario

_COLUMNS = (
    "", "SQS requests", "events published", "write units", "read units",
    "SQS, $", "EventBridge, $", "DynamoDB, $", "a million, $",
)  # fmt: skip

_NOTES = (
    "Counts are a message's, of what a consumer does: receive, ledger, publish, delete. The road to"
    " the queue (the event's first PutEvents, rule, inbox, pipe) costs the same whoever consumes,"
    " and is in no total; nor are compute, storage, logs, keys and network.",
    "SQS bills by request: a receive and a delete of ten messages are 0.2 requests a message, one"
    " by one they are 2. Ten messages of 600 bytes are far from the 64 KiB after which a request is"
    " billed again.",
    "On a FIFO queue a receive holds what the groups allow, and a consumer that keeps their order"
    " deletes in smaller batches: counts there differ a little from run to run.",
    "EventBridge bills by event, not by request: ten events in one PutEvents cost what ten requests"
    " cost. Batching them saves time, not money.",
    "DynamoDB bills by item, not by request: a BatchExecuteStatement of ten items is ten writes,"
    " each of a unit for every KiB begun. Flotilla's batches save requests and time, not units: its"
    " ledger costs a write for the claim, one for the commit and, where something is published, one"
    " for that. Items here are under a KiB; an answer that makes them larger costs further units."
    " Items that end by their TTL are deleted for nothing.",
    "A write that its condition refuses is billed as well; there were none where each message came"
    " once. Redeliveries and heartbeats add to the counts as they come.",
    "Receives that find nothing are not in it: a consumer that idles asks once in 20 s, which is"
    " 131,000 requests a month.",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one consumer's work came to."""

    peer: Peer
    scenario: Scenario
    counts: Counts
    bill: Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPage:
    """All that a page says."""

    date: str
    command: str
    counted: str
    prices: Prices
    costs: Sequence[Cost]
    failures: Sequence[str] = ()


def markdown(page: CostPage) -> str:
    """The whole page."""
    return "\n".join(_lines(page)) + "\n"


def cost_table(costs: Sequence[Cost]) -> str:
    """The costs, one table for each kind of work."""
    return "\n".join(_tables(costs))


def _lines(page: CostPage) -> Iterator[str]:
    yield "# What a million events cost on AWS\n"
    yield f"{page.date}. {page.counted}."
    yield f"Prices of {page.prices.region}, looked up on {page.prices.checked}."
    yield f"Made by `{page.command}`."
    yield from _tables(page.costs)
    yield "\n## What was counted, a message\n"
    for cost in page.costs:
        yield f"* {cost.scenario.title}; {cost.peer.title}: {explained(cost.counts)}."
    yield "\n## How to read this\n"
    yield from (f"* {note}" for note in _NOTES)
    yield from (f"* Not measured: {failure}" for failure in page.failures)
    yield "\n## Prices\n"
    yield "| | $ | for | unit | source | figure read at | of |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, price in page.prices.by_name.items():
        yield (
            f"| {name.replace('_', ' ')} | {price.dollars:g} | {price.per:,} | {price.unit}"
            f" | <{price.source}> | <{price.read_at}> | {price.as_of} |"
        )


def _tables(costs: Sequence[Cost]) -> Iterator[str]:
    for scenario in dict.fromkeys(cost.scenario for cost in costs):
        yield f"\n## {scenario.title[0].upper()}{scenario.title[1:]}\n"
        yield f"| {' | '.join(_COLUMNS)} |"
        yield "| --- " * len(_COLUMNS) + "|"
        yield from (_row(cost) for cost in costs if cost.scenario == scenario)


def _row(cost: Cost) -> str:
    counts, bill = cost.counts, cost.bill
    numbers = (counts.sqs_requests, counts.events, counts.write_units, counts.read_units)
    dollars = (bill.sqs, bill.eventbridge, bill.dynamodb)
    cells = [
        cost.peer.title,
        *(f"{number:.2f}" for number in numbers),
        *(f"{dollar:.3f}" for dollar in dollars),
        f"**{bill.total:.2f}**",
    ]
    return f"| {' | '.join(cells)} |"


def explained(counts: Counts) -> str:
    """The requests by service, each with what it is billed by."""
    parts = []
    if sqs := _requests(counts, SQS):
        kind = "FIFO" if counts.fifo else "standard"
        parts.append(f"{sqs}: {counts.sqs_requests:.3f} {kind} requests")
    if published := _requests(counts, EVENTBRIDGE):
        parts.append(f"{published}: {counts.events:.3f} events, whatever the requests")
    if stored := _requests(counts, DYNAMODB):
        units = f"{counts.write_units:.3f} write units and {counts.read_units:.3f} read units"
        parts.append(f"{stored}: {units}, whatever the requests")
    return "; ".join(parts)


def _requests(counts: Counts, operations: frozenset[str]) -> str:
    found = {name: count for name, count in counts.requests.items() if name in operations}
    return ", ".join(f"{name} {count:.3f}" for name, count in sorted(found.items()))
