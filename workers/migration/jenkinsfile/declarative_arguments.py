"""Arguments against what is known of the thing they are given to."""

from workers.migration.jenkinsfile.declarative_known import BLOCKED_CALLS, Catalogue, Shape
from workers.migration.jenkinsfile.declarative_shapes import Report, check_value, name_of, named
from workers.migration.jenkinsfile.tree.expressions import Call, Closure, Entry, Literal
from workers.migration.jenkinsfile.tree.nodes import Expression, Node

_TYPES = {"int": "a number", "str": "a string", "bool": "true or false"}


def check_arguments(
    node: Node, arguments: tuple[Expression, ...], name: str, catalogue: Catalogue, report: Report
) -> None:
    """Check names, number and literal types where the thing is known."""
    shape = catalogue.shapes.get(name)
    if shape is None:
        return
    entries = named(arguments)
    if not entries:
        _check_positional(node, arguments, name, shape, report)
        return
    if len(entries) < len(arguments):
        report.add(node, "named and unnamed arguments cannot be mixed")
        return
    if any(_key(entry) == "$class" for entry in entries):
        return
    _check_named(node, entries, name, shape, report)


def check_call(call: Call, report: Report) -> None:
    """An option, a trigger or a parameter: no closures, no steps in disguise, no mixture."""
    name = name_of(call)
    if name in BLOCKED_CALLS:
        report.add(call, f"'{name}' is not allowed here: {BLOCKED_CALLS[name]}")
    entries = named(call.arguments)
    if entries and len(entries) < len(call.arguments):
        report.add(call, "named and unnamed arguments cannot be mixed")
    for argument in call.arguments:
        value = argument.value if isinstance(argument, Entry) else argument
        if isinstance(value, Closure):
            report.add(argument, "an argument here cannot be a closure")
        elif isinstance(value, Call) and name_of(value) is not None:
            check_call(value, report)
        check_value(argument, report)


def _check_positional(
    node: Node, arguments: tuple[Expression, ...], name: str, shape: Shape, report: Report
) -> None:
    if len(arguments) > 1:
        report.add(node, f"the arguments of '{name}' must be named")
    elif not arguments:
        for missing in shape.required:
            report.add(node, f"'{name}' needs the argument '{missing}'")
    elif len(shape.required) == 1:
        _check_type(arguments[0], shape.required[0], shape, report)
    elif shape.required or not shape.parameters:
        report.add(node, f"'{name}' does not take a single unnamed argument")


def _check_named(
    node: Node, entries: tuple[Entry, ...], name: str, shape: Shape, report: Report
) -> None:
    given = {key for key in map(_key, entries) if key is not None}
    for entry in entries:
        key = _key(entry)
        if key is None:
            continue
        if key not in shape.parameters:
            allowed = ", ".join(shape.parameters) or "none"
            report.add(entry, f"'{name}' has no argument '{key}'; it has: {allowed}")
        else:
            _check_type(entry.value, key, shape, report)
    for missing in shape.required:
        if missing not in given:
            report.add(node, f"'{name}' needs the argument '{missing}'")


def _key(entry: Entry) -> str | None:
    key = entry.key
    return str(key.value) if isinstance(key, Literal) else None


def _check_type(value: Expression, parameter: str, shape: Shape, report: Report) -> None:
    expected = shape.parameters.get(parameter, "any")
    if not isinstance(value, Literal) or value.value is None or expected == "any":
        return
    wrong = {
        "int": isinstance(value.value, str | bool),
        "str": isinstance(value.value, bool) or not isinstance(value.value, str),
        "bool": False,
    }[expected]
    if wrong:
        report.add(value, f"'{parameter}' must be {_TYPES[expected]}, not {value.span.text}")
