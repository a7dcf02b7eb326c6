"""Both policy engines when things go wrong: no bundle, no memory, no server, no sense."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from aiohttp import web
from aiohttp.test_utils import TestServer

from workers.adapters.machine_code import machine_code
from workers.adapters.opa import OpaEngine
from workers.adapters.rego_wasm import RegoWasm
from workers.ports import Document, Reject, Retry

BUNDLE = Path(__file__).parents[2] / "policies" / "bundle.wasm"
BARE = Document("dockerfile", "Dockerfile", [])


@pytest.mark.parametrize("content", [None, b"", b"not wasm", b"\x00asm\x01\x00\x00\x00"])
async def test_no_bundle_is_a_deny(tmp_path: Path, content: bytes | None) -> None:
    bundle = tmp_path / "bundle.wasm"
    if content is not None:
        bundle.write_bytes(content)

    (violation,) = await RegoWasm(bundle).evaluate([], "staging")

    assert (violation.severity, violation.rule) == ("critical", "policy-missing")


async def test_an_evaluation_beyond_its_memory_is_a_deny_and_leaves_nothing_behind() -> None:
    engine = RegoWasm(BUNDLE, memory_bytes=2 * 1024 * 1024)
    before = await engine.evaluate([BARE], "staging")

    (violation,) = await engine.evaluate(
        [Document("gitlab_ci", "x", {"a": "x" * 2**21})], "staging"
    )

    assert violation.rule == "policy-missing"
    assert "malloc" in violation.message
    assert await engine.evaluate([BARE], "staging") == before != ()


async def test_the_module_holds_every_built_in_that_the_rules_use() -> None:
    engine = wasmtime.Engine()
    module = wasmtime.Module(engine, BUNDLE.read_bytes())
    store = wasmtime.Store(engine)
    linker = wasmtime.Linker(engine)
    for needed in module.imports:
        match needed.type:
            case wasmtime.MemoryType() as kind:
                memory = wasmtime.Memory(store, kind)
                linker.define(store, "env", "memory", memory)
            case wasmtime.FuncType() as function:
                linker.define_func("env", needed.name or "", function, lambda *_: 0)
    exports: Any = linker.instantiate(store, module).exports(store)

    at = exports["opa_json_dump"](store, exports["builtins"](store))

    assert bytes(memory.read(store, at, at + 3)) == b"{}\0"


async def test_machine_code_is_kept_and_used_by_the_next_process(tmp_path: Path) -> None:
    cache = tmp_path / "machine-code"
    first = await RegoWasm(BUNDLE, cache=cache).evaluate([BARE], "staging")
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns

    assert await RegoWasm(BUNDLE, cache=cache).evaluate([BARE], "staging") == first != ()
    assert kept.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", ["cut", "writable"])
def test_machine_code_that_can_not_be_trusted_is_made_again(tmp_path: Path, damage: str) -> None:
    engine = wasmtime.Engine()
    cache = tmp_path / "machine-code"
    source = wasmtime.wat2wasm("(module)")
    machine_code(engine, bytes(source), cache)
    (kept,) = cache.iterdir()
    if damage == "cut":
        kept.write_bytes(kept.read_bytes()[:100])
    else:
        kept.write_bytes(b"anything")
        kept.chmod(0o666)

    assert isinstance(machine_code(engine, bytes(source), cache), wasmtime.Module)
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.stat().st_size > 100


Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
Served = Callable[[Answering], Awaitable[str]]


@pytest.fixture
async def answering() -> AsyncIterator[Served]:
    """A server in place of OPA, with one answer to everything."""
    servers: list[TestServer] = []

    async def start(answer: Answering) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", answer)
        server = TestServer(application)
        servers.append(server)
        await server.start_server()
        return str(server.make_url(""))

    yield start
    for server in servers:
        await server.close()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, "{}", Retry),
        (502, "<html>", Retry),
        (503, "{}", Retry),
        (429, "{}", Retry),
        (200, "<html>", Retry),
        (200, "{", Retry),
        (400, "{}", Reject),
        (401, "{}", Reject),
        (404, "{}", Reject),
    ],
)
async def test_a_server_that_does_not_judge_is_asked_again_or_given_up(
    answering: Served, status: int, body: str, error: type[Exception]
) -> None:
    kind = "text/html" if body.startswith("<") else "application/json"

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=kind)

    with pytest.raises(error):
        await OpaEngine(await answering(answer)).evaluate([BARE], "staging")


@pytest.mark.parametrize("body", ["{}", '{"result": null}', '{"result": [{}]}', "[]", "7"])
async def test_an_answer_without_a_judgement_is_a_deny(answering: Served, body: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    (violation,) = await OpaEngine(await answering(answer)).evaluate([BARE], "staging")

    assert (violation.severity, violation.rule) == ("critical", "policy-missing")


async def test_nobody_there_is_a_reason_to_try_again(answering: Served) -> None:
    with pytest.raises(Retry, match="can't be reached"):
        await OpaEngine("http://127.0.0.1:9").evaluate([], "staging")


async def test_the_token_goes_along(answering: Served) -> None:
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({"result": []})

    url = await answering(answer)

    assert await OpaEngine(url, token="t-1").evaluate([], "staging") == ()
    assert seen == ["Bearer t-1"]


@pytest.mark.parametrize("url", ["", "opa:8181", "ftp://opa", "http://", "http://opa/base"])
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="OPA_URL"):
        OpaEngine(url)
