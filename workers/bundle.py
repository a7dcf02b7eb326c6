"""A bundle: the files that one task made, with the record of how they came to be. Pure."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

MANIFEST = ".flotilla/manifest.json"
SIZE_LIMIT = 32 * 1024 * 1024
FILE_LIMIT = 2000


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
    """Files by relative POSIX path, and their manifest."""

    files: Mapping[str, bytes]
    manifest: Manifest

    def __post_init__(self) -> None:
        for path in self.files:
            check_path(path)
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    def with_files(self, changed: Mapping[str, bytes], manifest: Manifest) -> "Bundle":
        """The bundle with some files replaced or added."""
        return replace(self, files={**self.files, **changed}, manifest=manifest)


def check_path(path: str) -> str:
    """The path, if it stays inside the bundle. Raises BundleError."""
    pure = PurePosixPath(path)
    bad = (
        not path
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
    """A gzipped tar whose bytes depend on nothing but the files and the manifest."""
    members = {MANIFEST: bundle.manifest.model_dump_json(indent=2).encode(), **bundle.files}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(members.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> Bundle:
    """The bundle in a gzipped tar. Raises BundleError for one too large or with more than files."""
    files: dict[str, bytes] = {}
    left = SIZE_LIMIT
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            for member in archive:
                left -= member.size
                if not member.isreg() or left < 0 or len(files) >= FILE_LIMIT:
                    raise BundleError(f"{member.name!r}: not a regular file, or too much in all")
                content = archive.extractfile(member)
                files[check_path(member.name)] = content.read() if content else b""
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise BundleError(f"not a bundle: {error}") from error
    if MANIFEST not in files:
        raise BundleError("the bundle has no manifest")
    return Bundle(files, Manifest.model_validate_json(files.pop(MANIFEST)))


def artifact_key(packed: bytes) -> str:
    """The content address of a packed bundle."""
    return f"artifacts/{hashlib.sha256(packed).hexdigest()}.tar.gz"
