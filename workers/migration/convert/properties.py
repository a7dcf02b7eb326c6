"""What a pipeline declares about itself, in directives or in `properties([…])`. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from workers.migration.pipeline.directives import BuildParameter, Option, Trigger
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, ListValue


@dataclass(frozen=True, slots=True)
class Declared:
    """Parameters, triggers and options."""

    parameters: tuple[BuildParameter, ...]
    triggers: tuple[Trigger, ...]
    options: tuple[Option, ...]


def declared(pipeline: Pipeline) -> Declared:
    """All that is declared, wherever it is."""
    calls = [call for step in _properties(pipeline) for call in _calls(step.positional)]
    parameters = [
        BuildParameter(each.span, each.name, each.arguments)
        for call in calls
        if call.name == "parameters"
        for each in _calls(call.positional)
    ]
    triggers = [
        Trigger(each.span, each.name, each.arguments)
        for call in calls
        if call.name == "pipelineTriggers"
        for each in _calls(call.positional)
    ]
    options = [
        Option(call.span, call.name, call.arguments)
        for call in calls
        if call.name not in ("parameters", "pipelineTriggers")
    ]
    return Declared(
        (*pipeline.parameters, *parameters),
        (*pipeline.triggers, *triggers),
        (*pipeline.options, *options),
    )


def _properties(pipeline: Pipeline) -> Iterator[Step]:
    for each in pipeline.nodes:
        if isinstance(each, Step) and each.kind == "properties":
            yield each


def _calls(values: tuple[Value, ...]) -> Iterator[Call]:
    for value in values:
        if isinstance(value, ListValue):
            yield from _calls(value.items)
        elif isinstance(value, Call):
            yield value
