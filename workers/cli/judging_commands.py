"""The commands that judge what is there."""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from schemas.identifiers import Environment
from workers.cli import account
from workers.cli.output import USAGE, AsJson, CommandError, command, wait_for


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
