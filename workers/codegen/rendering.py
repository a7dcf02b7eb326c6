"""Templates to bundle: the same event gives the same bytes, wherever and whenever it is rendered.

`templates/<part>/` holds overlays that are laid over each other: `always`, one named after the
database, and `bucket`, which is repeated for each bucket in a folder of its own. `shared` belongs
to every part. A file that ends in `.j2` is rendered, and left out when nothing comes of it; any
other is copied as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from schemas.task import TaskCreated
from workers.bundle import Bundle, Manifest
from workers.codegen.blueprint import Blueprint, blueprint

TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".j2"


@dataclass(frozen=True, slots=True)
class Overlay:
    """A folder of templates, where in the bundle its files go, and the names it adds."""

    folder: str
    into: str = ""
    names: Mapping[str, object] = field(default_factory=dict)


def render(event: TaskCreated, templates: Path = TEMPLATES) -> Bundle:
    """The bundle of the task's part. The event must be one that `refusal` lets through."""
    plan = blueprint(event)
    environment = _environment(templates)
    files = {
        path: content
        for overlay in overlays(event.part, plan)
        for path, content in _rendered(environment, templates, overlay, plan)
    }
    manifest = Manifest(service_name=event.service_name, part=event.part, iteration=event.iteration)
    return Bundle(files, manifest)


def overlays(part: str, plan: Blueprint) -> tuple[Overlay, ...]:
    """The overlays of a part, bottom first."""
    database = "postgresql" if plan.postgresql else "none"
    layers = (Overlay("shared"), Overlay(f"{part}/always"), Overlay(f"{part}/{database}"))
    if part != "infrastructure":
        return layers
    return layers + tuple(
        Overlay(
            "infrastructure/bucket",
            into=f"infra/terraform/modules/bucket_{bucket.identifier}/",
            names={"bucket": bucket},
        )
        for bucket in plan.buckets
    )


def _environment(templates: Path) -> Environment:
    # Escaping for HTML would be wrong here: what is rendered is code, and every name in it has a
    # pattern. The default selects by the extensions of web pages, of which there are none.
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _rendered(
    environment: Environment, templates: Path, overlay: Overlay, plan: Blueprint
) -> Iterator[tuple[str, bytes]]:
    root = templates / overlay.folder
    for source in sorted(path for path in root.rglob("*") if path.is_file()):
        path = overlay.into + source.relative_to(root).as_posix()
        if source.suffix != _SUFFIX:
            yield path, source.read_bytes()
            continue
        template = environment.get_template(source.relative_to(templates).as_posix())
        text = template.render(plan=plan, resource=plan.resource, **overlay.names)
        if text.strip():
            yield path.removesuffix(_SUFFIX), text.encode()
