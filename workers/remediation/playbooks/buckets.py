"""A bucket and the resources around it: those that refer to it, and new ones. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from workers.remediation.errors import Unrepairable
from workers.remediation.hcl_edit import insert_after
from workers.remediation.playbooks.case import Case, Files
from workers.remediation.playbooks.terraform_module import (
    Change,
    Resource,
    changed_at,
    resources,
)

BUCKET = "aws_s3_bucket"
POLICY = "aws_s3_bucket_policy"
_REPEATED = ("count", "for_each")
_REFERENCE = re.compile(rf"\b{BUCKET}\.([\w-]+)")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the folder under repair."""

    resource: Resource

    @property
    def address(self) -> str:
        return self.resource.address

    def is_named_by(self, expression: str) -> bool:
        """Whether the expression refers to this bucket, by address or by the same name."""
        own = self.resource.value("bucket")
        named = _REFERENCE.search(expression)
        return named.group(1) == self.resource.name if named else bool(own) and expression == own

    def parts(self, files: Files, kind: str) -> list[Resource]:
        """The bucket itself, or the resources of that kind for it."""
        return [
            r
            for r in resources(files)
            if r.kind == kind
            and (
                r.address == self.address if kind == BUCKET else self.is_named_by(r.value("bucket"))
            )
        ]

    def change(self, files: Files, kind: str, change: Change) -> Files:
        """The files with that kind of resource changed, for this bucket or the bucket itself."""
        return changed_at(files, self.parts(files, kind), change)

    def with_companion(self, files: Files, kind: str, body: str) -> Files:
        """The files with a resource of that kind for this bucket, a new one right after it.

        Raises Unrepairable when there is one that does not exist as often as the bucket does.
        """
        there = self.parts(files, kind)
        if any(all(r.value(n) == self.resource.value(n) for n in _REPEATED) for r in there):
            return files
        if there:
            raise Unrepairable(f"{there[0].address} is not there whenever the bucket is")
        taken = {r.name for r in resources(files) if r.kind == kind}
        name = self.resource.name
        while name in taken:
            name += "_bucket"
        head = {**self._repetition(), "bucket": f"{self._instance()}.id"}
        width = max(map(len, head))
        lines = "\n".join(f"  {key:<{width}} = {value}" for key, value in head.items())
        source = f'resource "{kind}" "{name}" {{\n{lines}\n\n{body.rstrip()}\n}}'
        return self.change(files, BUCKET, lambda text, block: insert_after(text, block, source))

    def _repetition(self) -> dict[str, str]:
        """What makes a companion exist as often, and in the same place, as the bucket does."""
        names = ("provider", *_REPEATED)
        return {name: value for name in names if (value := self.resource.value(name))}

    def _instance(self) -> str:
        if self.resource.value("for_each"):
            return f"{self.address}[each.key]"
        return f"{self.address}[count.index]" if self.resource.value("count") else self.address


def buckets(case: Case, found: Collection[Resource]) -> list[Bucket]:
    """The buckets among what was found, and those that the other resources found are for."""
    owners = [r.value("bucket") for r in found if r.kind != BUCKET]
    addresses = {r.address for r in found}
    every = [Bucket(r) for r in resources(case.files) if r.kind == BUCKET]
    return [
        bucket
        for bucket in every
        if bucket.address in addresses or any(bucket.is_named_by(owner) for owner in owners)
    ]
