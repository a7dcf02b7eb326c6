"""Collects what became of each statement while a pipeline is converted."""

from workers.migration.ledger import Entry, Ledger, Task, Verdict, ordered
from workers.migration.pipeline.nodes import Node, Span
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.walk import statements


class Record:
    """The ledger under way. One of these belongs to one conversion."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._entries: list[Entry] = []
        self._spans: set[Span] = set()
        self._tasks: list[Task] = []

    def kept(self, node: Node, note: str = "") -> None:
        """It does the same."""
        self.at(node.span, Verdict.KEPT, note)

    def changed(self, node: Node, note: str) -> None:
        """It is done another way; `note` says how."""
        self.at(node.span, Verdict.CHANGED, note)

    def dropped(self, node: Node, note: str) -> None:
        """It is not needed; `note` says why."""
        self.at(node.span, Verdict.DROPPED, note)

    def manual(self, node: Node, note: str) -> None:
        """A person decides; `note` says what there is to do."""
        self.at(node.span, Verdict.MANUAL, note)

    def at(self, span: Span, verdict: Verdict, note: str) -> None:
        """An entry for the statement at a place."""
        self._entries.append(Entry(span, verdict, note))
        self._spans.add(span)

    def whole(self, node: Node, verdict: Verdict, note: str) -> None:
        """The same entry for the node and for all statements in it."""
        self.at(node.span, verdict, note)
        for each in statements(node):
            self.at(each.span, verdict, note)

    def has(self, node: Node) -> bool:
        """Whether something is said of it already."""
        return node.span in self._spans

    def task(self, kind: str, name: str, text: str) -> None:
        """Something to do before the first run."""
        self._tasks.append(Task(kind, name, text))

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks so far, each once."""
        return tuple(sorted(set(self._tasks)))

    def text(self, node: Node) -> str:
        """What the source says."""
        return node.span.text(self.source)

    def ledger(self, pipeline: Pipeline) -> Ledger:
        """All entries; a statement that no rule has seen is for a person, and says so."""
        missed = [
            Entry(each.span, Verdict.MANUAL, "no rule converts this: convert it by hand")
            for each in pipeline.statements
            if each.span not in self._spans
        ]
        return ordered([*self._entries, *missed], self._tasks)
