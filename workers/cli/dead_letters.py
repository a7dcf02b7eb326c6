"""`flotilla dlq`: what could not be handled, and why. Looking does not take anything away."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from events.routes import ROUTES
from events.topology import Names, trusted_sources
from schemas.catalog import CATALOG
from workers.cli.output import OUT, USAGE, CommandError, emit

# How long a message that is looked at stays hidden, should the command die before it gives it back.
_GLANCE_SECONDS = 20


class Group(NamedTuple):
    """Messages of one queue that failed alike."""

    cause: str
    event_type: str
    messages: int
    reason: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that waits for a person."""

    queue: str
    message_id: str
    cause: str
    reason: str
    event_type: str | None
    source: str | None
    group: str | None
    sent_at: float
    receives: str | None
    schema_version: str | None
    body: str
    fields: list[list[str]] = field(default_factory=list)


def show_list(sqs: Any, names: Names, as_json: bool) -> None:
    """Prints every queue that holds something, its messages grouped by cause."""
    held = {short: count for short, count in depths(sqs, names).items() if count}
    groups = {short: grouped(peek(sqs, names, short)) for short in held}
    if as_json:
        emit([_listed(short, count, groups[short]) for short, count in held.items()])
        return
    if not held:
        OUT.print("nothing waits in any dead-letter queue")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("queue", "messages", "cause", "event", "newest reason"):
        table.add_column(heading, overflow="fold")
    for short, count in held.items():
        for place, group in enumerate(groups[short] or [Group("hidden", "?", count, "")]):
            first = (short, str(count)) if place == 0 else ("", "")
            table.add_row(
                *first, f"{group.cause} ({group.messages})", group.event_type, group.reason
            )
    OUT.print(table)
    OUT.print("look closer with `flotilla dlq show QUEUE`", style="dim")


