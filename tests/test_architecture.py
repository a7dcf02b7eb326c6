"""What holds for all of the code: layers, bounds, names, and the one table that it agrees with."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from events.routes import ROUTES, Route
from schemas.workflow import WorkflowCreated
from workers.runtime import handlers
from workers.runtime.run import GIVEN
from workers.wiring import FACTORIES

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "events", "workers")
# Text that a worker fills in and writes out: not code of ours.
TEMPLATES = "templates"
WORKERS = frozenset(route.worker for route in ROUTES)

MODULE_LINES = 250
FUNCTION_LINES = 40
VAGUE = {"utils", "util", "common", "helpers", "helper", "core", "manager", "managers", "misc"}

# Bottom to top: a module imports from its own layer and from those below.
CONTRACTS, EVENTS, PORTS, RUNTIME, ADAPTERS, WORKER, WIRING = range(7)
LAYERS: Mapping[str, int] = {
    "schemas": CONTRACTS,
    "events": EVENTS,
    "workers": PORTS,
    "workers.ports": PORTS,
    "workers.bundle": PORTS,
    "workers.workflow": PORTS,
    "workers.redaction": PORTS,
    "workers.settings": PORTS,
    "workers.testing": PORTS,
    "workers.runtime": RUNTIME,
    "workers.adapters": ADAPTERS,
    **{f"workers.{worker}": WORKER for worker in WORKERS},
    "workers.connections": WIRING,
    "workers.wiring": WIRING,
    "workers.assembly": WIRING,
    "workers.process": WIRING,
    "workers.fleet": WIRING,
    "workers.cli": WIRING,
    "workers.__main__": WIRING,
}
# What a worker sees of the rest of `workers`, besides itself.
WORKER_MAY_IMPORT = {"workers.ports", "workers.bundle", "workers.workflow", "workers.redaction"}

# Each circle of routes goes through one of these, and each of these lets a workflow through only
# so often. The number may be read there.
BOUNDS = {
    "remediation-on-policy-violated": ("workers.remediation.decisions", "MAX_ROUNDS"),
    "remediation-on-anomaly-detected": ("workers.remediation.decisions", "MAX_RESTARTS"),
    "conductor-on-tests-failed": ("workers.conductor.decisions", "MAX_ITERATIONS"),
}
# These create a task only where the plan has one that waits, which starts once: the plan's length
# bounds them.
BOUNDED_BY_PLAN = {
    "conductor-on-tests-passed",
    "conductor-on-deployment-completed",
    "conductor-on-health-verified",
}


@cache
def sources() -> tuple[Path, ...]:
    """Every module of ours, templates of generated code left out."""
    folders = (*PACKAGES, "localstack")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if TEMPLATES not in path.parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def ours(*packages: str) -> tuple[Path, ...]:
    return tuple(path for path in sources() if path.relative_to(ROOT).parts[0] in packages)


def imports(path: Path) -> Iterator[str]:
    """The modules of ours that it imports, wherever in the file."""
    for node in ast.walk(tree(path)):
        names: Iterable[str] = ()
        if isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno}: imports are absolute"
            # `from workers import wiring` imports a module, `from workers.ports import X` a name.
            names = (f"{node.module}.{alias.name}" for alias in node.names)
        yield from (name for name in names if name.partition(".")[0] in PACKAGES)


def unit(name: str) -> str:
    """The part of the code that a dotted name belongs to: a package, or a module of `workers`."""
    package, _, rest = name.partition(".")
    return package if package != "workers" or not rest else f"workers.{rest.partition('.')[0]}"


def test_every_module_has_a_layer() -> None:
    strangers = {unit(module(path)) for path in ours(*PACKAGES)} - LAYERS.keys()

    assert strangers == set()


@pytest.mark.parametrize("path", ours(*PACKAGES), ids=shown)
def test_imports_point_down(path: Path) -> None:
    here = LAYERS.get(unit(module(path)), WIRING)

    upward = sorted(name for name in imports(path) if LAYERS.get(unit(name), WIRING) > here)

    assert upward == []


@pytest.mark.parametrize("worker", sorted(WORKERS))
def test_a_worker_sees_contracts_and_ports_and_no_other_worker(worker: str) -> None:
    own = f"workers.{worker}"
    for path in (ROOT / "workers" / worker).rglob("*.py"):
        if TEMPLATES in path.parts:
            continue
        seen = {unit(name) for name in imports(path) if name.startswith("workers")}
        assert seen <= {own, *WORKER_MAY_IMPORT}, shown(path)


@pytest.mark.parametrize("path", ours(*PACKAGES), ids=shown)
def test_nothing_but_tests_imports_a_fake(path: Path) -> None:
    assert not [name for name in imports(path) if name.split(".")[-2:-1] == ["testing"]]


def test_a_contract_needs_nothing_but_pydantic() -> None:
    foreign = {
        name
        for path in ours("schemas")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [
            alias.name for alias in node.names
        ])
        if name.partition(".")[0] not in {"schemas", "pydantic", *_standard()}
    }  # fmt: skip

    assert foreign == set()


def _standard() -> frozenset[str]:
    import sys

    return sys.stdlib_module_names


@pytest.mark.parametrize("path", ours(*PACKAGES), ids=shown)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if module(path) == "workers.settings":
        return
    readers = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in {"environ", "environb", "getenv", "putenv", "getenvb"}
    ]
    imported = [
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
        if "env" in alias.name
    ]

    assert (readers, imported) == ([], [])


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_a_module_says_what_it_is_and_is_no_drawer(path: Path) -> None:
    assert not VAGUE & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    long = [
        f"{node.name} ({_lines(node)} lines)"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _lines(node) > FUNCTION_LINES
    ]

    assert long == []


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_only_one_place_catches_everything(path: Path) -> None:
    """A coalescer raises what it catches: to each of those in whose name it was at work."""
    broad = [
        node.lineno
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _reraises(node))
        or (isinstance(node, ast.Call) and _suppresses(node) and any(map(_is_broad, node.args)))
    ]

    allowed = {"workers.runtime.stores": 1, "workers.runtime.coalescer": 2}
    assert len(broad) == allowed.get(module(path), 0), broad


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or ast.unparse(caught) in {"Exception", "BaseException"}


def _reraises(handler: ast.ExceptHandler) -> bool:
    """Whether it only tidies up on the way: what was raised goes on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _suppresses(call: ast.Call) -> bool:
    return ast.unparse(call.func) in {"suppress", "contextlib.suppress"}


