"""Scripted pipelines as the model has them."""

import pytest

from workers.migration.jenkinsfile.read import read
from workers.migration.pipeline import steps, values
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.walk import nodes


def only(text: str) -> Statement:
    (statement,) = read(text, "Jenkinsfile").before
    return statement


def value(text: str) -> Value:
    statement = only(f"x = {text}")
    assert isinstance(statement, steps.Assign)
    assert statement.value is not None
    return statement.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("node { }", steps.Step),
        ("'a' 'b'", steps.Step),
        ("this.sh 'a'", steps.Step),
        ("docker.image('a').inside { }", steps.Evaluate),
        ("a", steps.Evaluate),
        ("def a = 1", steps.Assign),
        ("def a", steps.Assign),
        ("env.A = b", steps.Assign),
        ("a[1] += 2", steps.Assign),
        ("a++", steps.Assign),
        ("def (a, b) = c", steps.Assign),
        ("(a, b) = c", steps.Assign),
        ("if (a) { b() }", steps.If),
        ("for (a in b) { }", steps.ForEach),
        ("for (i = 0; i < 1; i++) { }", steps.For),
        ("while (a) { }", steps.While),
        ("try { a() } finally { }", steps.Try),
        ("switch (a) { default: b() }", steps.Switch),
        ("return a", steps.Return),
        ("throw a", steps.Raise),
        ("break", steps.Jump),
        ("a: b()", steps.Block),
        ("{ -> a() }", steps.Evaluate),
        ("import a.B", steps.Import),
        ("assert a", steps.Opaque),
        ("class A { }", steps.Opaque),
        ("parallel a: { }", steps.Parallel),
        ("parallel(branches)", steps.Parallel),
    ],
)
def test_each_statement_has_its_word(text: str, kind: type[Statement]) -> None:
    found = only(text)
    assert type(found) is kind
    assert found.span.text(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'a'", values.Literal),
        ("1.5", values.Literal),
        ('"a$b"', values.Interpolated),
        ("[a]", values.ListValue),
        ("[a: b]", values.MapValue),
        ("a", values.Variable),
        ("a?.b", values.Property),
        ("a[0]", values.Index),
        ("{ a }", values.Closure),
        ("sh(script: 'a')", values.Call),
        ("a.b().c", values.Property),
        ("new A(1)", values.Construction),
        ("!a", values.Unary),
        ("a + b", values.Binary),
        ("1..3", values.Binary),
        ("(int) a", values.Binary),
        ("a ? b : c", values.Choice),
        ("a ?: b", values.Choice),
        ("a*.b", values.Expression),
        ("[*: a]", values.Expression),
        ("a.&b", values.Expression),
        ("a++", values.Expression),
    ],
)
def test_each_expression_has_its_word(text: str, kind: type[Value]) -> None:
    assert type(value(text)) is kind


def test_a_scripted_pipeline_is_all_before() -> None:
    text = "@Library('a') _\nlibrary 'b@1'\nnode('x') {\n sh 'y'\n}\ndef f() { }\nf()"
    found = read(text, "Jenkinsfile")
    assert not found.declarative
    assert [type(each) for each in found.before] == [steps.Step, steps.Step]
    assert [(each.name, each.version) for each in found.libraries] == [("a", None), ("b", "1")]
    assert [each.name for each in found.functions] == ["f"]


def test_several_pipelines_chosen_by_a_condition_are_scripted() -> None:
    block = "pipeline { agent any\nstages { stage('a') { steps { b() } } } }"
    found = read(f"if (a) {{\n{block}\n}} else {{\n{block}\n}}", "Jenkinsfile")
    assert not found.declarative
    assert [type(each) for each in found.before] == [steps.If]


def test_an_else_if_is_the_only_statement_of_otherwise() -> None:
    found = only("if (a) { b() } else if (c) { d() } else { e() }")
    assert isinstance(found, steps.If)
    (inner,) = found.otherwise
    assert isinstance(inner, steps.If)
    assert [type(each) for each in inner.otherwise] == [steps.Step]


def test_each_declared_name_is_an_assignment_of_its_own() -> None:
    text = "String a = 'b', c"
    found = read(text, "Jenkinsfile").before
    assert [each.span.text(text) for each in found] == ["String a = 'b'", "c"]
    assert all(isinstance(each, steps.Assign) and each.kind == "String" for each in found)


def test_branches_that_are_made_elsewhere_are_kept() -> None:
    found = only("parallel a: { b() }, c: made, failFast: true")
    assert isinstance(found, steps.Parallel)
    assert [type(each) for each in found.branches] == [steps.Branch]
    assert isinstance(found.built, values.MapValue)
    assert isinstance(found.fail_fast, values.Literal)


def test_the_block_of_a_step_is_told_from_its_arguments() -> None:
    found = only("sshagent(['a']) { key -> sh 'b' }")
    assert isinstance(found, steps.Step)
    assert (len(found.arguments), found.parameters) == (1, ("key",))
    assert [type(each) for each in found.body or ()] == [steps.Step]
    without = only("f 'a'")
    assert isinstance(without, steps.Step)
    assert without.body is None


def test_a_call_on_an_object_keeps_its_closure() -> None:
    found = only("docker.image('a').inside('-v b') { sh 'c' }")
    assert isinstance(found, steps.Evaluate)
    call = found.value
    assert isinstance(call, values.Call)
    assert (call.name, len(call.arguments)) == ("inside", 1)
    assert call.body is not None
    assert len(call.body.body) == 1


@pytest.mark.parametrize(
    ("text", "expected", "lines"),
    [
        ("'a\\nb'", "a\nb", False),
        ("'''a\n  b\\''''", "a\n  b'", True),
        ('"""a\\\n b"""', "a b", True),
        ("$/a\\b/$", "a\\b", True),
        ("/a\\/b/", "a/b", False),
    ],
)
def test_strings_are_given_as_jenkins_runs_them(text: str, expected: str, lines: bool) -> None:
    found = value(text)
    assert isinstance(found, values.Literal)
    assert (found.value, found.lines) == (expected, lines)


def test_every_shell_line_is_found_wherever_it_stands() -> None:
    text = """
    def run(x) { sh '1' }
    node { stage('a') { parallel b: { sh '2' }, 'c': { dir('d') { sh '3' } } } }
    ['e'].each { f -> if (f) { sh '4' } else sh '5' }
    try { sh '6' } catch (g) { sh '7' } finally { sh '8' }
    switch (h) { case 1: sh '9'; break; default: sh '10' }
    def i = [j: { sh '11' }]
    k = sh(script: '12', returnStdout: true).trim()
    while (l) { sh '13' }
    def m = { n -> return { sh '14' } }
    o(p: [q, { sh '15' }])
    "${sh '16'}"
    label: sh '17'
    """
    found = []
    for node in nodes(read(text, "Jenkinsfile")):
        match node:
            case steps.Step(kind="sh", arguments=arguments):
                found.append(arguments[0])
            case values.Call(name="sh", arguments=arguments):
                found.append(arguments[0])
    lines = [each.value.value for each in found if isinstance(each.value, values.Literal)]
    assert sorted(lines, key=str) == sorted(map(str, range(1, 18)))
