"""What a playbook is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.policy import Violation
from workers.remediation.errors import Unrepairable

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One violation with the files that may have to change: its own and the folder's others."""

    violation: Violation
    service: str
    environment: str
    files: Files

    @property
    def own(self) -> str:
        """The path of the violation's file. Raises Unrepairable."""
        path = self.violation.path
        if path is None or path not in self.files:
            raise Unrepairable("the violation does not say in which file of the bundle it is")
        return path

    def edited(self, change: Callable[[str], str]) -> Files:
        """The files with the violation's own one changed."""
        return {**self.files, self.own: change(self.files[self.own])}


# Pure: all files of the case, changed or not. Raises Unrepairable.
Playbook = Callable[[Case], Files]
