"""The commands around what could not be handled."""
# ruff: noqa: PLC0415

from typing import Annotated

import typer

from workers.cli.output import USAGE, AsJson, CommandError, command

QueueName = Annotated[
    str,
    typer.Argument(metavar="QUEUE", help="A route's name, `unrouted` or `undelivered`."),
]
MessageId = Annotated[str | None, typer.Option("--message", help="One message, by its id.")]
Fingerprint = Annotated[
    str | None,
    typer.Option("--fingerprint", help="What failed alike, by (the beginning of) its fingerprint."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@command
def dlq_list(as_json: AsJson = False) -> None:
    """Count what waits in every dead-letter queue; what failed alike is one line.

    Example: `flotilla dlq list`
    """
    from workers.cli.dlq import looking

    looking.list_all(as_json)


@command
def dlq_show(
    queue: QueueName,
    message: MessageId = None,
    fingerprint: Fingerprint = None,
    limit: Annotated[int, typer.Option(help="How many messages at most.", min=1, max=1000)] = 10,
    as_json: AsJson = False,
) -> None:
    """Print the messages of one dead-letter queue with the reason; they stay there.

    Example: `flotilla dlq show policy-on-codegen-completed --fingerprint 3f2a`
    """
    from workers.cli.dlq import looking
    from workers.cli.dlq.selection import Selection

    looking.show(queue, Selection(message_id=message, fingerprint=fingerprint), limit, as_json)


@command
def dlq_redrive(  # noqa: PLR0913, PLR0917 one an option
    queue: Annotated[
        str, typer.Argument(metavar="QUEUE", help="A route's name, `unrouted` or `undelivered`.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every queue.")] = False,
    message: MessageId = None,
    fingerprint: Fingerprint = None,
    event: Annotated[str | None, typer.Option("--event", help="Only this type of event.")] = None,
    limit: Annotated[int | None, typer.Option(help="How many at most.", min=1)] = None,
    rate: Annotated[str, typer.Option(help="How fast: 10/s, 30/m, 100/h.")] = "10/s",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Send messages back to be handled again: each is removed when the queue or bus has it.

    Body, group, trace and event id stay, so that an event that was handled after all has no second
    effect. Ctrl-C stops after the message under way; the rest stays, and can be redriven later.

    Example: `flotilla dlq redrive policy-on-codegen-completed --fingerprint 3f2a --rate 10/s`
    """
    from workers.cli.dlq.order import Order
    from workers.cli.dlq.redriving import redrive
    from workers.cli.dlq.selection import Selection

    if bool(queue) == everything:
        raise CommandError("name a queue (`flotilla dlq list`), or say --all (not both)", USAGE)
    selection = Selection(message_id=message, fingerprint=fingerprint, event_type=event)
    order = Order(queue or None, selection, limit, yes=yes, as_json=as_json)
    redrive(order, rate, dry_run=dry_run)


@command
def dlq_edit(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="A route's name.")],
    message: Annotated[str, typer.Option("--message", help="The message's id.")],
    detail: Annotated[
        str | None, typer.Option("--detail", help="JSON, or @file.json, instead of an editor.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mend an event's fields in $EDITOR, and send it back; what does not fit is named by field.

    The event keeps its id and its envelope, so that it still has one effect.

    Example: `flotilla dlq edit codegen-on-task-created --message 6f0d7f3e-3d0b --detail @task.json`
    """
    from workers.cli.dlq import editing

    editing.edit(queue, message, detail, as_json)


@command
def dlq_purge(
    queue: QueueName,
    message: MessageId = None,
    fingerprint: Fingerprint = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Only what waits longer: 12h, 7d.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete messages for good. Asks for their number, unless --yes.

    Example: `flotilla dlq purge unrouted --older-than 7d`
    """
    from datetime import UTC, datetime

    from workers.cli.dlq.order import Order
    from workers.cli.dlq.purging import purge
    from workers.cli.dlq.rate import span
    from workers.cli.dlq.selection import Selection

    selection = Selection(
        message_id=message,
        fingerprint=fingerprint,
        not_after=datetime.now(UTC) - span(older_than) if older_than else None,
    )
    purge(Order(queue, selection, None, yes=yes, as_json=as_json))
