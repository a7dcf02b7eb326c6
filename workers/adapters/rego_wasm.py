"""PolicyEngine in this process: the rules as OPA compiled them to WebAssembly.

OPA's ABI: https://www.openpolicyagent.org/docs/latest/wasm/. The module is compiled once; every
evaluation has an instance of its own, so that nothing of one input is left for the next.
"""

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wasmtime

from schemas.policy import Violation
from workers.adapters.machine_code import machine_code
from workers.adapters.rego_result import MISSING, PACKAGE, RULE, deny, question, violations
from workers.ports import Document

_PAGE = 64 * 1024
_JSON = 0
# In instructions: about five seconds, and ten times what the largest bundle takes that is read.
_FUEL = 5_000_000_000


class RegoWasm:
    """Evaluates a module made by `opa build --target wasm`.

    `memory_bytes` is the most that one evaluation may use. A bundle that is not there, and what
    can't be evaluated within bounds, is denied. `cache` is a folder of our own for machine code:
    compiling takes 0.5 to 0.9 s of the processor, reading it back 2 ms.
    """

    def __init__(
        self, bundle: Path, *, memory_bytes: int = 256 * 1024 * 1024, cache: Path | None = None
    ) -> None:
        self._bundle = bundle
        self._memory_bytes = memory_bytes
        self._cache = cache
        self._engine = _engine()
        self._module: wasmtime.Module | None = None
        self._compiling = threading.Lock()

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        asked = json.dumps(question(documents, environment)).encode()
        # WebAssembly runs outside the interpreter's lock: other messages go on meanwhile.
        return await asyncio.to_thread(self._evaluate, asked)

    def _evaluate(self, asked: bytes) -> tuple[Violation, ...]:
        try:
            return violations(
                _Instance(self._engine, self._compiled(), self._memory_bytes).evaluate(asked)
            )
        except OSError as error:
            return (deny(f"{self._bundle} can't be read ({error.strerror})"),)
        except (wasmtime.Trap, wasmtime.WasmtimeError, _Aborted) as error:
            return (deny(f"the evaluation ended early ({str(error).splitlines()[0]})"),)

    def _compiled(self) -> wasmtime.Module:
        with self._compiling:
            if self._module is None:
                source = self._bundle.read_bytes()
                self._module = machine_code(self._engine, source, self._cache)
            return self._module


def _engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    # Optimising takes 0.4 s more of the processor, and saves under a millisecond an evaluation.
    config.cranelift_opt_level = "none"
    config.consume_fuel = True
    return wasmtime.Engine(config)


class _Aborted(Exception):
    """Raised when the module gives up, with its reason."""


class _Instance:
    """One evaluation."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module, memory: int) -> None:
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=memory)
        self._store.set_fuel(_FUEL)
        linker = wasmtime.Linker(engine)
        for needed in module.imports:
            name = needed.name or ""
            match needed.type:
                case wasmtime.MemoryType() as kind:
                    self._memory = wasmtime.Memory(self._store, kind)
                    linker.define(self._store, needed.module, name, self._memory)
                case wasmtime.FuncType() as function:
                    host = self._abort if name == "opa_abort" else _host_builtin
                    linker.define_func(needed.module, name, function, host)
        self._exports = linker.instantiate(self._store, module).exports(self._store)

    def evaluate(self, asked: bytes) -> object:
        """The entrypoint's value, or MISSING."""
        entrypoints = json.loads(self._text(self._call("opa_json_dump", self._call("entrypoints"))))
        entrypoint = entrypoints.get(f"{PACKAGE}/{RULE}")
        if entrypoint is None:
            return MISSING
        no_data = self._call("opa_json_parse", *self._write(b"{}"))
        at, length = self._write(asked)
        heap = self._call("opa_heap_ptr_get")
        answer = self._call("opa_eval", 0, entrypoint, no_data, at, length, heap, _JSON)
        results = json.loads(self._text(answer))
        return results[0].get("result", MISSING) if results else MISSING

    def _call(self, name: str, *arguments: int) -> int:
        if name not in self._exports:
            raise _Aborted(f"not a module of OPA's: it has no {name}")
        function: Any = self._exports[name]
        return int(function(self._store, *arguments) or 0)

    def _write(self, content: bytes) -> tuple[int, int]:
        at = self._call("opa_malloc", len(content))
        self._memory.write(self._store, content, at)
        return at, len(content)

    def _text(self, at: int) -> bytes:
        """The bytes up to the next zero."""
        found = b""
        while at < (end := self._memory.data_len(self._store)):
            part, zero, _ = bytes(
                self._memory.read(self._store, at, min(at + _PAGE, end))
            ).partition(b"\0")
            found += part
            if zero:
                return found
            at += _PAGE
        raise _Aborted("a text without an end")

    def _abort(self, at: int) -> None:
        raise _Aborted(self._text(at).decode("utf-8", "replace"))


def _host_builtin(*_arguments: int) -> int:
    raise _Aborted("a rule uses a built-in function that the module doesn't hold")
