"""Files to documents: what is read as what, and what can't be read."""

from typing import Any

import pytest

from workers.policy.documents import FILE_BYTES, read


def content(path: str, text: str) -> Any:
    (document,) = read({path: text.encode()}).documents
    return document.content


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("main.tf", "", "terraform"),
        ("infra/main.tf.json", "{}", "terraform"),
        ("Dockerfile", "FROM a", "dockerfile"),
        ("api.Dockerfile", "FROM a", "dockerfile"),
        ("docker/Dockerfile.prod", "FROM a", "dockerfile"),
        ("Dockerfile.dockerignore", "*", None),
        (".github/workflows/ci.yml", "on: push", "github_workflow"),
        (".github/actions/x/action.yaml", "runs: {}", "github_workflow"),
        (".github/dependabot.yml", "version: 2", None),
        (".gitlab-ci.yml", "a: {}", "gitlab_ci"),
        ("k8s/a.yaml", "{apiVersion: v1, kind: Pod}", "kubernetes"),
        ("k8s/a.json", '{"apiVersion": "v1", "kind": "Pod"}', "kubernetes"),
        ("package.json", "no JSON at all", None),
        ("openapi.yaml", "openapi: 3.1.0", None),
        ("app/main.py", "pass", None),
    ],
)
def test_a_file_is_judged_as_what_it_is(path: str, text: str, kind: str | None) -> None:
    reading = read({path: text.encode()})

    assert [document.kind for document in reading.documents] == ([kind] if kind else [])
    assert reading.unreadable == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.tf", b"resource {"),
        ("main.tf", b'resource "a" { b = 1 }'),
        ("main.tf", b"\xff\xfe"),
        ("main.tf", b"x = " + b"[" * 3000 + b"]" * 3000),
        ("main.tf", b"# " + b"x" * FILE_BYTES),
        ("main.tf.json", b"[]"),
        ("main.tf.json", b'{"a": 1, "a": 2}'),
        ("main.tf.json", b'{"a": ' * 5000 + b"1" + b"}" * 5000),
        ("Dockerfile", b"FORM python"),
        ("Dockerfile", b"FROM a\nRUN <<EOF\nUSER app"),
        ("Dockerfile", b"ENV A='b"),
        ("Dockerfile", b"FROM a\nENV A=" + b"x" * 64 + b"\n" + b"ENV A=$A$A$A$A$A$A$A$A\n" * 9),
        (".github/workflows/ci.yml", b"- a"),
        (".github/workflows/ci.yml", b"a: 1\n---\nb: 2"),
        (".gitlab-ci.yml", b"a: {{ b }}: c"),
        ("a.yaml", b"a: 1\na: 2"),
        ("a.yaml", b"a: &a [*a]"),
        ("a.yaml", b"\x00"),
        ("a.yaml", b"a: !!timestamp x"),
        ("a.yaml", b"a: !!bool x"),
        ("a.yaml", b"a: !!int x"),
        ("a.yaml", b"a: !!binary x"),
        ("k8s.yaml", b"{apiVersion: v1, kind: Pod}\n---\n- stray"),
    ],
)
def test_what_can_not_be_read_is_a_violation(path: str, text: bytes) -> None:
    reading = read({path: text, "other/Dockerfile": b"FROM a"})

    (violation,) = reading.unreadable
    assert (violation.rule, violation.severity, violation.remedy) == (
        "unreadable-document",
        "high",
        "advisory",
    )
    assert violation.path == path
    assert [document.path for document in reading.documents] == ["other/Dockerfile"]


def test_a_small_file_that_stands_for_a_lot_is_not_read() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    locals_ = ["locals { a0 = [1, 1, 1, 1, 1, 1, 1, 1]"]
    locals_ += [f"a{n} = [{', '.join([f'local.a{n - 1}'] * 8)}]" for n in range(1, 12)]

    reading = read(
        {"a.yaml": "\n".join(levels).encode(), "a.tf": ("\n".join(locals_) + "\n}").encode()}
    )

    assert reading.documents == []
    assert sorted(violation.path or "" for violation in reading.unreadable) == ["a.tf", "a.yaml"]


def test_yaml_is_read_as_its_tools_read_it() -> None:
    workflow = content(
        ".github/workflows/a.yml", "on:\n  push:\nx: {<<: {a: 1}, a: 2}\ny: 2026-01-02"
    )

    assert workflow == {"on": {"push": None}, "x": {"a": 2}, "y": "2026-01-02"}
    assert content(".gitlab-ci.yml", "a: !reference [.b, script]") == {"a": [".b", "script"]}


def test_a_list_of_manifests_is_its_manifests() -> None:
    text = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}\n---\n"

    assert content("a.yaml", text) == [{"apiVersion": "v1", "kind": "Pod"}]


def test_a_dockerfile_is_read_as_docker_reads_it() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n# escape=`\nARG TAG=3.11\nFROM python:${TAG:-1} as base\n"
        "ENV A=1 `\n\n  # note\n  B='x y'\nENV OLD the rest\nARG TAG\n"
        "RUN cat <<-A <<'B'\nUSER root\nA\nUSER root\nB\nuser $OLD`\n"
    )

    assert content("Dockerfile", text) == [
        {"instruction": "ARG", "arguments": "TAG=3.11", "names": ["TAG"]},
        {"instruction": "FROM", "arguments": "python:3.11 as base"},
        {"instruction": "ENV", "arguments": "A=1   B='x y'", "names": ["A", "B"]},
        {"instruction": "ENV", "arguments": "OLD the rest", "names": ["OLD"]},
        {"instruction": "ARG", "arguments": "TAG", "names": ["TAG"]},
        {"instruction": "RUN", "arguments": "cat <<-A <<'B'"},
        {"instruction": "USER", "arguments": "the rest"},
    ]
