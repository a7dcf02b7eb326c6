"""`flotilla routes`: the table, as a table, a picture or JSON."""

from collections.abc import Sequence

from rich.table import Table

from events.routes import Route
from workers.cli.output import OUT, emit


def show(routes: Sequence[Route], form: str) -> None:
    """Prints the routes in one of the forms table, mermaid, json."""
    if form == "json":
        emit([as_json(route) for route in routes])
    elif form == "mermaid":
        print(mermaid(routes))
    else:
        OUT.print(_table(routes))


def as_json(route: Route) -> dict[str, object]:
    """A route as a program reads it."""
    return {
        "name": route.name,
        "event": route.event.type,
        "where": dict(route.where),
        "worker": route.worker,
        "publishes": [event.type for event in route.publishes],
        "trusts": list(route.sources),
        "ordered_by": route.ordered_by,
        "timeout_seconds": route.timeout.total_seconds(),
        "attempts": route.attempts,
        "handler": route.module,
    }


def mermaid(routes: Sequence[Route]) -> str:
    """The fleet as a Mermaid flowchart: workers, and the events between them."""
    lines = ["flowchart LR", "    anyone((anyone))"]
    workers = list(dict.fromkeys(route.worker for route in routes))
    lines += [f"    {worker}[{worker}]" for worker in workers]
    edges: dict[tuple[str, str], list[str]] = {}
    for route in routes:
        if not route.trusts:
            edges.setdefault(("anyone", route.worker), []).append(_label(route))
        for producer in _producers(route, routes):
            edges.setdefault((producer, route.worker), []).append(_label(route))
    for (producer, consumer), labels in edges.items():
        lines.append(f'    {producer} -->|"{"<br>".join(dict.fromkeys(labels))}"| {consumer}')
    return "\n".join(lines)


def _producers(route: Route, routes: Sequence[Route]) -> list[str]:
    makers = [r.worker for r in routes if route.event in r.publishes]
    return list(dict.fromkeys(makers))


def _label(route: Route) -> str:
    filters = ", ".join(route.where.values())
    return f"{route.event.type} ({filters})" if filters else route.event.type


def _table(routes: Sequence[Route]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("route", "consumes", "publishes", "trusts", "timeout"):
        table.add_column(heading, overflow="fold")
    for route in routes:
        table.add_row(
            route.name,
            _label(route),
            ", ".join(event.type for event in route.publishes) or "-",
            ", ".join(route.trusts) or "anyone",
            f"{route.timeout.total_seconds():g} s",
        )
    return table
