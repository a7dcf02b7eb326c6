"""The command that takes pipelines of Jenkins to GitHub Actions."""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from workers.cli.output import FAILED, USAGE, AsJson, CommandError, command

_Source = Annotated[
    Path, typer.Argument(help="A Jenkinsfile, a job's config.xml, or a folder of them.")
]
_Output = Annotated[
    Path, typer.Option("-o", "--output", help="The folder that takes the workflows.")
]
_RunnerMap = Annotated[
    Path | None,
    typer.Option(help="A YAML, JSON or TOML file: labels of Jenkins to runners of GitHub."),
]
_Repo = Annotated[
    Path | None,
    typer.Option(
        help="The project's folder: .tool-versions, pom.xml, package.json, go.mod and the like say "
        "versions of tools that the pipeline does not."
    ),
]
_Library = Annotated[
    list[Path] | None,
    typer.Option(
        help="The folder of a shared library: the steps in its vars/ are put in where they are "
        "called. Several are looked through in their order."
    ),
]
_Report = Annotated[
    Path | None,
    typer.Option(
        help="The Markdown report. By default migration-report.md beside the workflows, or above "
        "them where their folder is called workflows."
    ),
]
_Explain = Annotated[
    bool, typer.Option("--explain", help="Show source and result side by side; write nothing.")
]
_Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit code 1 on any loss.")
]  # fmt: skip
_Force = Annotated[
    bool, typer.Option("--force", help="Write over files that others made or edited.")
]


@command
def migrate(  # noqa: PLR0913 one an option
    source: _Source,
    *,
    output: _Output = Path(".github/workflows"),
    runner_map: _RunnerMap = None,
    repo: _Repo = None,
    library: _Library = None,
    report: _Report = None,
    explain: _Explain = False,
    check: _Check = False,
    force: _Force = False,
    as_json: AsJson = False,
) -> None:
    """Convert pipelines of Jenkins to GitHub Actions, with what became of every statement.

    Example: `flotilla migrate Jenkinsfile -o .github/workflows/`

    With all that is known: `flotilla migrate Jenkinsfile --repo . --library ../shared-library`

    In a folder it finds Jenkinsfile, Jenkinsfile.*, *.jenkinsfile, *.groovy that hold a pipeline,
    and config.xml of jobs. What cannot be read is one line on standard error and does not stop the
    others. The report says for every statement whether it was kept, changed, dropped, or is left to
    a person, and lists what to create before the first run.

    The exit code is 1 when a file gave no workflow; with `--check` also when any statement was
    dropped or is left to a person.
    """
    from workers.cli import migrate as migrating

    if explain and as_json:
        raise CommandError("--explain is for people: leave out --json", USAGE)
    if report and (check or explain):
        raise CommandError("--check and --explain write nothing: leave out --report", USAGE)
    wish = migrating.Wish(
        source, output, runner_map=runner_map, repo=repo, library=tuple(library or ()),
        report=report, explain=explain, check=check, force=force, as_json=as_json,
    )  # fmt: skip
    if not migrating.migrate(wish):
        raise typer.Exit(FAILED)
