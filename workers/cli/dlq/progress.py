"""A bar on standard error, where a person sees it and there is time to look at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress

from workers.cli.output import ERR

# The exit code of what Ctrl-C ended.
INTERRUPTED = 130
# So many are done before a bar would be drawn.
_A_FEW = 5


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Hands out what to call after each message."""
    if total <= _A_FEW or not ERR.is_terminal:
        yield lambda: None
        return
    with Progress(console=ERR, transient=True) as bar:
        task = bar.add_task("messages", total=total)
        yield lambda: bar.advance(task)
