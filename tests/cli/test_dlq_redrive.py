"""Letters go back, on real queues: none is lost, none has two effects, whatever dies in between."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from workers.cli.dlq.destination import destination
from workers.cli.dlq.interruption import Stop
from workers.cli.dlq.purging import delete
from workers.cli.dlq.rate import TokenBucket
from workers.cli.dlq.redrive import Redrive, Tally
from workers.cli.dlq.selection import Selection
from workers.cli.output import CommandError
from workers.runtime.parking import past

# Together, since the stacks take longer than the tests.
pytestmark = pytest.mark.embedded


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Dying:
    """A client whose process is gone at a call, before or after its effect."""

    client: Any
    call: str
    afterwards: bool = False

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.client, name)
        if name != self.call:
            return function

        def last(**arguments: Any) -> None:
            if self.afterwards:
                function(**arguments)
            raise Killed

        return last


@dataclass
class Run:
    """One redrive on a clock that waits for nobody."""

    fleet: Any
    stop: Stop = field(default_factory=Stop)
    sqs: Any = None
    events: Any = None
    rate: float = 1000

    def __call__(
        self,
        queue: Any = None,
        selection: Selection | None = None,
        limit: int | None = None,
        advance: Callable[[], None] = lambda: None,
    ) -> Tally:
        tally = Tally()
        bucket = TokenBucket(self.rate, iter(range(10**9)).__next__)
        sqs, events = self.sqs or self.fleet.sqs, self.events or self.fleet.events
        back = Redrive(sqs, events, self.fleet.names, bucket=bucket, stop=self.stop)
        back.run(queue or self.fleet.queue(), selection or Selection(), limit, tally, advance)
        return tally


def ids(messages: list[dict[str, Any]]) -> list[str]:
    return [json.loads(message["Body"])["id"] for message in messages]


async def test_body_group_trace_and_event_id_survive_the_way_there_and_back(fleet: Any) -> None:
    text = fleet.body("e1", title="ü🚢 ")
    await fleet.park(text, group="wf-1")
    [letter] = fleet.letters()

    assert Run(fleet)().sent == 1

    [message] = fleet.taken()
    assert message["Body"] == text == letter.body
    assert message["Attributes"]["MessageGroupId"] == letter.group == "wf-1"
    assert message["Attributes"]["AWSTraceHeader"] == letter.trace == fleet.trace
    assert message["MessageId"] != letter.message_id
    assert fleet.letters() == []


async def test_a_redriven_message_carries_its_past_and_nothing_of_its_parking(fleet: Any) -> None:
    await fleet.park(fleet.body())
    [letter] = fleet.letters()

    Run(fleet)()

    [message] = fleet.taken()
    carried = {name: a["StringValue"] for name, a in message["MessageAttributes"].items()}
    assert set(carried) == {"redriven"}
    assert past(carried).redrives == 1
    assert past(carried).first_failed_at == letter.first_failed_at


async def test_the_order_of_a_group_survives(fleet: Any) -> None:
    await fleet.park(*(fleet.body(f"e{n:02}") for n in range(13)), group="g")

    assert Run(fleet)().sent == 13

    assert ids(fleet.taken()) == [f"e{n:02}" for n in range(13)]


@pytest.mark.parametrize(
    ("call", "afterwards"),
    [
        ("send_message", False),
        ("send_message", True),
        ("delete_message_batch", False),
        ("delete_message_batch", True),
    ],
)
async def test_killed_anywhere_and_redriven_again_each_message_is_there_once(
    fleet: Any, call: str, afterwards: bool
) -> None:
    await fleet.park(*(fleet.body(f"e{n}") for n in range(3)))
    dying = Dying(fleet.sqs, call, afterwards)
    queue = fleet.queue()
    queue._sqs = dying
    with pytest.raises(Killed):
        Run(fleet, sqs=dying)(queue)

    again = Run(fleet)()

    assert again.sent == (2 if (call, afterwards) == ("delete_message_batch", True) else 3)
    assert sorted(ids(fleet.taken())) == ["e0", "e1", "e2"]
    assert fleet.letters() == []


async def test_a_message_that_is_parked_again_can_be_redriven_again_at_once(fleet: Any) -> None:
    await fleet.park(fleet.body())
    Run(fleet)()
    [first] = fleet.taken()
    await fleet.park(first["Body"])

    assert Run(fleet)().sent == 1

    assert ids(fleet.taken()) == ["e1"]


async def test_only_what_is_selected_goes_and_the_rest_is_seen_again_at_once(fleet: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"), fingerprint="aaa")
    await fleet.park(fleet.body("e3"), fingerprint="bbb")

    tally = Run(fleet)(selection=Selection(fingerprint="aaa"))

    assert tally.sent == 2
    assert sorted(ids(fleet.taken())) == ["e1", "e2"]
    assert [letter.event_id for letter in fleet.letters()] == ["e3"]


async def test_a_limit_leaves_the_rest(fleet: Any) -> None:
    await fleet.park(*(fleet.body(f"e{n}") for n in range(4)))

    assert Run(fleet)(limit=3).sent == 3

    assert len(fleet.taken()) == 3
    assert len(fleet.letters()) == 1


async def test_a_stop_between_two_messages_loses_nothing_and_says_how_far_it_got(
    fleet: Any,
) -> None:
    await fleet.park(*(fleet.body(f"e{n}") for n in range(4)))
    run = Run(fleet)

    tally = run(advance=run.stop.request)

    assert (tally.sent, tally.interrupted) == (1, True)
    assert sorted(ids(fleet.taken()) + [letter.event_id for letter in fleet.letters()]) == [
        f"e{n}" for n in range(4)
    ]
    assert Run(fleet)().sent == 3


async def test_a_stop_ends_the_wait_for_a_turn(fleet: Any) -> None:
    """At one an hour, the second would be waited for longer than any test lasts."""
    await fleet.park(fleet.body("e1"), fleet.body("e2"))
    run = Run(fleet, rate=1 / 3600)

    assert run(advance=run.stop.request).sent == 1


async def test_what_is_parked_again_at_once_is_not_redriven_for_ever(fleet: Any) -> None:
    await fleet.park(fleet.body("e1"))
    url = fleet.url(fleet.names.dead_letters(_route(fleet)))
    sends = 0

    def parked_again() -> None:
        nonlocal sends
        sends += 1
        fleet.sqs.send_message(
            QueueUrl=url,
            MessageBody=fleet.body("e1"),
            MessageGroupId="g",
            MessageDeduplicationId=f"parked-{sends}",
        )

    assert Run(fleet)(advance=parked_again).sent == 1
    assert len(fleet.letters()) == 1


def _route(fleet: Any) -> Any:
    from events.routes import ROUTES

    return next(route for route in ROUTES if route.name == fleet.route)


def unrouted(fleet: Any, *bodies: str) -> None:
    for text in bodies:
        fleet.sqs.send_message(QueueUrl=fleet.url(fleet.names.unrouted), MessageBody=text)


def inbox(fleet: Any) -> str:
    return str(fleet.url(fleet.names.inbox(_route(fleet))))


async def test_an_unrouted_event_that_a_route_takes_now_goes_over_the_bus(fleet: Any) -> None:
    unrouted(fleet, fleet.body("outer"), fleet.body("typo", event_type="task.craeted"))

    tally = Run(fleet)(fleet.queue("unrouted"))

    assert tally.sent == 1
    [(letter, reason)] = tally.skipped
    assert (letter.event_id, "task.created" in reason) == ("typo", True)
    [message] = fleet.taken(inbox(fleet), wait=2)
    outer = json.loads(message["Body"])
    assert (outer["source"], outer["detail-type"]) == ("me", "task.created")
    assert outer["detail"]["metadata"]["id"] == "outer"
    assert [left.event_id for left in fleet.letters("unrouted")] == ["typo"]


async def test_an_event_that_was_put_before_a_crash_is_put_again_under_the_same_id(
    fleet: Any,
) -> None:
    unrouted(fleet, fleet.body("outer"))
    queue = fleet.queue("unrouted")
    queue._sqs = Dying(fleet.sqs, "delete_message_batch")
    with pytest.raises(Killed):
        Run(fleet)(queue)

    Run(fleet)(fleet.queue("unrouted"))

    twice = [json.loads(message["Body"]) for message in fleet.taken(inbox(fleet), wait=2)]
    assert [outer["detail"]["metadata"]["id"] for outer in twice] == ["outer", "outer"]


class Refusing:
    """A bus that is there, and takes nothing."""

    def describe_event_bus(self, **_: Any) -> None: ...

    def put_events(self, **_: Any) -> Any:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Throttled"}]}


async def test_what_the_bus_refuses_stays(fleet: Any) -> None:
    unrouted(fleet, fleet.body("outer"))

    with pytest.raises(CommandError, match="Throttled"):
        Run(fleet, events=Refusing())(fleet.queue("unrouted"))

    assert len(fleet.letters("unrouted")) == 1


async def test_nothing_is_put_onto_a_bus_that_is_not_there(fleet: Any) -> None:
    from botocore.exceptions import ClientError

    class Missing(Refusing):
        def describe_event_bus(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeEventBus")

    unrouted(fleet, fleet.body("outer"))

    with pytest.raises(ClientError):
        Run(fleet, events=Missing())(fleet.queue("unrouted"))

    assert len(fleet.letters("unrouted")) == 1


async def test_what_an_inbox_missed_goes_back_to_it_as_it_was(fleet: Any) -> None:
    text = fleet.body("outer")
    arn = f"arn:aws:sqs:us-east-1:000000000000:{fleet.names.inbox(_route(fleet))}"
    fleet.sqs.send_message(
        QueueUrl=fleet.url(fleet.names.undelivered),
        MessageBody=text,
        MessageAttributes={"TARGET_ARN": {"DataType": "String", "StringValue": arn}},
    )

    assert Run(fleet)(fleet.queue("undelivered")).sent == 1

    assert [message["Body"] for message in fleet.taken(inbox(fleet), wait=2)] == [text]
    assert fleet.letters("undelivered") == []


async def test_a_group_shows_ten_at_a_time(fleet: Any) -> None:
    """What SQS promises of a FIFO queue, and why a list may have a line of hidden ones."""
    await fleet.park(*(fleet.body(f"e{n:02}") for n in range(12)), group="g")

    assert [letter.event_id for letter in fleet.letters()] == [f"e{n:02}" for n in range(10)]
    assert fleet.queue().depth() == 12


async def test_only_what_was_counted_is_purged(fleet: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"))
    chosen = {letter.message_id for letter in fleet.letters()}
    await fleet.park(fleet.body("e3"), group="later")

    assert delete(fleet.queue(), chosen, Stop(), lambda: None) == 2

    assert [letter.event_id for letter in fleet.letters()] == ["e3"]


async def test_a_purge_may_be_stopped_too(fleet: Any) -> None:
    await fleet.park(fleet.body("e1"), fleet.body("e2"))
    chosen = {letter.message_id for letter in fleet.letters()}
    stop = Stop()

    assert delete(fleet.queue(), chosen, stop, stop.request) == 1

    assert len(fleet.letters()) == 1


async def test_a_letter_that_stays_cannot_be_sent(fleet: Any) -> None:
    unrouted(fleet, "{")
    [letter] = fleet.letters("unrouted")
    bucket = TokenBucket(1, lambda: 0.0)
    back = Redrive(fleet.sqs, fleet.events, fleet.names, bucket=bucket, stop=Stop())

    with pytest.raises(CommandError, match="stays"):
        back.send(letter, destination(letter, fleet.names))
