"""Texts put together from parts, as expressions of GitHub. Pure."""

from workers.migration.actions.expressions import quoted
from workers.migration.convert.resolving import is_fixed
from workers.migration.convert.scope import Part, Ref, Unknown


def expression_of(text: tuple[Part, ...]) -> str | None:
    """A text put together from parts; None where one of them is unknown."""
    if len(text) == 1 and isinstance(text[0], Ref):
        return text[0].expression
    if not text or any(isinstance(each, Unknown) for each in text):
        return None
    if is_fixed(text):
        return quoted(text[0])
    refs: list[str] = []
    made = ""
    for each in text:
        if isinstance(each, Ref):
            made += f"{{{len(refs)}}}"
            refs.append(each.expression)
        elif isinstance(each, str):
            made += each.replace("{", "{{").replace("}", "}}")
    return f"format({', '.join([quoted(made), *refs])})"
