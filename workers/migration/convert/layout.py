"""Steps laid out into jobs: one machine and workspace stays one job, what is apart is needed.

Statements come in the order of the source. A change of placement closes the job under way; the
next one needs it. Branches start from the same jobs and are all needed by what follows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from workers.migration.actions.model import Environment, RunsOn, Step
from workers.migration.actions.runners import default
from workers.migration.convert.frame import Frame, Placement


@dataclass(slots=True, eq=False)
class Planned:
    """A step, with what surrounds it.

    `works` when it may change the workspace, `reads` when it may need what is there. `sets` is the
    variable that it puts into the environment of the steps after it.
    """

    step: Step
    frame: Frame
    works: bool = True
    reads: bool = True
    sets: str | None = None


@dataclass(slots=True, eq=False)
class Draft:
    """A job under way.

    `inherits` are the drafts of which it takes over the workspace; `held` is the environment whose
    reviewers it waits for.
    """

    id: str
    frame: Frame
    placement: Placement
    needs: tuple[str, ...]
    inherits: tuple["Draft", ...] = ()
    steps: list[Planned] = field(default_factory=list)
    held: Environment | None = None

    @property
    def reads(self) -> bool:
        """Whether it may need what is in the workspace."""
        return any(each.reads for each in self.steps)

    @property
    def works(self) -> bool:
        """Whether it may have changed the workspace."""
        return any(each.works for each in self.steps) or any(each.works for each in self.inherits)


class Layout:
    """The jobs of a workflow under way."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._current: Draft | None = None
        self._frontier: tuple[str, ...] = ()
        self._tips: dict[Placement, tuple[Draft, ...]] = {}
        self._fallback: Placement | None = None
        self._held: Environment | None = None
        self._jobs: dict[Planned, Draft] = {}
        self._taken: set[str] = {"changes"}

    @property
    def current(self) -> Draft | None:
        """The job that the next step of the same placement joins."""
        return self._current

    @property
    def planned(self) -> list[Planned]:
        """All steps so far, in the order in which they were added."""
        return list(self._jobs)

    def job_of(self, planned: Planned) -> Draft:
        """The job that a step was added to."""
        return self._jobs[planned]

    @property
    def frontier(self) -> tuple[str, ...]:
        """The jobs that one which starts now would need."""
        return (self._current.id,) if self._current else self._frontier

    def add(self, step: Step, frame: Frame, *, works: bool = True, reads: bool = True) -> Planned:
        """Puts a step into the job of its placement, in a new one where that is not under way."""
        draft = self.open(frame)
        planned = Planned(step, frame, works, reads)
        draft.steps.append(planned)
        self._jobs[planned] = draft
        return planned

    def open(self, frame: Frame) -> Draft:
        """The job of the frame's placement."""
        placement = frame.placement or self._nowhere()
        current = self._current
        if current and current.placement is placement and _alike(current.frame, frame):
            return current
        self.close()
        inherits = self._tips.get(placement, ())
        draft = Draft(
            self._name(frame),
            frame,
            placement,
            self._frontier,
            tuple(d for d in inherits if d.works),
        )
        draft.held, self._held = self._held, None
        self.drafts.append(draft)
        self._current = draft
        self._tips[placement] = (draft,)
        return draft

    def close(self) -> None:
        """Ends the job under way: whatever comes next is another job, which needs it."""
        if self._current is not None:
            self._frontier = (self._current.id,)
            self._current = None

    def hold(self, environment: Environment) -> None:
        """Makes the next job wait for the reviewers of an environment."""
        self.close()
        self._held = environment

    def branch(self, branches: Iterable[Callable[[], None]]) -> None:
        """Lays out each branch from where all of them start."""
        self.close()
        start, tips = self._frontier, dict(self._tips)
        ends: list[str] = []
        merged: dict[Placement, list[Draft]] = {}
        for laid_out in branches:
            self._frontier, self._tips = start, dict(tips)
            laid_out()
            self.close()
            ends.extend(each for each in self._frontier if each not in ends)
            for placement, drafts in self._tips.items():
                if tips.get(placement) != drafts:
                    merged.setdefault(placement, []).extend(drafts)
        self._frontier = tuple(each for each in ends if each not in start or ends == list(start))
        self._tips = {**tips, **{key: tuple(drafts) for key, drafts in merged.items()}}

    def after_all(self) -> tuple[str, ...]:
        """Closes the job under way and makes the next one need every job."""
        self.close()
        self._frontier = tuple(draft.id for draft in self.drafts)
        return self._frontier

    def _nowhere(self) -> Placement:
        if self._fallback is None:
            self._fallback = Placement("any", RunsOn((default(),)), checkout=False)
        return self._fallback

    def _name(self, frame: Frame) -> str:
        words = re.sub(r"[^A-Za-z0-9_]+", "-", frame.stage or "build").strip("-").lower()
        base = words if words and (words[0].isalpha() or words[0] == "_") else f"job-{words}"
        base = base[:60].strip("-") or "job"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}-{number}", number + 1
        self._taken.add(name)
        return name


def _alike(one: Frame, other: Frame) -> bool:
    """Whether steps of both frames can stand in one job."""
    return (one.strategy, one.concurrency, one.environment) == (
        other.strategy,
        other.concurrency,
        other.environment,
    )
