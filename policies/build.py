"""Compiles the rules to WebAssembly, and tells whether what is committed is what they compile to.

    python policies/build.py            needs OPA (make opa)
    python policies/build.py --check    compares digests; with OPA at hand a fresh build, too
    python policies/build.py --opa-version

`bundle.sha256` holds the digests of the sources and of the bundle, so that freshness can be checked
without OPA, here or by `sha256sum --check bundle.sha256`.
"""

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# Another version may compile the same rules to other bytes.
OPA_VERSION = "1.22.3"

POLICIES = Path(__file__).resolve().parent
BUNDLE = POLICIES / "bundle.wasm"
DIGESTS = POLICIES / "bundle.sha256"


class Stale(Exception):
    """Raised when the bundle is not what the sources compile to; says what differs."""


def sources(folder: Path = POLICIES) -> list[Path]:
    """The files that the bundle is made of, without the tests."""
    found = (path for path in folder.rglob("*.rego") if not path.name.endswith("_test.rego"))
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def opa() -> Path | None:
    """An OPA of the pinned version: the project's own, or the one on the path."""
    for candidate in (POLICIES.parent / ".tools" / "bin" / "opa", shutil.which("opa")):
        if candidate and Path(candidate).is_file() and _version(Path(candidate)) == OPA_VERSION:
            return Path(candidate)
    return None


def compiled(binary: Path, folder: Path = POLICIES) -> bytes:
    """The WebAssembly module of the rules in a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "bundle.tar.gz"
        command = [str(binary), "build", "--target", "wasm", "--output", str(archive)]
        # Relative paths: the module holds the places of its rules.
        names = [path.relative_to(folder).as_posix() for path in sources(folder)]
        subprocess.run([*command, *names], cwd=folder, check=True)  # noqa: S603
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as packed:
            module = packed.extractfile("/policy.wasm")
            return module.read() if module else b""


def digests(folder: Path = POLICIES) -> str:
    """One line a file, as `sha256sum` writes them."""
    files = [*sources(folder), folder / BUNDLE.name]
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    )


def check() -> str:
    """What was compared. Raises Stale."""
    if not BUNDLE.is_file() or not DIGESTS.is_file() or DIGESTS.read_text() != digests():
        raise Stale("the rules, or the bundle, are not those of bundle.sha256")
    binary = opa()
    if binary is None:
        return f"digests agree; OPA {OPA_VERSION} is not here for a fresh build (make opa)"
    if compiled(binary) != BUNDLE.read_bytes():
        raise Stale(f"a fresh build by OPA {OPA_VERSION} differs from bundle.wasm")
    return "a fresh build is the same, byte for byte"


def main(arguments: list[str]) -> int:
    """Builds, or checks. 1 when stale, 2 without an OPA to build with."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--opa-version", action="store_true", help="print the pinned version")
    options = parser.parse_args(arguments)
    if options.opa_version:
        print(OPA_VERSION)
        return 0
    if options.check:
        try:
            print(f"policies/bundle.wasm is fresh: {check()}")
        except Stale as stale:
            print(f"policies/bundle.wasm is stale: {stale}; run `make policies`", file=sys.stderr)
            return 1
        return 0
    binary = opa()
    if binary is None:
        print(f"building needs OPA {OPA_VERSION}: run `make opa`", file=sys.stderr)
        return 2
    BUNDLE.write_bytes(compiled(binary))
    DIGESTS.write_text(digests())
    return 0


def _version(binary: Path) -> str | None:
    answer = subprocess.run([binary, "version"], capture_output=True, text=True, check=False)  # noqa: S603
    words = answer.stdout.split()
    return words[1] if words[:1] == ["Version:"] else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
