"""What names stand for at one place of a pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from workers.migration.actions.triggers import Input
from workers.migration.pipeline.values import Closure

Constant: TypeAlias = "str | int | float | bool | list[Constant] | dict[str, Constant] | None"


@dataclass(frozen=True, slots=True)
class Ref:
    """A value known when the step runs: its variable, and how an expression says it."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only Jenkins could compute, as the source writes it."""

    text: str


Part: TypeAlias = str | Ref | Unknown


@dataclass(frozen=True, slots=True)
class Document:
    """A file, by the step that reads it; `text` is what is read where that is no file."""

    kind: str
    file: tuple[Part, ...] = ()
    text: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A closure together with what its names stand for where it was written."""

    closure: Closure
    scope: "Scope"


# Without slots, so that `replace` is quick.
@dataclass(frozen=True)
class Scope:
    """What names stand for; a scope is never changed, only added to.

    `constants` are known before the run, `texts` are put together from known parts, `runtime` is
    what earlier steps put into the environment, `environment` what directives declare. `branches`
    are the maps of closures that a scripted `parallel` takes, `images` what `docker.image` gave.
    `flags` are variables that are true or false, each with the expression for it, `documents` files
    that were read. Of the variables of the run, `numbers` count as false where they are 0, and
    `truths` are true or false.
    """

    constants: Mapping[str, Constant] = field(default_factory=dict)
    texts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    runtime: frozenset[str] = frozenset()
    environment: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    branches: Mapping[str, Mapping[str, Bound]] = field(default_factory=dict)
    images: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    blocks: Mapping[str, Bound] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    truths: frozenset[str] = frozenset()

    def input_expression(self, name: str) -> str:
        """A parameter with its default where nobody was asked."""
        given = self.inputs.get(name)
        if given is None or given.default in (None, "", False):
            return f"inputs.{name}"
        if given.kind == "boolean":
            return f"(github.event_name != 'workflow_dispatch' || inputs.{name})"
        default = str(given.default).replace("'", "''")
        return f"(inputs.{name} || '{default}')"
