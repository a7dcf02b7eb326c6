"""The commands that ask for work and follow it."""
# ruff: noqa: PLC0415

import getpass
from pathlib import Path
from typing import Annotated

import typer

from workers.cli import account
from workers.cli.output import OUT, USAGE, AsJson, CommandError, command, emit, wait_for


@command
def submit(
    request: Annotated[str, typer.Argument(help="What you want, in a sentence.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="A YAML or JSON file with the request.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until it has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the running fleet for a piece of software.

    Example: `flotilla submit "Create a new microservice called user-service with REST API,
    PostgreSQL, and deploy to staging" --watch`

    With `--watch` the exit code is 0 when the workflow completed, and 1 when it failed.
    """
    from workers.cli import publish as sending

    if bool(request) == (file is not None):
        raise CommandError("give a request in quotes, or --file request.yaml (not both)", USAGE)
    event = sending.request(request, file, getpass.getuser())
    wait_for(sending.submit(event, account.fleet(), follow=watch, as_json=as_json))


@command
def status(
    workflow: Annotated[str | None, typer.Argument(help="A workflow's id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one workflow with its tasks, or the newest ones.

    Example: `flotilla status wf-3f2a9c1b7d40`
    """
    from workers.cli import workflows

    wait_for(workflows.status(account.fleet(), workflow, as_json))


@command
def watch(
    workflow: Annotated[str, typer.Argument(help="A workflow's id.")],
    as_json: AsJson = False,
) -> None:
    """Follow a workflow live until it ends; exit code 0 when it completed, 1 when it failed.

    Example: `flotilla watch wf-3f2a9c1b7d40`
    """
    from workers.cli import workflows

    state = wait_for(workflows.watch(account.fleet(), workflow, quiet=as_json, patience=2.0))
    if as_json:
        emit(state.model_dump(mode="json"))
    if state.status != "completed":
        raise typer.Exit(1)


@command
def fetch(
    workflow: Annotated[str, typer.Argument(help="A workflow's id.")],
    output: Annotated[Path, typer.Option(help="The folder that takes the result.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Take home what a workflow made: code, infrastructure, pipelines and the delivery report.

    Example: `flotilla fetch wf-3f2a9c1b7d40`
    """
    from workers.cli import workflows

    folder = wait_for(workflows.fetch(account.fleet(), workflow, output))
    if as_json:
        emit({"output_dir": str(folder.absolute())})
    else:
        OUT.print(f"see {folder}/delivery-report.md")


@command
def publish(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="An event's name.")],
    detail: Annotated[str, typer.Option("--detail", help="JSON, or @file.json.")],
    as_json: AsJson = False,
) -> None:
    """Validate an event and put it onto the bus.

    Example: `flotilla publish task.created --detail '{"workflow_id": "wf-1", "task_id": "t1",
    "agent": "codegen", "service_name": "user-service"}'`
    """
    from workers.cli import publish as sending

    event = sending.parse_event(event_type, detail)
    event_id = wait_for(sending.send(event, account.fleet()))
    if as_json:
        emit({"id": event_id, "type": event_type})
    else:
        OUT.print(f"published {event_type} {event_id}")


@command
def routes(
    form: Annotated[str, typer.Option("--format", help="table, mermaid or json.")] = "table",
    as_json: AsJson = False,
) -> None:
    """List which worker consumes which event.

    Example: `flotilla routes --format mermaid`
    """
    from events.routes import ROUTES
    from workers.cli import routes as view

    if form not in ("table", "mermaid", "json"):
        raise CommandError(f"--format {form!r}: one of table, mermaid, json", USAGE)
    view.show(ROUTES, "json" if as_json else form)
