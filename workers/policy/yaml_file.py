"""YAML text -> its documents as plain values. Pure."""

from collections.abc import Hashable
from typing import Any

import yaml

from workers.policy.plain import Unreadable, plain


def documents(text: str) -> list[Any]:
    """The documents of a YAML file that are not empty. Raises Unreadable."""
    try:
        # The loader is a SafeLoader: it makes plain values only.
        found = [plain(value) for value in yaml.load_all(text, _Loader) if value is not None]
    except yaml.YAMLError as error:
        raise Unreadable(f"not YAML: {_place(error)}") from error
    except (RecursionError, ValueError, TypeError, KeyError, AttributeError) as error:
        # What PyYAML's constructors raise for a scalar that its tag does not fit.
        raise Unreadable(f"not YAML: {type(error).__name__}") from error
    return found


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"{problem} on line {mark.line + 1}" if mark else str(problem)


class _Loader(yaml.SafeLoader):
    """Safe, and stricter: a key that comes twice is an error. Unknown tags are plain values."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Here, since merges (`<<`) repeat keys later on, and may.
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value[:40]!r} comes twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        return {
            _key(self.construct_object(key, deep=True)): self.construct_object(value, deep=deep)
            for key, value in node.value
        }


def _key(key: object) -> str:
    # YAML 1.1 reads the bare word `on` as true; as a key it is the trigger of a GitHub workflow.
    match key:
        case True:
            return "on"
        case False:
            return "off"
        case None:
            return "null"
        case _:
            return str(key)


def _untagged(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
    raise Unreadable("a YAML node of no known kind")


_Loader.add_multi_constructor("!", _untagged)
_Loader.add_multi_constructor("tag:", _untagged)
