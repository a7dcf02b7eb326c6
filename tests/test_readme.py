"""What the README says is what is there."""

import re
from pathlib import Path

import pytest

from events.routes import ROUTES
from workers.cli.app import commands
from workers.cli.routes import mermaid

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_picture_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{mermaid(ROUTES)}\n```" in README


def test_every_command_is_in_the_table() -> None:
    app = commands()
    named = [each.callback.__name__ for each in app.registered_commands if each.callback]
    groups = [f"{g.name} {c.name}" for g in app.registered_groups for c in _of(g)]
    for name in (*named, *groups):
        assert f"`{name}`" in README, name


def test_every_setting_is_in_the_table() -> None:
    source = (ROOT / "workers" / "settings.py").read_text()
    read = set(re.findall(r'"((?:FLOTILLA|AWS|ANTHROPIC|SLACK|OPA)_[A-Z_]+)"', source))
    # The older name of AWS_REGION is understood, too.
    assert {name for name in read if name not in README} == {"AWS_DEFAULT_REGION"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_inside_the_repository_is_dead(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", re.findall(r"^\| `([a-z_/]+(?:\.py)?)`", README, re.M))
def test_every_place_in_the_layout_is_there(name: str) -> None:
    if "/" in name or name.endswith(".py"):
        assert (ROOT / name).exists()


def _of(group: object) -> list[object]:
    return list(group.typer_instance.registered_commands)  # type: ignore[attr-defined]