@pytest.mark.parametrize("path", ours(*PACKAGES), ids=shown)
def test_an_import_defines_and_registers_and_does_nothing_else(path: Path) -> None:
    deeds = [
        node.lineno
        for node in tree(path).body
        if isinstance(node, ast.For | ast.While | ast.With | ast.Try)
        or (isinstance(node, ast.Expr) and not _is_harmless(node.value))
    ]

    assert deeds == []


def _is_harmless(value: ast.expr) -> bool:
    """A docstring, or a registration with a library's own table (commands, YAML's types)."""
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr.startswith("add_")
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_an_import_name_is_ours(name: str) -> None:
    """PyPI has an `Events` package, for one, that would shadow ours."""
    found = importlib.import_module(name)

    assert found.__file__ is not None
    assert Path(found.__file__).resolve() == ROOT / name / "__init__.py"


def test_the_emulators_folder_leaves_its_name_to_the_emulator() -> None:
    """PyPI has a `localstack` namespace, which an `__init__.py` or `config.py` would shadow."""
    assert not (ROOT / "localstack" / "__init__.py").exists()
    assert not (ROOT / "localstack" / "config.py").exists()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_routes_handler_is_what_the_route_says(route: Route) -> None:
    handler = handlers.load(route)

    first = next(iter(handler.function.__code__.co_varnames))
    assert first == "event"
    assert handler.function.__doc__ or importlib.import_module(route.module).__doc__


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_routes_ports_have_adapters(route: Route) -> None:
    wanted = {port for port in handlers.load(route).ports.values() if port not in GIVEN}

    assert wanted <= FACTORIES.keys()


def test_every_subscription_has_a_route() -> None:
    found = {
        module(path)
        for path in ours("workers")
        if re.match(r"on_", path.name) and path.parent.name in WORKERS
    }

    assert found == {route.module for route in ROUTES}


def followers(route: Route) -> list[Route]:
    return [after for after in ROUTES if after.event in route.publishes]


def test_no_circle_of_routes_is_without_a_bound() -> None:
    bounded = BOUNDS.keys() | BOUNDED_BY_PLAN
    left = {route.name: [f.name for f in followers(route)] for route in ROUTES}
    left = {name: after for name, after in left.items() if name not in bounded}
    # Take away what leads nowhere, until nothing is left but circles.
    while ends := [name for name, after in left.items() if not set(after) & left.keys()]:
        for name in ends:
            del left[name]

    assert left == {}


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_a_bound_is_a_small_number_where_it_is_said_to_be(name: str) -> None:
    assert name in {route.name for route in ROUTES}
    place, constant = BOUNDS[name]

    assert 1 <= getattr(importlib.import_module(place), constant) <= 10


def test_a_plan_is_finite() -> None:
    assert {route.name for route in ROUTES} >= BOUNDED_BY_PLAN
    lengths = [getattr(limit, "max_length", None) for limit in _limits("tasks")]

    assert [length for length in lengths if length] == [50]


def _limits(field: str) -> list[object]:
    return list(WorkflowCreated.model_fields[field].metadata)
