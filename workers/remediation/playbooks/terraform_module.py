"""Finding and changing resources across the files of one Terraform folder. Pure."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from workers.remediation.errors import Unrepairable
from workers.remediation.hcl import Block, parse
from workers.remediation.playbooks.case import Case, Files

# The end of an address such as `module.storage.aws_s3_bucket.avatars["eu"]`.
_ADDRESS = re.compile(r"(?:^|\.)((?:data\.)?[a-z]\w*\.[A-Za-z_][\w-]*)(?:\[[^\]]*\])?$")

Change = Callable[[str, Block], str]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource or data block, with the file that holds it."""

    path: str
    text: str
    block: Block

    @property
    def kind(self) -> str:
        """Such as `aws_s3_bucket`, or `data.aws_s3_bucket` for one that is only looked up."""
        prefix = "data." if self.block.type == "data" else ""
        return prefix + self.block.labels[0]

    @property
    def address(self) -> str:
        return f"{self.kind}.{self.name}"

    @property
    def name(self) -> str:
        return self.block.labels[1]

    def value(self, name: str) -> str:
        """The argument's expression as it is written; empty when there is none."""
        found = self.block.argument(name)
        return self.text[found.value_start : found.value_end] if found else ""


def resources(files: Files) -> Iterator[Resource]:
    """Every resource and data block of the folder, file by file."""
    for path, text in sorted(files.items()):
        for block in parse(text).blocks:
            if block.type in ("resource", "data") and len(block.labels) == 2:
                yield Resource(path, text, block)


def targets(case: Case, kinds: Collection[str]) -> list[Resource]:
    """The resource that the violation names, or all of these kinds in its file if it names none.

    Raises Unrepairable when there is no such resource.
    """
    address = _ADDRESS.search(case.violation.resource or "")
    if address:
        found = [r for r in resources(case.files) if r.address == address.group(1)]
    else:
        named = f'"{case.violation.resource}"'
        found = [r for r in resources({case.own: case.files[case.own]}) if r.kind in kinds]
        found = [r for r in found if r.value("bucket") == named] or found
    if not found:
        raise Unrepairable(f"there is no resource {case.violation.resource or ''!r} to change")
    return found


def changed_at(files: Files, found: Collection[Resource], change: Change) -> Files:
    """The files with these resources changed, last ones first so that spans stay right."""
    places = {(resource.path, resource.block.start) for resource in found}
    after = dict(files)
    for resource in reversed(list(resources(files))):
        if (resource.path, resource.block.start) in places:
            after[resource.path] = change(after[resource.path], resource.block)
    return after
