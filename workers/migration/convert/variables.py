"""The variables of a script by what is assigned to them anywhere in it. Pure."""

from collections import Counter

from workers.migration.convert.boolean import says_true_or_false
from workers.migration.convert.captures import script_call
from workers.migration.convert.scope import Scope
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Assign
from workers.migration.pipeline.values import Literal, Property, Variable


def mutable(pipeline: Pipeline) -> frozenset[str]:
    """The variables that are given a value more than once: only the run knows which it is."""
    counts: Counter[str] = Counter()
    for each in pipeline.statements:
        if isinstance(each, Assign) and each.value is not None:
            counts.update(name for target in each.targets if (name := name_of(target)))
    return frozenset(name for name, count in counts.items() if count > 1)


def numbers(pipeline: Pipeline) -> frozenset[str]:
    """The variables that hold how scripts ended."""
    return frozenset(
        target.name
        for each in pipeline.statements
        if isinstance(each, Assign) and each.value is not None
        for target in each.targets
        if isinstance(target, Variable)
        and (call := script_call(each.value)) is not None
        and "returnStatus" in call.named
    )


def truths(pipeline: Pipeline) -> frozenset[str]:
    """The variables that are only ever set to true or false."""
    found: dict[str, bool] = {}
    for each in pipeline.statements:
        if isinstance(each, Assign) and each.value is not None:
            for target in each.targets:
                if isinstance(target, Variable):
                    found[target.name] = found.get(target.name, True) and _is_truth(each.value)
    return frozenset(name for name, only in found.items() if only)


def _is_truth(value: Value) -> bool:
    return (isinstance(value, Literal) and isinstance(value.value, bool)) or says_true_or_false(
        value, Scope()
    )


def name_of(target: Value) -> str | None:
    """The variable of the script or of the environment that is assigned to."""
    match target:
        case Variable():
            return target.name
        case Property(receiver=Variable(name="env")):
            return target.name
        case _:
            return None
