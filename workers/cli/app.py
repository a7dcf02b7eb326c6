"""Every command by its name, and the help of the whole."""

import typer

from workers.cli import (
    dlq_commands,
    fleet_commands,
    judging_commands,
    migrate_commands,
    work_commands,
)

_HELP = (
    "Flotilla: an event-driven worker fleet for software delivery on AWS.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 130 interrupted."
)


def _group(help_text: str) -> typer.Typer:
    return typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        add_completion=False,
        help=help_text,
    )


def commands() -> typer.Typer:
    """The command line."""
    app = _group(_HELP)
    for function in (
        fleet_commands.demo,
        fleet_commands.up,
        fleet_commands.down,
        work_commands.submit,
        work_commands.status,
        work_commands.watch,
        work_commands.fetch,
        work_commands.publish,
        work_commands.routes,
        migrate_commands.migrate,
        fleet_commands.worker,
        fleet_commands.doctor,
        fleet_commands.setup,
    ):
        app.command()(function)
    dlq = _group("Look at what could not be handled, and send it back.")
    dlq.command("list")(dlq_commands.dlq_list)
    dlq.command("show")(dlq_commands.dlq_show)
    dlq.command("redrive")(dlq_commands.dlq_redrive)
    dlq.command("edit")(dlq_commands.dlq_edit)
    dlq.command("purge")(dlq_commands.dlq_purge)
    policy = _group("Judge a folder as the policy worker does.")
    policy.command("check")(judging_commands.policy_check)
    app.add_typer(dlq, name="dlq")
    app.add_typer(policy, name="policy")
    return app
