"""Statements and values of the model from elements. Pure."""

from collections.abc import Iterable

from workers.migration.job_config.elements import Element
from workers.migration.pipeline.nodes import Span, Statement, Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Argument, Call, ListValue, Literal


def literal(place: Span, value: str | int | bool) -> Literal:
    """A constant."""
    return Literal(place, value)


def named(place: Span, /, **values: Value | str | int | bool) -> tuple[Argument, ...]:
    """Arguments with names, in order."""
    return tuple(
        Argument(place, name, each if isinstance(each, Value) else Literal(place, each))
        for name, each in values.items()
    )


def positional(place: Span, *values: Value | str | int | bool) -> tuple[Argument, ...]:
    """Arguments without names."""
    made = (each if isinstance(each, Value) else Literal(place, each) for each in values)
    return tuple(Argument(place, None, each) for each in made)


def step(element: Element, kind: str, arguments: tuple[Argument, ...] = ()) -> Step:
    """A step that stems from an element."""
    return Step(element.span, kind, arguments)


def around(
    element: Element, kind: str, arguments: tuple[Argument, ...], body: Iterable[Statement]
) -> Step:
    """A block step; it stands where the element opens, its body where that stands."""
    return Step(element.span, kind, arguments, tuple(body))


def script(element: Element, kind: str, text: str) -> Step:
    """`sh`, `bat` or `powershell` with a script."""
    return Step(element.span, kind, (Argument(element.span, None, Literal(element.span, text)),))


def call(place: Span, name: str, arguments: tuple[Argument, ...]) -> Call:
    """A call as a value."""
    return Call(place, None, name, arguments)


def listed(place: Span, items: Iterable[Value]) -> ListValue:
    """A list."""
    return ListValue(place, tuple(items))
