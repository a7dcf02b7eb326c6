"""The commands that run the fleet, or one process of it."""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from workers.cli import account
from workers.cli.output import ERR, OUT, AsJson, command, emit, wait_for


@command
def setup() -> None:
    """Make the environments that the embedded AWS and generated services run in; again is quick.

    Example: `flotilla setup`
    """
    from workers.cli import setup as preparing

    wait_for(preparing.prepare(account.settings(), OUT.print))


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


@command
def up(
    port: Annotated[
        int, typer.Option(help="The port of the embedded AWS.", min=1, max=65535)
    ] = 4566,
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


@command
def down() -> None:
    """End the fleet that runs from this folder, and the services that it deployed.

    Example: `flotilla down`
    """
    from workers.cli import up as running

    OUT.print(wait_for(running.down(account.settings())))


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


@command
def doctor(as_json: AsJson = False) -> None:
    """Look at a deployment, and say what is wrong with it and how to mend it.

    Works on the fleet that runs here, on `AWS_ENDPOINT_URL`, and on AWS. Changes nothing. Exit code
    0 when there is no fault; warnings are no faults.

    Example: `flotilla doctor`
    """
    from workers.cli.doctor import report

    if not report.tell(wait_for(report.examine(account.fleet())), as_json):
        raise typer.Exit(1)
