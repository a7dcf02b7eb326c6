"""The commands that look at what failed, and judge what is there."""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from schemas.identifiers import Environment
from workers.cli import account
from workers.cli.output import USAGE, AsJson, CommandError, command, wait_for


@command
def dlq_list(as_json: AsJson = False) -> None:
    """Count what waits in every dead-letter queue, by cause.

    Example: `flotilla dlq list`
    """
    from workers.cli import dead_letters

    fleet = account.fleet()
    with account.aws_errors(fleet):
        dead_letters.show_list(account.client("sqs", fleet), fleet.names, as_json)


@command
def dlq_show(
    queue: Annotated[str, typer.Argument(help="A route's name, `unrouted` or `undelivered`.")],
    limit: Annotated[int, typer.Option(help="How many messages at most.", min=1, max=1000)] = 10,
    as_json: AsJson = False,
) -> None:
    """Print the messages of one dead-letter queue with the reason; they stay there.

    Example: `flotilla dlq show policy-on-codegen-completed`
    """
    from workers.cli import dead_letters

    fleet = account.fleet()
    with account.aws_errors(fleet):
        sqs = account.client("sqs", fleet)
        dead_letters.show_messages(sqs, fleet.names, queue, limit, as_json)


@command
def policy_check(
    path: Annotated[Path, typer.Argument(help="A folder.")],
    environment: Annotated[Environment, typer.Option(help="How strict it is.")] = "staging",
    as_json: AsJson = False,
) -> None:
    """Judge a folder as the policy worker would, without the fleet; exit code 1 when it is blocked.

    Example: `flotilla policy check out/user-service`
    """
    from workers.cli import policy as checking

    if not path.is_dir():
        raise CommandError(f"{path} is not a folder", USAGE)
    if not wait_for(checking.check(path, environment, account.settings(), as_json)):
        raise typer.Exit(1)
