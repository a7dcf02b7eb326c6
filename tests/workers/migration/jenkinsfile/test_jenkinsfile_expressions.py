"""Expressions: how operators bind, and what is called with what."""

from collections.abc import Callable

import pytest

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.source import Source

Sketch = Callable[[str], str]

CALLS = [
    ("sh 'x'", "sh('x')"),
    ("echo a, b: 1, 'c'", "echo(a, 'b': 1, 'c')"),
    ("a b c d", "a(b).c(d)"),
    ("sh 'a' sh 'b'", "sh('a').sh('b')"),
    ("f(a) b", "f(a).b"),
    ("a.b c", "a.b(c)"),
    ("a().b c d", "a().b(c).d"),
    ("a[b] c", "a[b](c)"),
    ("a.b.c = d e", "(a.b.c = d(e))"),
    ("f { x }", "f({x})"),
    ("f(a) { x } { y }", "f(a, {x}, {y})"),
    ("f a, { x }", "f(a, {x})"),
    ("f a { x }", "f(a({x}))"),
    ("f 'a' {\n x\n}", "f('a'({x}))"),
    ("f('a')\n{\n x\n}", "f('a', {x})"),
    ("a.each { } .c", "a.each({}).c"),
    ("f(\n a,\n b: c,\n)", "f(a, 'b': c)"),
    ("f(a, , b: c)", "f(a, 'b': c)"),
    ("f a,\n  b", "f(a, b)"),
    ("f if: 1, default: 2", "f('if': 1, 'default': 2)"),
    ('f "${a}": 1, (b): 2', 'f("${a}": 1, b: 2)'),
    ("f(*a, b: 1)", "f(*a, 'b': 1)"),
    ("f(*: a)", "f(*:a)"),
    ("f(a: {\n x\n})", "f('a': {x})"),
    ("f (1) + 2", "(f(1) + 2)"),
    ("println 'a' + 'b'", "println(('a' + 'b'))"),
    ("f a ? b : c", "f((a ? b : c))"),
    ("f a == b, c", "f((a == b), c)"),
    ("f !x", "f((!x))"),
    ("f a = b", "f((a = b))"),
    ("f()()", "f()()"),
    ("f().'a b'(1)", "f().a b(1)"),
    ('f."$x" 1', 'f."${x}"(1)'),
    ("f { a, b -> c }", "f({a b -> c})"),
    ("f { String a, b = [1, 2] ->\n c }", "f({a b -> c})"),
    ("f { -> c }", "f({-> c})"),
    ("f { Map<String, List<X>> a -> c }", "f({a -> c})"),
    ("a\n  .b()\n  ?.c { }", "a.b()?.c({})"),
    ("new a.B<C>(1, d: 2)", "new a.B<C>(1, 'd': 2)"),
    ("new int[3]", "new int(3)"),
    ("this.a(super.b())", "this.a(super.b())"),
]

OPERATORS = [
    ("x = a + b * c ** d", "(x = (a + (b * (c ** d))))"),
    ("x = a - b - c", "(x = ((a - b) - c))"),
    ("x = a || b && c == d", "(x = (a || (b && (c == d))))"),
    ("x = !a in b", "(x = ((!a) in b))"),
    ("x = -a.b", "(x = (-a.b))"),
    ("x = a ? b : c ? d : e", "(x = (a ? b : (c ? d : e)))"),
    ("x = a\n ? b\n : c", "(x = (a ? b : c))"),
    ("x = a ?\n b :\n c", "(x = (a ? b : c))"),
    ("x = a ?: b", "(x = (a ?  : b))"),
    ("x = a ?[b]:[c]", "(x = (a ? [b] : [c]))"),
    ("x = a &&\n b", "(x = (a && b))"),
    ("x = y = z", "(x = (y = z))"),
    ("x += 1", "(x += 1)"),
    ("(a, b) = [1, 2]", "([a, b] = [1, 2])"),
    ("x = a =~ /b/", "(x = (a =~ 'b'))"),
    ("x = a ==~ ~'b'", "(x = (a ==~ (~'b')))"),
    ("x = a instanceof B && c", "(x = ((a instanceof B) && c))"),
    ("x = a as List<String>", "(x = (a as List<String>))"),
    ("x = (String) a", "(x = (a () String))"),
    ("x = (int) 3.5", "(x = (3.5 () int))"),
    ("x = (a)", "(x = a)"),
    ("x = [1..3, 2..<4]", "(x = [(1 .. 3), (2 ..< 4)])"),
    ("x = a*.b", "(x = a*.b)"),
    ("x = a.&b", "(x = a.&b)"),
    ("x = [*a, b]", "(x = [*a, b])"),
    ("x = [a: 1, 'b': 2, (c): 3, 4: 5, *: d]", "(x = ['a': 1, 'b': 2, c: 3, 4: 5, *:d])"),
    ("x = [:]", "(x = [:])"),
    ("x = [a,]", "(x = [a])"),
    ("x++", "(x++)"),
    ("x <=> y", "(x <=> y)"),
    ("a << b", "(a << b)"),
    ("x = 0x1F + 0b11 + 017 + 1_000 + 10G", "(x = ((((31 + 3) + 15) + 1000) + 10))"),
    ("x = 1.5e3", "(x = 1.5E+3)"),
    ("x = [true, false, null]", "(x = [true, false, null])"),
]

STRINGS = [
    ("f 'a\\tb\\u0041\\101\\'\\\\'", "f('a\tbAA'\\')"),
    ("f '''a\\\nb'''", "f('ab')"),
    ("f '$a'", "f('$a')"),
    ('f "$a.b.c d"', 'f("${a.b.c} d")'),
    ('f "${a}${-> b}"', 'f("${a}${{-> b}}")'),
    ('f "${}"', 'f("${null}")'),
    ('f "${g x}"', 'f("${g(x)}")'),
    ('f "\\$a"', "f('$a')"),
    ("f(/a\\/b\\d$/)", "f('a/b\\d$')"),
    ("f(/a ${b}/)", 'f("a ${b}")'),
    ("f $/a $$b $/ \\n/$", "f('a $b / \\n')"),
]


@pytest.mark.parametrize(("text", "expected"), CALLS)
def test_calls(sketch: Sketch, text: str, expected: str) -> None:
    assert sketch(text) == expected


@pytest.mark.parametrize(("text", "expected"), OPERATORS)
def test_operators(sketch: Sketch, text: str, expected: str) -> None:
    assert sketch(text) == expected


@pytest.mark.parametrize(("text", "expected"), STRINGS)
def test_strings(sketch: Sketch, text: str, expected: str) -> None:
    assert sketch(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo(a b)", "1:7: expected ')' to close the parenthesis opened at 1:4, got 'b'"),
        ("x = ", "1:5: expected an expression, got end of file"),
        ("x = a ? b", "1:10: expected ':' in the conditional expression, got end of file"),
        ("f(a) = b", "1:6: expected a variable, a property or an index on the left"),
        ("f(a: 1, a: 2)", "1:9: the argument 'a' is given twice"),
        ("f a: 1, a: 2", "1:9: the argument 'a' is given twice"),
        ("a.", "1:3: expected a name after '.', got end of file"),
        ("[a: 1, b]", "1:10: expected either list items or map entries between brackets"),
        ("a, b", "1:2: expected the end of the statement or of the file, got ','"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(Source(text))
    assert str(caught.value).startswith(message)


def test_a_span_is_what_the_source_says() -> None:
    (statement,) = parse(Source("  x = f(a).b { c }  ")).body.statements
    assert statement.span.text == "x = f(a).b { c }"
    assert (statement.span.line, statement.span.column) == (1, 3)
