"""Files that are deep, long or wide."""

import threading

import pytest

from workers.migration.jenkinsfile.errors import InvalidPipeline, ParseError
from workers.migration.jenkinsfile.grammar.script import parse
from workers.migration.jenkinsfile.lexer import tokenize
from workers.migration.jenkinsfile.read import read
from workers.migration.jenkinsfile.source import Source
from workers.migration.pipeline.walk import statements

NESTINGS = {
    "closures": ("stage('x') { ", "sh 'y'", " }"),
    "parentheses": ("(", "a", ")"),
    "lists": ("[", "a", "]"),
    "arguments": ("f(", "a", ")"),
    "indexes": ("a[", "1", "]"),
    "interpolations": ('"${', "a", '}"'),
    "branches": ("if (a) { ", "b", " }"),
    "chained branches": ("if (a) b else ", "c", ""),
    "loops": ("while (a) ", "b", ""),
    "tries": ("try { ", "a", " } finally { }"),
    "signs": ("! ", "a", ""),
    "choices": ("a ? b : ", "c", ""),
    "assignments": ("a = ", "b", ""),
    "closures in maps": ("f a: { ", "b", " }"),
    "switches": ("switch (a) { case 1: ", "b", " }"),
    "constructions": ("new A(", "b", ")"),
    "casts": ("(String) ", "a", ""),
}


@pytest.mark.parametrize("name", NESTINGS)
def test_a_thousand_levels_are_read(name: str) -> None:
    opening, middle, closing = NESTINGS[name]
    threads = threading.active_count()
    pipeline = read(opening * 1_000 + middle + closing * 1_000, "Jenkinsfile")
    assert list(statements(pipeline))
    assert threading.active_count() == threads


@pytest.mark.parametrize("name", NESTINGS)
def test_ten_thousand_levels_are_refused_with_the_place(name: str) -> None:
    opening, middle, closing = NESTINGS[name]
    with pytest.raises(ParseError, match="nested more than") as caught:
        read(opening * 10_000 + middle + closing * 10_000, "Jenkinsfile")
    assert caught.value.line == 1


def test_an_unclosed_nesting_of_any_depth_is_refused() -> None:
    with pytest.raises(ParseError, match="to close the block opened at 1:200000"):
        read("a{" * 100_000, "Jenkinsfile")


@pytest.mark.parametrize("link", [" + a", ".a", ".a()", "[1]", " { }"])
def test_a_chain_of_a_thousand_links_is_read(link: str) -> None:
    assert read("x = a" + link * 1_000, "Jenkinsfile").before


@pytest.mark.parametrize("link", [" + a", ".a", ".a()", "[1]"])
def test_an_endless_chain_is_refused_and_not_a_crash(link: str) -> None:
    with pytest.raises(ParseError, match="nested more than"):
        read("x = a" + link * 10_000, "Jenkinsfile")


def test_nested_declarative_stages_are_read() -> None:
    opening, closing = "stage('a') { stages { ", " } }"
    inner = "stage('b') { steps { sh 'c' } }"
    body = opening * 1_000 + inner + closing * 1_000
    assert read(f"pipeline {{ agent any\n stages {{ {body} }} }}", "Jenkinsfile").declarative


def test_problems_deep_inside_are_found() -> None:
    steps = "timeout(1) { " * 1_000 + "a = b" + " }" * 1_000
    text = f"pipeline {{ agent any\n stages {{ stage('a') {{ steps {{ {steps} }} }} }} }}"
    with pytest.raises(InvalidPipeline, match="expected a step"):
        read(text, "Jenkinsfile")


def test_a_large_file_is_parsed_whole() -> None:
    chunk = "stage('x') {\n    sh \"echo ${a} && make 'b'\" // c\n    d e, f: [1, 2]\n}\n"
    count = 300_000 // len(chunk)
    script = parse(Source(chunk * count))
    assert len(script.body.statements) == count
    assert len(script.comments) == count


@pytest.mark.parametrize("text", ["/* ", "'''", '"""', "x = /", "${", "a {", "\\", '"$', "//"])
def test_a_repeated_beginning_is_read_once_and_not_once_for_each(text: str) -> None:
    tokens = 0
    try:
        tokens = len(tokenize(Source(text * 50_000)).kinds)
    except ParseError:
        tokens = 1
    assert tokens
