"""What a consumer counts, and that Prometheus can read it: by a strict parser of its text."""

import asyncio
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.task import TaskCreated
from workers.ports import Context, Reject
from workers.runtime.groups import Groups
from workers.runtime.metrics import Gauges, Histogram, Metrics, gauges
from workers.runtime.queue import Message, Parking
from workers.runtime.settle import Handled, Park, Unacceptable

ROUTE = "codegen-on-task-created"
NOTHING = Gauges(in_flight=0, buffered=0, deepest_group=0, oldest_blocked=timedelta(0))
NOW = datetime(2026, 11, 2, tzinfo=UTC)

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")


def parsed(text: str) -> Samples:
    """The samples of an exposition. Raises AssertionError for anything that the format forbids."""
    assert text.endswith("\n")
    types: dict[str, str] = {}
    helped: set[str] = set()
    samples: Samples = {}
    open_family = ""
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            name = re.fullmatch(rf"# HELP ({NAME}) \S.*", line)
            assert name, line
            assert name[1] not in helped, f"a second HELP of {name[1]}"
            helped.add(name[1])
        elif line.startswith("# TYPE "):
            kind = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line)
            assert kind, line
            assert kind[1] not in types, f"a second TYPE of {kind[1]}"
            types[kind[1]] = kind[2]
            open_family = kind[1]
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            family = re.sub("_(bucket|sum|count)$", "", sample[1])
            family = family if types.get(family) == "histogram" else sample[1]
            assert family == open_family, f"{line} is not in the group of its family"
            labels = tuple((found[0], found[1]) for found in re.findall(LABEL, sample[2] or ""))
            assert len({name for name, _ in labels}) == len(labels), line
            assert (sample[1], labels) not in samples, f"twice: {line}"
            samples[sample[1], labels] = float(sample[sample.re.groups])
    assert helped == types.keys()
    for name, kind in types.items():
        if kind == "histogram":
            _whole(name, samples)
        if kind == "counter":
            assert name.endswith("_total")
    return samples


def _whole(name: str, samples: Samples) -> None:
    """Buckets grow, end with +Inf, and agree with the count."""
    buckets = [
        (float(dict(labels)["le"]), value)
        for (each, labels), value in samples.items()
        if each == f"{name}_bucket"
    ]
    assert [bound for bound, _ in buckets] == sorted({bound for bound, _ in buckets})
    assert [value for _, value in buckets] == sorted(value for _, value in buckets)
    [count] = [value for (each, _), value in samples.items() if each == f"{name}_count"]
    [total] = [value for (each, _), value in samples.items() if each == f"{name}_sum"]
    assert buckets[-1] == (math.inf, count)
    assert total >= 0


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"flotilla_{name}", (("route", ROUTE), *labels.items())]


@pytest.mark.parametrize(
    "wrong",
    [
        "flotilla_x 1\n",
        "# HELP x y\n# TYPE x gauge\nx 1",
        "# HELP x y\n# TYPE x gauge\nx one two\n",
        '# HELP x y\n# TYPE x gauge\nx{a="1" b="2"} 1\n',
        '# HELP x y\n# TYPE x gauge\nx{a="1"} 1\nx{a="1"} 2\n',
        "# HELP x y\n# TYPE x counter\nx 1\n",
        "# TYPE x gauge\nx 1\n",
    ],
)
def test_the_parser_refuses_what_the_format_forbids(wrong: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        parsed(wrong)


def test_a_consumer_that_did_nothing_says_so() -> None:
    samples = parsed(Metrics().text(ROUTE, NOTHING))

    assert value(samples, "received_total") == 0
    assert value(samples, "handling_seconds_count") == 0


def test_a_value_may_hold_anything() -> None:
    metrics = Metrics()
    cause = 'a "quote", a \\ and a\nnew line'
    outcome = Unacceptable(Parking(cause, "", ROUTE))
    metrics.settled(outcome, Park(outcome.parking))

    samples = parsed(metrics.text(ROUTE, NOTHING))

    assert value(samples, "parked_total", cause=r"a \"quote\", a \\ and a\nnew line") == 1


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [(-1, [1, 1, 1]), (0, [1, 1, 1]), (1, [1, 1, 1]), (1.001, [0, 1, 1]), (1e9, [0, 0, 1])],
)
def test_a_bucket_counts_what_is_up_to_its_bound(seconds: float, counts: list[int]) -> None:
    histogram = Histogram((1, 5))
    histogram.observe(timedelta(seconds=seconds))

    lines = list(histogram.lines("x", 'a="b"'))

    assert [int(line.split()[-1]) for line in lines[:3]] == counts


