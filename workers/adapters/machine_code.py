"""WebAssembly -> machine code, kept between processes where a folder is given for it."""

import hashlib
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

import wasmtime


def machine_code(engine: wasmtime.Engine, source: bytes, cache: Path | None) -> wasmtime.Module:
    """The module compiled, or as an earlier process compiled it. Raises WasmtimeError, OSError."""
    if cache is None:
        return wasmtime.Module(engine, source)
    digest = hashlib.sha256(source).hexdigest()
    kept = cache / f"{digest}-wasmtime-{version('wasmtime')}.cwasm"
    if _is_ours(kept):
        try:
            return wasmtime.Module.deserialize(engine, kept.read_bytes())
        except wasmtime.WasmtimeError:
            # Of another processor, or cut short: made again below.
            kept.unlink(missing_ok=True)
    module = wasmtime.Module(engine, source)
    _keep(kept, bytes(module.serialize()))
    return module


def _is_ours(path: Path) -> bool:
    """Machine code is run as it is, so only what nobody else could have written is taken."""
    return all(
        part.exists() and part.stat().st_uid == os.geteuid() and not part.stat().st_mode & 0o022
        for part in (path, path.parent)
    )


def _keep(path: Path, code: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
        scratch.write(code)
    # In one step: another process reads either nothing or all of it.
    Path(scratch.name).replace(path)
