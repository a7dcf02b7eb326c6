"""A bundle: the files that one task made, with the record of how they came to be. Pure."""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST = ".flotilla/manifest.json"
SIZE_LIMIT = 32 * 1024 * 1024
FILE_LIMIT = 2000
# A tar's own share: a header and padding a file, and a long path takes two headers more.
_TAR_LIMIT = SIZE_LIMIT + (FILE_LIMIT + 1) * 4096 + tarfile.RECORDSIZE


class BundleError(Exception):
    """Raised when a bundle holds a path or a size that no bundle may have; says which."""


class Repair(BaseModel):
    """What the fleet changed because a rule asked for it."""

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: str
    message: str
    path: str
    diff: str
    revision: int


class Manifest(BaseModel):
    """How a bundle came to be, from its first revision on."""

    model_config = ConfigDict(frozen=True)

    service_name: str
    part: str
    iteration: int = 1
    revision: int = 1
    parent: str | None = None
    made_by: str = "templates"
    repairs: tuple[Repair, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files by relative POSIX path, and their manifest. Raises BundleError for what is too much."""

    files: Mapping[str, bytes]
    manifest: Manifest

    def __post_init__(self) -> None:
        for path in self.files:
            check_path(path)
        if MANIFEST in self.files:
            raise BundleError(f"{MANIFEST} is the fleet's own, no file of a bundle")
        size = sum(map(len, self.files.values()))
        if len(self.files) > FILE_LIMIT or size > SIZE_LIMIT:
            raise BundleError(f"{len(self.files)} files of {size} bytes are too much in all")
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    def with_files(self, changed: Mapping[str, bytes], manifest: Manifest) -> "Bundle":
        """The bundle with some files replaced or added."""
        return replace(self, files={**self.files, **changed}, manifest=manifest)


def check_path(path: str) -> str:
    """The path, if it stays inside the bundle. Raises BundleError."""
    pure = PurePosixPath(path)
    bad = (
        path in ("", ".")
        or pure.is_absolute()
        or ".." in pure.parts
        or path != str(pure)
        or "\\" in path
        or any(ord(letter) < 32 for letter in path)
        or len(path) > 240
    )
    if bad:
        raise BundleError(f"path {path!r} leaves the bundle or is not a plain relative path")
    return path


def pack(bundle: Bundle) -> bytes:
    """A gzipped tar whose bytes depend on nothing but the files and the manifest.

    Raises BundleError for a manifest beyond all measure.
    """
    members = {MANIFEST: bundle.manifest.model_dump_json(indent=2).encode(), **bundle.files}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(members.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    if raw.tell() > _TAR_LIMIT:
        raise BundleError(f"the manifest makes {raw.tell()} bytes of it, too much in all")
    return gzip.compress(raw.getvalue(), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> Bundle:
    """The bundle in a gzipped tar. Raises BundleError for one too large or with more than files."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(packed)), mode="r:") as archive:
            for member in archive:
                # A sparse file counts as regular, and may claim any size.
                if not member.isreg() or member.issparse() or member.name in files:
                    raise BundleError(f"{member.name!r}: not a regular file, or there twice")
                content = archive.extractfile(member)
                files[check_path(member.name)] = content.read() if content else b""
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BundleError(f"not a bundle: {error}") from error
    return Bundle(files, _manifest(files.pop(MANIFEST, None)))


def _inflated(packed: bytes) -> bytes:
    """Bounded before tarfile looks at it, which would read a header of any length into memory."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        raw = inflater.decompress(packed, _TAR_LIMIT)
    except zlib.error as error:
        raise BundleError(f"not a bundle: {error}") from error
    if inflater.unconsumed_tail:
        raise BundleError(f"not a bundle: more than {_TAR_LIMIT} bytes in all")
    if not inflater.eof or inflater.unused_data:
        raise BundleError("not a bundle: cut off, or followed by something else")
    return raw


def _manifest(content: bytes | None) -> Manifest:
    if content is None:
        raise BundleError("the bundle has no manifest")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise BundleError(f"the manifest is broken: {error.error_count()} problems") from error


def artifact_key(packed: bytes) -> str:
    """The content address of a packed bundle."""
    return f"artifacts/{hashlib.sha256(packed).hexdigest()}.tar.gz"