async def test_a_story_in_numbers(bench: Any, failure: Any) -> None:
    async def handle(event: TaskCreated, context: Context) -> Any:
        await asyncio.sleep(2)
        if event.title == "no":
            raise Reject("no")
        return failure

    sent = (bench.clock.now() - timedelta(minutes=2)).isoformat()
    bench.send("a", group="a", time=sent)
    bench.send("a", group="b", time=sent)
    bench.send("no", group="c", title="no")
    bench.send("bad", group="d", detail={})
    consumer = bench.consumer(handle)

    await bench.run(consumer)

    samples = parsed(consumer.metrics.text(ROUTE, consumer.gauges))
    handled = {dict(labels)["outcome"]: number for (name, labels), number in samples.items()
               if name == "flotilla_handled_total"}  # fmt: skip
    assert handled == {"handled": 2, "unacceptable": 2, "busy": 1}
    assert value(samples, "received_total") == 5
    assert value(samples, "duplicates_total", found="held") == 1
    assert value(samples, "duplicates_total", found="done") == 1
    assert value(samples, "parked_total", cause="rejected") == 1
    assert value(samples, "parked_total", cause="undecodable") == 1
    assert value(samples, "published_total") == 1
    assert value(samples, "leases_lost_total") == 0
    assert value(samples, "handling_seconds_count") == 2
    assert value(samples, "handling_seconds_sum") == pytest.approx(4, abs=0.01)
    assert value(samples, "event_age_seconds_count") == 2
    assert value(samples, "event_age_seconds_bucket", le="60") == 0
    assert value(samples, "event_age_seconds_bucket", le="300") == 2


async def test_a_lost_lease_is_counted(bench: Any) -> None:
    async def handle(event: TaskCreated, context: Context) -> None:
        await asyncio.sleep(60)

    bench.send("e1")
    consumer = bench.consumer(handle, patience=timedelta(minutes=5), timeout=timedelta(minutes=9))
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    bench.queue.down = True
    await asyncio.sleep(bench.lease.total_seconds() + 1)
    bench.queue.down = False
    await bench.queue.receive(10, timedelta(0), timedelta(minutes=9))
    await asyncio.sleep(10)

    samples = parsed(consumer.metrics.text(ROUTE, consumer.gauges))
    assert value(samples, "leases_lost_total") == 1
    consumer.stop()
    await running


def message(number: int, group: str | None, minutes: int = 0) -> Message:
    return Message(
        f"m{number}",
        "",
        f"r{number}",
        1,
        group,
        first_received_at=NOW - timedelta(minutes=minutes),
    )


def test_the_head_of_the_line_is_what_others_wait_behind() -> None:
    groups = Groups(2)
    groups.add([message(1, "a", 9), message(2, "b", 5), message(3, "b"), message(4, "b")])
    groups.add([message(5, None, 60)])
    assert gauges(groups, NOW) == Gauges(0, 5, 3, timedelta(0))

    groups.start()

    # Group a has waited longer, but nothing waits behind it.
    assert gauges(groups, NOW) == Gauges(2, 3, 3, timedelta(minutes=5))


def test_a_handled_attempt_is_no_parked_one() -> None:
    metrics = Metrics()
    outcome = Unacceptable(Parking("rejected", "", ROUTE))
    metrics.settled(Handled(), Park(outcome.parking))
    metrics.received(3)

    samples = parsed(metrics.text(ROUTE, NOTHING))

    assert value(samples, "handled_total", outcome="handled") == 1
    assert value(samples, "received_total") == 3
