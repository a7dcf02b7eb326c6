"""The commits by which actions are named: `pins.toml`, which says when and from where they are."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

PINS = Path(__file__).parent / "pins.toml"


@dataclass(frozen=True, slots=True)
class Pin:
    """A release of an action, and its commit."""

    version: str
    commit: str


@cache
def pins() -> Mapping[str, Pin]:
    """Every known action by `owner/name`."""
    table = tomllib.loads(PINS.read_text("utf-8"))
    return MappingProxyType(
        {name: Pin(pin["version"], pin["commit"]) for name, pin in table.items()}
    )


def pinned(action: str) -> str:
    """The action (`owner/name`, `owner/name/path`) at its commit. KeyError for an unknown one."""
    return f"{action}@{pins()[repository(action)].commit}"


def release(uses: str) -> str | None:
    """The version that stands as a comment behind a pinned action."""
    action, _, commit = uses.partition("@")
    pin = pins().get(repository(action))
    return pin.version if pin and pin.commit == commit else None


def repository(action: str) -> str:
    """`owner/name` of an action, without a path in it."""
    return "/".join(action.split("/")[:2])