def show_messages(sqs: Any, names: Names, queue: str, limit: int, as_json: bool) -> None:
    """Prints the messages of one queue. Raises CommandError for a queue that there isn't."""
    if queue not in queues(names):
        near = difflib.get_close_matches(queue, queues(names), n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CommandError(f"no dead-letter queue {queue!r}{hint}", USAGE)
    letters = peek(sqs, names, queue, limit)
    if as_json:
        emit([asdict(letter) for letter in letters])
        return
    if not letters:
        OUT.print(f"nothing waits in {queue}")
    for letter in letters:
        OUT.print(_described(letter))


def queues(names: Names) -> dict[str, str]:
    """Short name to physical name of every queue that holds what failed."""
    found = {route.name: names.dead_letters(route) for route in ROUTES}
    return {**found, "unrouted": names.unrouted, "undelivered": names.undelivered}


def depths(sqs: Any, names: Names) -> dict[str, int]:
    """Messages in each of them, those in flight included."""
    counts: dict[str, int] = {}
    for short, physical in queues(names).items():
        url = sqs.get_queue_url(QueueName=physical)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        counts[short] = sum(
            int(attributes.get(f"ApproximateNumberOfMessages{kind}", 0))
            for kind in ("", "NotVisible", "Delayed")
        )
    return counts


def peek(sqs: Any, names: Names, short: str, limit: int = 100) -> list[DeadLetter]:
    """The messages in one of the queues, oldest first as far as SQS tells; all are given back."""
    url = sqs.get_queue_url(QueueName=queues(names)[short])["QueueUrl"]
    seen: list[Mapping[str, Any]] = []
    try:
        for batch in _receive_all(sqs, url):
            seen += batch
            if len(seen) >= limit:
                break
    finally:
        for start in range(0, len(seen), 10):
            sqs.change_message_visibility_batch(
                QueueUrl=url,
                Entries=[
                    {
                        "Id": str(place),
                        "ReceiptHandle": raw["ReceiptHandle"],
                        "VisibilityTimeout": 0,
                    }
                    for place, raw in enumerate(seen[start : start + 10])
                ],
            )
    return [_dead_letter(short, raw) for raw in seen[:limit]]


def grouped(letters: list[DeadLetter]) -> list[Group]:
    """Messages that failed alike, the most frequent first."""
    counts = Counter((letter.cause, letter.event_type or "?") for letter in letters)
    reasons = {(letter.cause, letter.event_type or "?"): letter.reason for letter in letters}
    return [
        Group(cause, event, count, reasons[cause, event])
        for (cause, event), count in counts.most_common()
    ]


def _listed(short: str, count: int, groups: list[Group]) -> dict[str, object]:
    return {"queue": short, "messages": count, "causes": [group._asdict() for group in groups]}


def _described(letter: DeadLetter) -> Text:
    sent = datetime.fromtimestamp(letter.sent_at, UTC).isoformat(sep=" ", timespec="seconds")
    version = f" (schema version {letter.schema_version})" if letter.schema_version else ""
    text = Text()
    text.append(f"{letter.message_id}  {letter.event_type or 'no event'}{version}\n", style="bold")
    text.append(f"  cause   {letter.cause}: {letter.reason}\n", style="red")
    for path, problem in letter.fields:
        text.append(f"  field   {path}: {problem}\n")
    text.append(f"  source  {letter.source or '-'}   group {letter.group or '-'}   sent {sent}\n")
    text.append(f"  body    {letter.body[:2000]}\n", style="dim")
    return text


def _receive_all(sqs: Any, url: str) -> Iterator[list[Mapping[str, Any]]]:
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_GLANCE_SECONDS,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        batch = answer.get("Messages", [])
        if not batch:
            return
        yield batch


def _dead_letter(short: str, raw: Mapping[str, Any]) -> DeadLetter:
    system = raw.get("Attributes", {})
    attributes = {
        name: value.get("StringValue") for name, value in raw.get("MessageAttributes", {}).items()
    }
    outer = _outer(raw["Body"])
    event_type = attributes.get("event_type") or outer.get("detail-type")
    cause, reason = _why(short, outer, attributes)
    return DeadLetter(
        queue=short,
        message_id=raw["MessageId"],
        cause=cause,
        reason=reason,
        event_type=event_type,
        source=outer.get("source"),
        group=system.get("MessageGroupId"),
        sent_at=int(system.get("SentTimestamp", 0)) / 1000,
        receives=attributes.get("receives"),
        schema_version=attributes.get("schema_version"),
        body=raw["Body"],
        fields=json.loads(attributes.get("fields") or "[]"),
    )


def _why(
    short: str, outer: Mapping[str, Any], attributes: Mapping[str, str | None]
) -> tuple[str, str]:
    if attributes.get("cause"):
        return str(attributes["cause"]), str(attributes.get("reason") or "")
    if short == "unrouted":
        return "unrouted", why_unrouted(outer)
    if short == "undelivered":
        return "undelivered", "the bus or the pipe could not pass it on"
    return "worn_out", "received too often without being settled (its worker died each time?)"


def why_unrouted(outer: Mapping[str, Any]) -> str:
    """Why no route wanted an event: its name, its source, or its filter."""
    name, sent_by = str(outer.get("detail-type", "")), str(outer.get("source", ""))
    if name not in CATALOG:
        near = difflib.get_close_matches(name, CATALOG, n=1, cutoff=0.4)
        return f"no event is called {name!r}" + (f"; nearest: {near[0]}" if near else "")
    owners = trusted_sources(name)
    if owners and sent_by not in owners:
        return f"source {sent_by!r} does not own {name} (trusted: {', '.join(owners)})"
    filters = {
        key: sorted({r.where[key] for r in ROUTES if r.event.type == name and key in r.where})
        for r in ROUTES
        if r.event.type == name
        for key in r.where
    }
    wanted = "; ".join(f"{key} is one of {', '.join(values)}" for key, values in filters.items())
    return f"no route takes this {name}: wanted {wanted}"


def _outer(body: str) -> Mapping[str, Any]:
    try:
        outer = json.loads(body)
    except ValueError:
        return {}
    return outer if isinstance(outer, dict) else {}
