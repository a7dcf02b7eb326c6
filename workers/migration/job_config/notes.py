"""What is said of a job's parts that no statement of its pipeline stands for."""

from collections.abc import Iterable

from workers.migration.job_config.elements import Element
from workers.migration.ledger import Entry, Verdict
from workers.migration.pipeline.nodes import Span

# What Jenkins writes for what nobody set.
_UNSET = frozenset({"", "false", "0", "1.0", "(Default)", "(System)"})


class Notes:
    """Entries under way. One of these belongs to one reading."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them so far."""
        return tuple(self._entries)

    def kept(self, element: Element, note: str) -> None:
        """The workflow does the same."""
        self.at(element.span, Verdict.KEPT, note)

    def changed(self, element: Element, note: str) -> None:
        """It is done another way; `note` says how."""
        self.at(element.span, Verdict.CHANGED, note)

    def dropped(self, element: Element, note: str) -> None:
        """It is not needed; `note` says why."""
        self.at(element.span, Verdict.DROPPED, note)

    def manual(self, element: Element, note: str) -> None:
        """A person decides; `note` says what there is to do."""
        self.at(element.span, Verdict.MANUAL, note)

    def at(self, place: Span, verdict: Verdict, note: str) -> None:
        """An entry for a place."""
        self._entries.append(Entry(place, verdict, note))

    def rest(self, element: Element, known: Iterable[str]) -> None:
        """The settings of a part that nothing reads, where somebody set them."""
        read = frozenset(known)
        for each in element.children:
            if each.tag not in read and is_set(each):
                self.manual(each, f"see what {each.name} is for: nothing stands for it")


def is_set(element: Element) -> bool:
    """Whether it says more than what Jenkins writes for what nobody set."""
    return any(each.text.strip() not in _UNSET for each in (element, *element.below()))
