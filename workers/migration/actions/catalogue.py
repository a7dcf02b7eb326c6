"""The step catalogue: `steps.toml`, which says when and from where it is."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

STEPS = Path(__file__).parent / "steps.toml"
How: TypeAlias = Literal["rule", "action", "run", "dropped", "manual"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What becomes of a step. `reason` is why it is dropped, or what a person does."""

    how: How
    reason: str = ""
    uses: str = ""
    run: str = ""
    name: str | None = None
    first: str | None = None
    always: bool = False
    inputs: Mapping[str, str | bool | int] = field(default_factory=dict)


@cache
def catalogue() -> Mapping[str, Conversion]:
    """Every known step by its Jenkins name."""
    table = tomllib.loads(STEPS.read_text("utf-8"))
    return MappingProxyType({name: _conversion(row) for name, row in table.items()})


def _conversion(row: Mapping[str, Any]) -> Conversion:
    return Conversion(
        how=row["how"],
        reason=row.get("why") or row.get("task") or "",
        uses=row.get("uses", ""),
        run=row.get("run", ""),
        name=row.get("name"),
        first=row.get("first"),
        always=row.get("always", False),
        inputs=row.get("with", {}),
    )
