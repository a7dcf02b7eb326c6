"""CloudFormation's dialect of YAML: a template as plain values, and its intrinsic functions."""

from typing import Any

import yaml


def sub(text: str) -> Any:
    """The text, or a substitution when it names a parameter or a resource."""
    return {"Fn::Sub": text} if "${" in text else text


def identifier(name: str) -> str:
    """A logical id, which has letters and digits only: `planner-on-x` gives `PlannerOnX`."""
    return "".join(part.capitalize() for part in name.split("-"))


def dump(template: dict[str, Any]) -> str:
    """The template as YAML, keys in the order given, with `!Ref`, `!Sub` and `!GetAtt`."""
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes intrinsic functions in their short form, and never a YAML alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def intrinsic_or_mapping(self, data: dict[str, Any]) -> yaml.Node:
        tag = _SHORT.get(next(iter(data), "")) if len(data) == 1 else None
        if tag:
            return self.represent_scalar(tag, next(iter(data.values())))
        return self.represent_dict(data)


_SHORT = {"Ref": "!Ref", "Fn::Sub": "!Sub", "Fn::GetAtt": "!GetAtt"}
_Dumper.add_representer(dict, _Dumper.intrinsic_or_mapping)
