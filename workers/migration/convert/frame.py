"""What surrounds a statement: where it runs, under which conditions, and with which environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.migration.actions.expressions import joined, told_once
from workers.migration.actions.model import (
    Concurrency,
    Container,
    Environment,
    RunsOn,
    Scalar,
    Step,
    Strategy,
)
from workers.migration.convert.scope import Scope
from workers.migration.replacing import replace


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A machine with a workspace; two placements are never equal, however alike.

    `setup` runs first on each machine of the placement. `images` are those of a pod's containers.
    """

    name: str
    runs_on: RunsOn
    container: Container | None = None
    checkout: bool = True
    setup: tuple[Step, ...] = ()
    env: Mapping[str, Scalar] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)


# Without slots, so that `replace` is quick.
@dataclass(frozen=True)
class Frame:
    """The surroundings.

    `status` is a status function such as always() that a step asks for. `image` is an image that
    scripts run in by `docker run`, on the machine and in its workspace. `left` is the condition of
    the `if` that was converted last. `checkout` says whether an agent checks out by itself, and
    `setup` is what every agent starts with.
    """

    scope: Scope
    placement: Placement | None = None
    stages: tuple[str, ...] = ()
    env: Mapping[str, Scalar] = field(default_factory=dict)
    directory: str | None = None
    conditions: tuple[str, ...] = ()
    status: str | None = None
    timeout: int | None = None
    retries: int | None = None
    forgiving: bool = False
    prelude: tuple[str, ...] = ()
    strategy: Strategy | None = None
    concurrency: Concurrency | None = None
    environment: Environment | None = None
    image: str | None = None
    calls: tuple[str, ...] = ()
    left: str | None = None
    checkout: bool = True
    setup: tuple[Step, ...] = ()

    @property
    def stage(self) -> str:
        """The innermost stage."""
        return self.stages[-1] if self.stages else ""

    def under(self, *conditions: str) -> "Frame":
        """The frame with further conditions."""
        added = tuple(each for each in conditions if each not in self.conditions)
        return replace(self, conditions=self.conditions + added) if added else self

    def within(self, directory: str) -> "Frame":
        """The frame in a directory below."""
        absolute = directory.startswith(("/", "$")) or self.directory is None
        return replace(self, directory=directory if absolute else f"{self.directory}/{directory}")

    def having(self, env: Mapping[str, Scalar]) -> "Frame":
        """The frame with a larger environment."""
        return replace(self, env={**self.env, **env})

    @property
    def condition(self) -> str | None:
        """All conditions as one expression."""
        return joined(told_once(self.conditions), "&&") if self.conditions else None
