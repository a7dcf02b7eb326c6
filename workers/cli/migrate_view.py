"""What a person sees of a migration: a row a file, the sums, and where to read on."""

from pathlib import Path

from rich.table import Table

from workers.cli.output import OUT, plain
from workers.migration.ledger import Outcome, Verdict
from workers.migration.summary import Summary, sentence

_STYLES = {Outcome.SUCCESSFUL: "green", Outcome.PARTIAL: "yellow", Outcome.UNSUPPORTED: "red"}


def show(summary: Summary, files: dict[str, str], page: Path | None) -> None:
    """Prints the table. `page` is the report, None when nothing was written."""
    if summary.migrated:
        OUT.print(_table(summary, files, written=page is not None))
    OUT.print(plain(sentence(summary)))
    if page is None:
        OUT.print("Nothing was written.")
        return
    tasks = sum(len(each.ledger.tasks) for each in summary.migrated)
    todo = f"{tasks} {'thing' if tasks == 1 else 'things'} to do before the first run, and "
    OUT.print(plain(f"Read {page}: {todo if tasks else ''}what became of every statement."))


def _table(summary: Summary, files: dict[str, str], *, written: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("source", overflow="fold")
    if written:
        table.add_column("workflow", overflow="fold")
    table.add_column("outcome", no_wrap=True)
    for verdict in Verdict:
        table.add_column(verdict, justify="right", no_wrap=True)
    for each in summary.migrated:
        counts = each.ledger.counts()
        outcome = each.ledger.outcome()
        table.add_row(
            plain(each.path),
            *([plain(files[each.path])] if written else []),
            plain(outcome, _STYLES[outcome]),
            *(str(counts[verdict]) for verdict in Verdict),
        )
    return table
