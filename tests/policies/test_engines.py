"""One suite for both engines: every rule over its inputs, and what is no judgement at all."""

import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from workers.adapters.opa import OpaEngine
from workers.adapters.rego_wasm import RegoWasm
from workers.policy.documents import read
from workers.ports import Document, PolicyEngine

CASES = [
    pytest.param(case, id=f"{case['rule']}: {case['name']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]

# As no parser of ours would make them: straight to the engine.
ABSURD: list[tuple[str, Any]] = [
    ("terraform", None),
    ("terraform", {"folder": ".", "blocks": None}),
    ("terraform", {"folder": ".", "blocks": [{"kind": "resource", "type": 7, "body": []}]}),
    ("kubernetes", [None, 7, "x", {}, {"kind": None, "containers": 1}]),
    ("kubernetes", [{"kind": "Pod", "metadata": None, "spec": {"containers": [[]]}}]),
    ("dockerfile", [{"instruction": None, "arguments": None}]),
    ("dockerfile", {"FROM": "x"}),
    ("github_workflow", {"jobs": {"a": {"steps": [None, 7, {"uses": {}, "run": []}]}}}),
    ("github_workflow", {"jobs": {"a": {"steps": "x"}}, "permissions": []}),
    ("gitlab_ci", {"image": [[]], "default": "x", "a": {"services": {"name": None}}}),
    ("gitlab_ci", "x"),
    ("terraform", {"folder": ".", "blocks": [], "\ud83d\ude00": "\x00\u202e'\"\\"}),
    ("no-such-kind", {}),
]


@pytest.fixture(scope="session")
def embedded(policies: Path) -> RegoWasm:
    return RegoWasm(policies / "bundle.wasm")


@pytest.fixture(scope="session")
def server(serve: Callable[[list[Path]], str], build: ModuleType) -> OpaEngine:
    return OpaEngine(serve(build.sources()))


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.opa)], scope="session")
def engine(request: pytest.FixtureRequest) -> PolicyEngine:
    found: PolicyEngine = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("case", CASES)
async def test_a_rule_objects_to_what_breaks_it_and_to_nothing_else(
    engine: PolicyEngine, case: dict[str, Any]
) -> None:
    reading = read({path: text.encode() for path, text in case["files"].items()})
    assert reading.unreadable == []

    found = await engine.evaluate(reading.documents, case.get("environment", "staging"))

    objections = [violation for violation in found if violation.rule == case["rule"]]
    expected = sorted(case["expects"], key=str)
    assert sorted({v.resource for v in objections}, key=str) == sorted(set(expected), key=str)
    assert {v.path for v in objections} <= set(case["files"])
    if "messages" in case:
        assert [violation.message for violation in objections] == case["messages"]


@pytest.mark.opa
@pytest.mark.parametrize("case", CASES)
async def test_both_engines_say_the_same(
    embedded: PolicyEngine, server: PolicyEngine, case: dict[str, Any]
) -> None:
    documents = read({path: text.encode() for path, text in case["files"].items()}).documents

    for environment in ("dev", case.get("environment", "staging"), "production", "moon"):
        assert await embedded.evaluate(documents, environment) == await server.evaluate(
            documents, environment
        )


@pytest.mark.parametrize(("kind", "content"), ABSURD)
async def test_what_has_no_shape_never_passes(
    engine: PolicyEngine, kind: Any, content: object
) -> None:
    found = await engine.evaluate([Document(kind, "absurd", content)], "staging")

    harmless = isinstance(content, dict) and content.get("blocks") == []
    assert bool(found) is not harmless
    assert "policy-missing" not in {violation.rule for violation in found}


@pytest.mark.opa
@pytest.mark.parametrize(("kind", "content"), ABSURD)
async def test_both_engines_say_the_same_of_it(
    embedded: PolicyEngine, server: PolicyEngine, kind: Any, content: object
) -> None:
    documents = [Document(kind, "absurd", content)]

    assert await embedded.evaluate(documents, "staging") == await server.evaluate(
        documents, "staging"
    )


async def test_no_documents_are_nothing_to_object_to(engine: PolicyEngine) -> None:
    assert await engine.evaluate([], "staging") == ()


async def test_violations_come_in_order(engine: PolicyEngine) -> None:
    bucket = b'resource "aws_s3_bucket" "a" {}\nresource "aws_db_instance" "b" {}\n'
    documents = read({"b.tf": bucket, "a/a.tf": bucket, "Dockerfile": b"FROM x"}).documents

    found = await engine.evaluate(documents, "staging")

    order = [(v.path or "", v.rule, v.message) for v in found]
    assert len(order) > 10
    assert order == sorted(order)


async def test_names_of_any_length_and_letter_can_be_shown(engine: PolicyEngine) -> None:
    name = "\x1b[31m\n" + "x" * 10_000
    found = await engine.evaluate(
        read({"pod.json": _pod(name)}).documents,
        "staging",
    )

    assert found
    for violation in found:
        assert violation.message.isprintable()
        assert len(violation.message) <= 400
        assert len(violation.resource or "") <= 400


def test_every_rule_has_inputs_that_keep_it_and_inputs_that_break_it(build: ModuleType) -> None:
    rules = {
        path.stem.replace("_", "-")
        for path in build.sources()
        if path.parent.name != "lib" and path.stem != "main"
    }
    cases: list[Any] = [param.values[0] for param in CASES]

    assert {case["rule"] for case in cases if case["expects"]} == rules
    assert {case["rule"] for case in cases if not case["expects"]} == rules


ENTRYPOINT = "# METADATA\n# entrypoint: true\n"
MISSING = {
    "no such package": f"package other\n\n{ENTRYPOINT}violations := []\n",
    "no such rule": f"package flotilla\n\n{ENTRYPOINT}findings := []\n",
    "undefined": f"package flotilla\n\n{ENTRYPOINT}violations := [] if input.x\n",
    "not a set": f"package flotilla\n\n{ENTRYPOINT}violations := 7\n",
    "no violations": f'package flotilla\n\n{ENTRYPOINT}violations := [{{"a": 1}}]\n',
}


@pytest.mark.opa
@pytest.mark.parametrize("rego", MISSING.values(), ids=MISSING)
async def test_a_missing_result_is_a_deny_that_says_so(
    serve: Callable[[list[Path]], str], opa: Path, tmp_path: Path, rego: str
) -> None:
    source = tmp_path / "missing.rego"
    source.write_text(rego)
    engines: list[PolicyEngine] = [RegoWasm(_compiled(opa, source)), OpaEngine(serve([source]))]

    for engine in engines:
        (violation,) = await engine.evaluate([], "staging")
        assert (violation.severity, violation.rule) == ("critical", "policy-missing")
        assert violation.message.startswith("policy missing: ")


def _compiled(opa: Path, source: Path) -> Path:
    archive = source.with_suffix(".tar.gz")
    subprocess.run(
        [opa, "build", "--target", "wasm", "--output", archive, source.name],
        cwd=source.parent,
        check=True,
    )
    with tarfile.open(archive) as packed:
        module = packed.extractfile("/policy.wasm")
        assert module is not None
        made = source.with_suffix(".wasm")
        made.write_bytes(module.read())
    return made


def _pod(name: str) -> bytes:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": name, "image": name}]},
    }
    return json.dumps(pod).encode()
