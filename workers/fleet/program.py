"""What a process of the fleet runs."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Program:
    """A named process: `entry` is "module:function", called as `function(prepared, *arguments)`.

    `prepared` is what the fleet made once for all of them. The function returns the exit code. Once
    it does its work it makes the file `<ready folder>/<name>.<process id>`.
    """

    name: str
    entry: str
    arguments: tuple[str, ...] = ()


def function(entry: str) -> Callable[..., Any]:
    """The function that "module:function" names."""
    module, _, name = entry.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
