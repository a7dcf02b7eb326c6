"""Variables that one job sets and another one uses: outputs here, environment there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Step
from workers.migration.convert.layout import Draft, Planned
from workers.migration.replacing import replace

_VARIABLE = re.compile(r"(?:\$\{?|%|env[.:])([A-Za-z_]\w*)")
_INTO_ENVIRONMENT = '>> "$GITHUB_ENV"'
_INTO_BOTH = '| tee -a "$GITHUB_OUTPUT" >> "$GITHUB_ENV"'


@dataclass(slots=True)
class Carried:
    """What a job gives to others, and what it takes from them."""

    outputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def carried(drafts: Sequence[Draft]) -> dict[str, Carried]:
    """By the job's id. The steps that set what another job uses write an output too."""
    found = {draft.id: Carried() for draft in drafts}
    setters: dict[str, tuple[Draft, Planned]] = {}
    for draft in drafts:
        own = {each.sets for each in draft.steps if each.sets}
        used = _used(draft) if setters else frozenset()
        for name, (giver, planned) in setters.items():
            if giver is draft or name in own or name not in used:
                continue
            _give(giver, planned, name, found[giver.id])
            found[draft.id].env[name] = wrapped(f"needs.{giver.id}.outputs.{name}")
            if giver.id not in draft.needs:
                found[draft.id].needs.append(giver.id)
        setters.update({each.sets: (draft, each) for each in draft.steps if each.sets})
    return found


def _give(draft: Draft, planned: Planned, name: str, given: Carried) -> None:
    if name in given.outputs:
        return
    step = planned.step
    identifier = step.id or f"set-{re.sub('[^A-Za-z0-9]+', '-', name).strip('-').lower()}"
    run = (step.run or "").replace(_INTO_ENVIRONMENT, _INTO_BOTH)
    planned.step = replace(step, id=identifier, run=run)
    given.outputs[name] = wrapped(f"steps.{identifier}.outputs.{name}")


def _used(draft: Draft) -> frozenset[str]:
    """The variables that the steps of a job name."""
    texts = (text for planned in draft.steps for text in _texts(planned))
    return frozenset(name for text in texts for name in _VARIABLE.findall(text))


def _texts(planned: Planned) -> Iterator[str]:
    step: Step = planned.step
    yield step.run or ""
    yield from planned.frame.conditions
    yield from (str(value) for value in (*step.env.values(), *step.inputs.values()))
