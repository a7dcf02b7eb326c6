"""The commands, their options and their help. What they do is in the files beside this one."""
# ruff: noqa: PLC0415

import getpass
from pathlib import Path
from typing import Annotated

import typer

from schemas.identifiers import Environment
from workers.cli import account
from workers.cli.output import ERR, OUT, USAGE, CommandError, command, emit, wait_for

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
    help="Flotilla: an event-driven worker fleet for software delivery on AWS.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 130 interrupted.",
)
dlq = typer.Typer(no_args_is_help=True, help="Look at what could not be handled.")
policy = typer.Typer(no_args_is_help=True, help="Judge a folder as the policy worker does.")
app.add_typer(dlq, name="dlq")
app.add_typer(policy, name="policy")

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on standard output.")]


@app.command()
@command
def setup() -> None:
    """Make the environments that the embedded AWS and generated services run in; again is quick.

    Example: `flotilla setup`
    """
    from workers.cli import setup as preparing

    wait_for(preparing.prepare(account.settings(), OUT.print))


@app.command()
@command
def demo(
    request: Annotated[str, typer.Option(help="Another request than the built-in one.")] = "",
    output: Annotated[Path, typer.Option(help="The folder that takes the result.")] = Path("out"),
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the deployed service running.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run one request through the whole fleet on this machine, and show it live.

    Starts the embedded AWS and every worker, and ends by itself: exit code 0 when the workflow
    completed, 1 with the reason when it did not. With `--json` the last line is one JSON object.

    Example: `flotilla demo --keep`
    """
    from workers.cli import demo as showing
    from workers.cli.stage import Stage

    wish = showing.Wish(request=request or showing.REQUEST, output=output, keep=keep)
    stage = Stage(ERR if as_json else OUT)
    figures = wait_for(showing.demo(wish, account.settings(), stage))
    if as_json:
        emit(figures)
    else:
        showing.conclude(figures)
    if figures["status"] != "completed":
        raise typer.Exit(1)


@app.command()
@command
def up(
    port: Annotated[int, typer.Option(help="The port of the embedded AWS.")] = 4566,
    detach: Annotated[
        bool, typer.Option("--detach", help="Run beside the shell, until `flotilla down`.")
    ] = False,
    persist: Annotated[
        bool, typer.Option("--persist", help="Keep the state of the embedded AWS between runs.")
    ] = False,
) -> None:
    """Run the embedded AWS, the stacks and every worker until Ctrl-C.

    Prints one line `ready AWS_ENDPOINT_URL=...` once publishing works.

    Example: `flotilla up --detach && flotilla submit "..." --watch; flotilla down`
    """
    from workers.cli import up as running
    from workers.cli.stage import Stage

    settings = account.settings()
    if detach:
        arguments = ["--port", str(port), *(["--persist"] if persist else [])]
        print(wait_for(running.detach(settings, arguments)))
        return
    wanted = running.plan(settings, port=port, persist=persist)
    wait_for(running.up(wanted, settings, Stage(ERR)))


@app.command()
@command
def down() -> None:
    """End the fleet that runs from this folder, and the services that it deployed.

    Example: `flotilla down`
    """
    from workers.cli import up as running

    OUT.print(wait_for(running.down(account.settings())))


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
@command
def watch(
    workflow: Annotated[str, typer.Argument(help="A workflow's id.")],
    as_json: AsJson = False,
) -> None:
    """Follow a workflow live until it ends; exit code 0 when it completed, 1 when it failed.

    Example: `flotilla watch wf-3f2a9c1b7d40`
    """
    from workers.cli import workflows

    state = wait_for(workflows.watch(account.fleet(), workflow, quiet=as_json))
    if as_json:
        emit(state.model_dump(mode="json"))
    if state.status != "completed":
        raise typer.Exit(1)


@app.command()
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


@app.command()
@command
def worker(
    route: Annotated[str, typer.Argument(help="A route's name (`flotilla routes`).")],
    ready: Annotated[
        Path | None, typer.Option("--ready", help="A file to make once it polls.")
    ] = None,
) -> None:
    """Run one consumer process until SIGTERM: what a container runs.

    Example: `flotilla worker policy-on-codegen-completed`
    """
    from workers.process import run_worker

    raise typer.Exit(run_worker(route, account.fleet(), ready))


@dlq.command("list")
@command
def dlq_list(as_json: AsJson = False) -> None:
    """Count what waits in every dead-letter queue, by cause.

    Example: `flotilla dlq list`
    """
    from workers.cli import dead_letters

    fleet = account.fleet()
    with account.aws_errors(fleet):
        dead_letters.show_list(account.client("sqs", fleet), fleet.names, as_json)


@dlq.command("show")
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


@policy.command("check")
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
