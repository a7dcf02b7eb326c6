"""Statements, declarations and comments."""

import pytest

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tree.nodes import Statement
from workers.migration.jenkinsfile.tree.statements import (
    Assert,
    Class,
    Declaration,
    Evaluate,
    For,
    ForEach,
    If,
    Import,
    Jump,
    Labelled,
    Method,
    Return,
    Switch,
    Try,
    While,
)


def statements(text: str) -> tuple[Statement, ...]:
    return parse(Source(text)).body.statements


def comments(statement: Statement) -> list[str]:
    return [comment.span.text for comment in statement.comments]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("if (a) b else c", [If]),
        ("if (a) { b }\n// x\nelse if (c) { d } else { e }\nf", [If, Evaluate]),
        ("if (a)\n  b\nelse\n  c", [If]),
        ("for (x in y) z(x)", [ForEach]),
        ("for (String x : y) { }", [ForEach]),
        ("for (def x in y) { }", [ForEach]),
        ("for (int i = 0; i < 3; i++) { }", [For]),
        ("for (;;) { break }", [For]),
        ("while (a) { continue }", [While]),
        ("do { a } while (b)", [While]),
        ("switch (a) { case 1: b; break\ncase ~/c/: d\ndefault: e }", [Switch]),
        ("try { a }\ncatch (B | C e) { d }\ncatch (f) { }\nfinally { g }", [Try]),
        ("a: while (b) { break a }", [Labelled]),
        ("return", [Return]),
        ("return\na", [Return, Evaluate]),
        ("break", [Jump]),
        ("assert a : 'b'", [Assert]),
        ("import a.b.*\nimport static a.B.c\nimport a.B as C", [Import, Import, Import]),
        ("package a", [Import]),
        ("class A extends B { def c() { } }", [Class]),
        ("enum A { B, C }\nd", [Class, Evaluate]),
        ("@NonCPS\ndef a(b, int c = 3, String... d) throws E { f }", [Method]),
        ("private static List<String> a() { b }", [Method]),
        ("void a() { }", [Method]),
        ("def 'a b'() { }", [Method]),
        ("String a", [Declaration]),
        ("foo.Bar a = 1", [Declaration]),
        ("Map<String, List<A>> a = [:]", [Declaration]),
        ("String[] a = []", [Declaration]),
        ("final a = 1", [Declaration]),
        ("def a = sh 'b'", [Declaration]),
        ("def (a, b) = [1, 2]", [Declaration]),
        ("@Field String a = 'b'", [Declaration]),
        ("@Library('a') _\nb { }", [Declaration, Evaluate]),
        ("@Library('a@b')\nimport c.D", [Import]),
        ("Foo a b", [Evaluate]),
        (";;a;;b;", [Evaluate, Evaluate]),
        ("a(1)\n(2)", [Evaluate, Evaluate]),
        ("", []),
    ],
)
def test_each_statement_is_known_for_what_it_is(text: str, kinds: list[type[Statement]]) -> None:
    assert [type(each) for each in statements(text)] == kinds


def test_a_declaration_has_all_its_names() -> None:
    (found,) = statements("final String a = 'x', b, c = d e")
    assert isinstance(found, Declaration)
    assert found.type == "final String"
    assert [(each.name, each.value is None) for each in found.declarators] == [
        ("a", False),
        ("b", True),
        ("c", False),
    ]


def test_the_handlers_of_a_try_have_their_types() -> None:
    (found,) = statements("try { a } catch (B | c.D e) { } catch (f) { } finally { g }")
    assert isinstance(found, Try)
    assert [(each.types, each.name) for each in found.catches] == [(("B", "c.D"), "e"), ((), "f")]
    assert found.last is not None


def test_cases_end_where_the_next_begins() -> None:
    (found,) = statements("switch (a) {\n case 1:\n case 2: b; c\n default: d }")
    assert isinstance(found, Switch)
    assert [len(case.body.statements) for case in found.cases] == [0, 2, 1]
    assert [case.match is None for case in found.cases] == [False, False, True]


def test_comments_go_with_the_statement_before_in_or_behind_which_they_stand() -> None:
    first, second = statements(
        "// before\n/* too */\na(\n  // inside\n  b) // behind\n"
        "// next\nc { // open\n  d\n // end\n}"
    )
    assert comments(first) == ["// before", "/* too */", "// inside", "// behind"]
    assert [comment.trailing for comment in first.comments] == [False, False, False, True]
    assert comments(second) == ["// next"]


def test_comments_in_a_block_stay_in_it() -> None:
    (outer,) = statements("a {\n // one\n b // two\n // three\n}")
    assert isinstance(outer, Evaluate)
    assert comments(outer) == []
    closure = outer.expression.arguments[0]  # type: ignore[attr-defined]
    assert comments(closure.body.statements[0]) == ["// one", "// two"]
    assert [comment.span.text for comment in closure.body.comments] == ["// three"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("if (a) { b } c", "1:14: expected the end of the statement or of the file, got 'c'"),
        ("try { a }", "1:10: expected 'catch' or 'finally' after the block of 'try'"),
        ("if a { }", "1:4: expected '(' after 'if', got 'a'"),
        ("def = 1", "1:5: expected a name to declare, got '='"),
        ("for (a b) { }", "1:9: expected ';' in the head of 'for', got ')'"),
        ("switch (a) { b }", "1:14: expected 'case', 'default' or '}' in the switch, got 'b'"),
        ("class { }", "1:7: expected a name for the class, got '{'"),
        ("case 1: a", "1:1: expected an expression, got 'case'"),
        ("else { a }", "1:1: expected an expression, got 'else'"),
        ("import", "1:7: expected a name after 'import', got end of file"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(Source(text))
    assert str(caught.value).startswith(message)
