"""A second opinion: Groovy 2.4, which Jenkins embeds, on the same texts."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tree.expressions import Access, Call, Entry, Literal, Name
from workers.migration.jenkinsfile.tree.nodes import Node

# Not even CI has it: a Java machine and a package of a Linux distribution for one opinion.
NEEDED = "no groovy here: `apt-get install groovy` (2.4) enables the second opinion"
JAVA = Path("/usr/bin/java").resolve().parents[1]

PROGRAM = """
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.control.*

class Calls extends CodeVisitorSupport {
    List<String> found = []
    void visitMethodCallExpression(MethodCallExpression call) {
        def list = call.arguments
        int count = list instanceof TupleExpression ? list.expressions.size() : 1
        found << "${call.lineNumber} ${call.methodAsString} ${count}".toString()
        super.visitMethodCallExpression(call)
    }
    void visitShortTernaryExpression(ElvisOperatorExpression elvis) {
        elvis.trueExpression.visit(this)
        elvis.falseExpression.visit(this)
    }
}
new File(args[0]).listFiles().sort { it.name }.each { file ->
    println "FILE ${file.name}"
    try {
        def unit = new CompilationUnit()
        unit.addSource('Jenkinsfile', file.getText('UTF-8'))
        unit.compile(Phases.CONVERSION)
        def calls = new Calls(), module = unit.AST.modules[0]
        module.statementBlock.visit(calls)
        module.methods.each { it.code.visit(calls) }
        calls.found.each { println it }
    } catch (MultipleCompilationErrorsException refused) {
        println 'refused'
    }
}
"""

TEXTS = [
    "pipeline\n{\n  agent any\n  stages\n  {\n    stage('a')\n    {\n      steps { sh 'b' }\n    }"
    "\n  }\n}",
    "node('a') {\n  def b = sh script: 'c', returnStdout: true\n  echo \"${b.trim()} $env.D\"\n}",
    "parallel a: {\n  b()\n}, 'c d': {\n  e f { g }\n}, failFast: true",
    "a b c d\nf(g) h\ni { j } k\nl m, n: 1, 'o'",
    "a.b { c } d { e }\n['f'].each { g -> h(g) }.i()",
    "x = a /b/ c\ny = /d${e f}/\nz = $/g ${h()} $$/$",
    "if (a()) b() else if (c()) { d() } else { e() }\nfor (f in g()) h()\nwhile (i()) { j() }",
    "try { a() } catch (B e) { c() } finally { d() }\n"
    "switch (e()) { case f(): g(); break\ndefault: h() }",
    "@NonCPS\ndef a(b, String c = 'd') { e() }\nprivate static List<String> f() throws G { h() }",
    "def (a, b) = [c(), d()]\nString e = f() ?: g()\nh = i() ? j() : k()",
    "properties([parameters([string(name: 'A')]), pipelineTriggers([cron('H * * * *')])])",
    "withCredentials([usernamePassword(credentialsId: 'a', usernameVariable: 'B')]) {\n"
    "  sh '''c\n  d'''\n}",
    "a(\n  b: 1,\n  c: [d: e(),\n    f: g()],\n)\n",
    "foo\n  .bar()\n  ?.baz { it.qux() }",
    "def m = [a: { b() }, (c()): d(), 'e': 1..f()]\nm.g++ \nh(*i(), *: j)",
    "int x = (int) y()\nz = (String) w() as Foo\nnew A(b()).c()\nv = !u() in t()",
    "foo(a b)",
    "if (x) { y() } z()",
    "x = 'a",
    "def if = 1",
    "try { a() }",
    "f(a: 1, a: 2)",
    "f(a) = b",
    "a, b",
    "\"a $ b\"",
    "else { a() }",
    "[a b]",
    "foo a\n  , b",
    "x = !a b",
]  # fmt: skip


@pytest.fixture(scope="module")
def opinions(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[str]]:
    """What Groovy says to each text: its calls, or that it is refused."""
    groovy = shutil.which("groovy")
    if groovy is None:
        pytest.skip(NEEDED)
    home = tmp_path_factory.mktemp("groovy")
    program, folder = home / "outline.groovy", home / "texts"
    folder.mkdir()
    program.write_text(PROGRAM)
    for index, text in enumerate(TEXTS):
        (folder / f"{index:03}").write_text(text)
    environment = {"JAVA_HOME": str(JAVA), **os.environ}
    done = subprocess.run(
        [groovy, str(program), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[int, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("FILE "):
            found[int(line.removeprefix("FILE "))] = last = []
        else:
            last.append(line)
    return found


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_groovy_sees_the_same_calls(opinions: dict[int, list[str]], index: int) -> None:
    assert sorted(ours(TEXTS[index])) == sorted(opinions[index])


def ours(text: str) -> list[str]:
    try:
        script = parse(Source(text))
    except ParseError:
        return ["refused"]
    return [
        f"{node.span.line} {called(node)} {count(node)}"
        for node in below(script)
        if isinstance(node, Call)
    ]


def called(call: Call) -> str:
    match call.function:
        case Name(name=name) | Access(name=str(name)):
            return name
        case Literal(value=value):
            return str(value)
        case _:
            return "call"


def count(call: Call) -> int:
    entries = sum(isinstance(each, Entry) or is_map(each) for each in call.arguments)
    return len(call.arguments) - entries + (entries > 0)


def is_map(node: Node) -> bool:
    return getattr(node, "entries", False) is True


def below(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        for each in fields(node):
            value = getattr(node, each.name)
            items = value if isinstance(value, tuple) else (value,)
            waiting.extend(item for item in items if isinstance(item, Node))
