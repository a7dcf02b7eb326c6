"""A bar on standard error, where a person sees it and there is time to look at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers.cli.output import ERR

_A_FEW = 5


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Hands out what to call after each file."""
    if total <= _A_FEW or not ERR.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("files", total=total)
        yield lambda: bar.advance(task)
