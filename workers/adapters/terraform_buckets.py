"""The buckets that a bundle's Terraform describes, as values. Pure.

Understood are literals, `local.*`, `var.*` by a module's inputs and defaults, and the account's id.
A bucket that says anything else about what is applied here is refused by name: half a bucket would
be worse than none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

ROOT = "infra/terraform"
ACCESS_SETTINGS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)

_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_ACCOUNT = re.compile(r"data\.aws_caller_identity\.\w+\.account_id")
_REFERENCE = re.compile(r"(var|local)\.(\w+)")
_MODULE_DEPTH = 5


class Unsupported(Exception):
    """Raised for Terraform that can't be read, or can't be applied here; says where and what."""


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """One bucket: the encryption's algorithm, and those of AWS's four access settings that hold."""

    name: str
    encryption: str | None = None
    versioned: bool = False
    blocked: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)


def bucket_plans(files: Mapping[str, bytes], account: str) -> tuple[BucketPlan, ...]:
    """The buckets of the root module and of the modules that it calls. Raises Unsupported."""
    root = _Module(PurePosixPath(ROOT), _sources(files), {"account": account})
    return tuple(root.buckets(_MODULE_DEPTH))


class _Module:
    """One folder of Terraform, under the inputs that its caller gives it."""

    def __init__(
        self, folder: PurePosixPath, sources: Mapping[str, list[str]], known: Mapping[str, Any]
    ) -> None:
        self._folder = folder
        self._sources = sources
        self._blocks = [_parsed(folder, text) for text in sources.get(str(folder), ())]
        self._known = {**dict(self._defaults()), **known}

    def buckets(self, depth: int) -> Iterator[BucketPlan]:
        for name, body in self._labelled("resource", "aws_s3_bucket"):
            yield self._plan(name, body)
        for name, body in self._labelled("module"):
            source = body.get("source", "")
            if not source.startswith("./"):
                continue
            if depth == 0:
                raise Unsupported(f"{self._folder}: module {name} is called too deeply")
            inputs = {f"var.{key}": self._resolved(value) for key, value in body.items()}
            inputs["account"] = self._known["account"]
            folder = PurePosixPath(self._folder / source)
            yield from _Module(folder, self._sources, inputs).buckets(depth - 1)

    def _plan(self, name: str, body: Mapping[str, Any]) -> BucketPlan:
        for repeated in ("count", "for_each"):
            if repeated in body:
                raise Unsupported(f"{self._folder}: aws_s3_bucket.{name} uses {repeated}")
        access = self._companion(name, "public_access_block")
        encryption = self._companion(name, "server_side_encryption_configuration")
        versioning = self._companion(name, "versioning")
        return BucketPlan(
            name=str(self._known_value(name, body.get("bucket"))),
            encryption=self._first(name, encryption, "sse_algorithm"),
            versioned=self._first(name, versioning, "status") == "Enabled",
            blocked=frozenset(
                setting
                for setting in ACCESS_SETTINGS
                if self._known_value(name, access.get(setting, False)) is True
            ),
            tags={
                key: str(self._known_value(name, value))
                for key, value in self._mapping(name, body.get("tags", {})).items()
            },
        )

    def _companion(self, bucket: str, kind: str) -> Mapping[str, Any]:
        """The resource of that kind that belongs to the bucket, by its `bucket` argument."""
        for _, body in self._labelled("resource", f"aws_s3_bucket_{kind}"):
            if re.match(rf"\$\{{aws_s3_bucket\.{bucket}\.", str(body.get("bucket"))):
                return body
        return {}

    def _first(self, bucket: str, body: object, key: str) -> str | None:
        """The value of the first argument of that name, however deep in blocks."""
        if isinstance(body, Mapping):
            if key in body:
                return str(self._known_value(bucket, body[key]))
            body = list(body.values())
        if isinstance(body, list):
            found = (self._first(bucket, inner, key) for inner in body)
            return next((value for value in found if value is not None), None)
        return None

    def _mapping(self, bucket: str, value: object) -> Mapping[str, Any]:
        resolved = self._resolved(value)
        if not isinstance(resolved, Mapping):
            raise Unsupported(f"{self._folder}: aws_s3_bucket.{bucket} depends on {resolved}")
        return resolved

    def _known_value(self, bucket: str, value: object) -> object:
        resolved = self._resolved(value)
        if resolved is None or (isinstance(resolved, str) and "${" in resolved):
            raise Unsupported(f"{self._folder}: aws_s3_bucket.{bucket} depends on {resolved}")
        return resolved

    def _resolved(self, value: object, depth: int = 8) -> Any:
        """The value with all that is known put in; what is not known stays an expression."""
        if not isinstance(value, str) or depth == 0:
            return value
        if whole := _EXPRESSION.fullmatch(value):
            known = self._lookup(whole[1])
            return value if known is None else self._resolved(known, depth - 1)
        return _EXPRESSION.sub(lambda part: str(self._resolved(part[0], depth - 1)), value)

    def _lookup(self, expression: str) -> Any:
        if _ACCOUNT.fullmatch(expression):
            return self._known["account"]
        return self._known.get(expression) if _REFERENCE.fullmatch(expression) else None

    def _defaults(self) -> Iterator[tuple[str, Any]]:
        for name, body in self._labelled("variable"):
            if "default" in body:
                yield f"var.{name}", body["default"]
        for file in self._blocks:
            for body in file.get("locals", ()):
                yield from ((f"local.{name}", value) for name, value in body.items())

    def _labelled(self, *labels: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Name and body of each block under the labels: (`resource`, type) or (`module`,)."""
        first, *rest = labels
        for file in self._blocks:
            for block in file.get(first, ()):
                found = block
                for label in rest:
                    found = found.get(label, {})
                yield from ((k, v) for k, v in found.items() if isinstance(v, Mapping))


def _sources(files: Mapping[str, bytes]) -> Mapping[str, list[str]]:
    """The texts of the .tf files, by their folder."""
    sources: dict[str, list[str]] = {}
    for path, content in files.items():
        if path.startswith(f"{ROOT}/") and path.endswith(".tf"):
            folder = str(PurePosixPath(path).parent)
            sources.setdefault(folder, []).append(content.decode(errors="replace"))
    return sources


def _parsed(folder: PurePosixPath, text: str) -> dict[str, Any]:
    import hcl2  # noqa: PLC0415 (the grammar takes a while to load)
    from lark.exceptions import LarkError  # noqa: PLC0415

    options = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
    try:
        parsed: dict[str, Any] = hcl2.loads(text, serialization_options=options)
    except LarkError as error:
        first = str(error).splitlines()[0]
        raise Unsupported(f"{folder} holds a file that is not Terraform: {first}") from error
    return parsed
