"""Loads a route's handler, and refuses one whose signature disagrees with the route."""

import builtins
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from events.routes import Route
from schemas.base import Event
from workers import ports
from workers.ports import Step


class HandlerError(Exception):
    """Raised at start when a route's handler is missing, or its signature is not the route's."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A worker's function and the ports it names, by parameter."""

    function: Callable[..., Awaitable[Any]]
    ports: Mapping[str, type]


def load(route: Route) -> Handler:
    """The handler of a route. Raises HandlerError."""
    try:
        module = importlib.import_module(route.module)
        function = module.handle
    except (ImportError, AttributeError) as error:
        raise HandlerError(f"{route.name}: no handler at {route.module}: {error}") from error
    return check(route, function)


def check(route: Route, function: Callable[..., Awaitable[Any]]) -> Handler:
    """The handler, if it takes the route's event and answers with what the route publishes."""
    if not inspect.iscoroutinefunction(function):
        raise HandlerError(f"{route.name}: the handler must be an async function")
    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise HandlerError(f"{route.name}: {error}") from error
    parameters = list(inspect.signature(function).parameters)
    if not parameters or hints.get(parameters[0]) is not route.event:
        raise HandlerError(f"{route.name}: the first parameter must be {route.event.__name__}")
    answers = _events_in(hints.get("return"))
    if answers != frozenset(route.publishes):
        named = ", ".join(sorted(event.__name__ for event in answers)) or "nothing"
        expected = ", ".join(sorted(event.__name__ for event in route.publishes)) or "nothing"
        raise HandlerError(f"{route.name}: returns {named}, but the route publishes {expected}")
    if untyped := [name for name in parameters[1:] if name not in hints]:
        raise HandlerError(f"{route.name}: no type says which port {untyped[0]} is")
    if route.pure and Step in hints.values():
        raise HandlerError(f"{route.name}: is pure, which keeps nothing, and has steps")
    for name in route.on_error:
        _check_error(route, name, function)
    return Handler(function, {name: hints[name] for name in parameters[1:]})


def answer(value: object, route: Route) -> tuple[Event, ...]:
    """What a handler returned, as a tuple of events that the route may publish."""
    events = value if isinstance(value, tuple) else () if value is None else (value,)
    for event in events:
        if not isinstance(event, route.publishes):
            raise HandlerError(f"{route.name}: may not publish {type(event).__name__}")
    return events


def _check_error(route: Route, name: str, function: Callable[..., object]) -> None:
    """Raises HandlerError for a name that no exception can have which gets as far as the runtime.

    A class has to be where a reader of the handler would look for it, under its own name.
    """
    module = sys.modules[inspect.unwrap(function).__module__]
    places = (vars(module), vars(ports), vars(builtins))
    found = next((place[name] for place in places if name in place), None)
    if not (isinstance(found, type) and issubclass(found, Exception) and found.__name__ == name):
        raise HandlerError(
            f"{route.name}: on_error names {name}, which is no exception of workers.ports, of"
            f" Python, or in {module.__name__}"
        )
    if issubclass(found, ports.Reject):
        raise HandlerError(f"{route.name}: on_error names {name}, but a Reject is parked at once")


def _events_in(annotation: object) -> frozenset[type[Event]]:
    """The event classes that a return annotation names, through unions and tuples."""
    if annotation is None or annotation is type(None) or annotation is Ellipsis:
        return frozenset()
    if get_origin(annotation) in (typing.Union, types.UnionType, tuple):
        return frozenset().union(*(_events_in(part) for part in get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, Event):
        return frozenset({annotation})
    raise HandlerError(f"a handler returns events, not {annotation!r}")
