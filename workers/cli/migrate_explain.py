"""A source and its workflow side by side: each step beside the lines that it stems from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from workers.cli.output import OUT, plain
from workers.migration.batch import Lines, Migrated
from workers.migration.ledger import Verdict

_LOSS = (Verdict.DROPPED, Verdict.MANUAL)
_STEPS = "    steps:"
_STEP = "      - "
_REMARK = "      #"


@dataclass(frozen=True, slots=True)
class Row:
    """Lines of the source, from `first` on, and what they became."""

    first: int
    source: tuple[str, ...]
    workflow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    lines: tuple[str, ...]
    mark: Lines | None


def explain(migrated: Migrated) -> None:
    """Prints both, then what was lost by line."""
    table = Table(title=plain(f"{migrated.path} → {migrated.name}.yml"), title_justify="left")
    table.add_column("source", overflow="fold", ratio=1)
    table.add_column("workflow", overflow="fold", ratio=1)
    for row in rows(migrated):
        table.add_row(plain(_numbered(row)), plain("\n".join(row.workflow)))
    OUT.print(table)
    for entry in migrated.ledger.entries:
        if entry.verdict in _LOSS:
            OUT.print(plain(f"line {entry.span.line}: {entry.verdict}: {entry.note}"))


def rows(migrated: Migrated) -> Iterator[Row]:
    """Every line of the workflow in its order; every line of the source once, in its own."""
    text = migrated.text.splitlines()
    blocks = list(_blocks(migrated.workflow.splitlines(), migrated.marks))
    done = 0
    for at, block in enumerate(blocks):
        ahead = next((each.mark for each in blocks[at:] if each.mark), None)
        until = done
        if block.mark is not None:
            until = max(done, block.mark[1])
        elif ahead is not None:
            until = max(done, ahead[0] - 1)
        yield Row(done + 1, tuple(text[done:until]), block.lines)
        done = min(until, len(text))
    if done < len(text):
        yield Row(done + 1, tuple(text[done:]), ())


def _blocks(lines: Sequence[str], marks: Sequence[Lines | None]) -> Iterator[_Block]:
    """The workflow cut where its steps begin, the remarks above a step with it."""
    left = iter(marks)
    taken: list[str] = []
    waiting: list[str] = []
    mark: Lines | None = None
    inside = False
    for line in lines:
        if inside and line.startswith(_REMARK):
            waiting.append(line)
            continue
        if inside and line.startswith(_STEP):
            yield _Block(tuple(taken), mark)
            taken, mark = [*waiting, line], next(left, None)
        elif inside and line.strip() and not line.startswith(_STEPS[:4] + " "):
            yield _Block((*taken, *waiting), mark)
            taken, mark, inside = [line], None, False
        else:
            taken += [*waiting, line]
            inside = inside or line == _STEPS
        waiting = []
    yield _Block((*taken, *waiting), mark)


def _numbered(row: Row) -> str:
    return "\n".join(f"{row.first + at:4} {line}" for at, line in enumerate(row.source))
