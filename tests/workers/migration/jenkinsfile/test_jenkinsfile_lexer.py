"""Text into tokens."""

import pytest

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.lexer import tokenize
from workers.migration.jenkinsfile.source import Source


def kinds(text: str) -> list[str]:
    return tokenize(Source(text)).kinds[:-1]


def texts(text: str) -> list[str]:
    tokens = tokenize(Source(text))
    return [tokens.text(index) for index in range(len(tokens.kinds) - 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a / b", ["name", "/", "name"]),
        ("a /b/ c", ["name", "/", "name", "/", "name"]),
        ("x = /b/", ["name", "=", "quote", "text", "unquote"]),
        ("f(/a(b/)", ["name", "(", "quote", "text", "unquote", ")"]),
        ("a[1] / 2", ["name", "[", "number", "]", "/", "number"]),
        ("x =~ /a\\/b/", ["name", "=~", "quote", "text", "unquote"]),
        ("f $/ $a $$ /$", ["name", "quote", "text", "path", "text", "unquote"]),
    ],
)
def test_a_slash_begins_a_string_only_where_an_operand_may_stand(
    text: str, expected: list[str]
) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text", ["'a\\'b'", '"a b"', "'''a\n'b' ''c'''", '"""a "b" \n"""', "''", '""', "''''''"]
)
def test_a_string_without_interpolation_is_one_token(text: str) -> None:
    assert kinds(text) == ["string"]


def test_interpolations_keep_their_tokens() -> None:
    assert texts('"a ${b("c ${d}")} $e.f!"') == [
        *('"', "a ", "${", "b", "(", '"', "c ", "${", "d", "}", '"', ")", "}"),
        *(" ", "$e.f", "!", '"'),
    ]


def test_newlines_count_between_braces_but_not_between_parentheses() -> None:
    assert kinds("a(\n1,\n{\nb\n}\n)\nc") == [
        *("name", "(", "number", ",", "{", "newline", "name", "newline", "}", ")"),
        *("newline", "name"),
    ]


def test_a_backslash_joins_two_lines() -> None:
    assert kinds("a = b \\\n + c") == ["name", "=", "name", "+", "name"]
    assert kinds("a = b \\\r\n + c") == ["name", "=", "name", "+", "name"]


def test_a_keyword_after_a_dot_is_a_name() -> None:
    assert kinds("a.if?.default") == ["name", ".", "name", "?.", "name"]


def test_comments_are_kept_apart() -> None:
    source = Source("#!/usr/bin/env groovy\na // b\n/* c\n */ d")
    tokens = tokenize(source)
    assert [source.text[start:end] for start, end in tokens.comments] == [
        "#!/usr/bin/env groovy",
        "// b",
        "/* c\n */",
    ]


def test_a_slash_slash_in_a_string_is_no_comment() -> None:
    assert tokenize(Source("sh 'curl http://x/*' // y")).comments == [(21, 25)]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a {\n b", 2, 3, "expected '}' to close the block opened at 1:3, got end of file"),
        ("a(\n}", 2, 1, "expected ')' to close the parenthesis opened at 1:2, got '}'"),
        ("a[1", 1, 4, "expected ']' to close the bracket opened at 1:2, got end of file"),
        (")", 1, 1, "unexpected ')': nothing is open here"),
        ('"abc\n"', 1, 5, 'expected " to close the string opened at 1:1, got end of line'),
        ('x = """abc', 1, 11, 'expected """ to close the string opened at 1:5, got end of file'),
        ("'abc", 1, 1, "expected ' to close the string opened here"),
        ("'''a''", 1, 1, "expected ''' to close the string opened here"),
        ("x = /abc", 1, 9, "expected / to close the string opened at 1:5, got end of file"),
        ('"${a', 1, 5, "expected '}' to close the interpolation opened at 1:2, got end of file"),
        ('"${"b"} ', 1, 9, 'expected " to close the string opened at 1:1, got end of file'),
        ("/* a", 1, 5, "expected '*/' to close the comment opened at 1:1, got end of file"),
        ("a # b", 1, 3, "unexpected character '#'"),
        ("12ab", 1, 3, "unexpected 'a' in a number"),
    ],
)
def test_an_error_says_where_and_what(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        tokenize(Source(text))
    assert (caught.value.line, caught.value.column, caught.value.message) == (
        line,
        column,
        message,
    )


def test_a_lone_dollar_in_a_string_is_an_error_that_names_the_mend() -> None:
    with pytest.raises(ParseError, match=r"1:7: expected a name or '\{' after '\$'"):
        tokenize(Source('"cost $ 5"'))
