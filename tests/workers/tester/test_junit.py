"""Reading results that untrusted code may have written."""

import pytest

from workers.tester.junit import CASE_LIMIT, SIZE_LIMIT, Case, Unreadable, cases


def suite(inside: str) -> bytes:
    return f'<?xml version="1.0"?><testsuites><testsuite>{inside}</testsuite></testsuites>'.encode()


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", ()),
        ('<testcase classname="a" name="t"/>', (Case("a::t"),)),
        (
            '<testcase classname="a" name="t"><failure message="assert 1 == 2"/></testcase>',
            (Case("a::t", "failure", "AssertionError"),),
        ),
        (
            '<testcase classname="a" name="t"><failure message="KeyError: 3"/></testcase>',
            (Case("a::t", "failure", "KeyError"),),
        ),
        (
            '<testcase classname="" name="tests.test_a"><error message="collection failure">'
            "tests/a.py:1: in &lt;module&gt;\nE   ModuleNotFoundError: x</error></testcase>",
            (Case("tests.test_a", "error", "ModuleNotFoundError"),),
        ),
        (
            '<testcase classname="a" name="t"><failure message="what?"/></testcase>',
            (Case("a::t", "failure", "unknown"),),
        ),
        (
            '<testcase classname="a" name="t"><skipped message="KeyError"/></testcase>',
            (Case("a::t", "skipped"),),
        ),
        (
            '<testcase classname="a" name="t"><failure message="KeyError: 1"/>'
            '<error message="OSError: teardown"/></testcase>',
            (Case("a::t", "failure", "KeyError"),),
        ),
        # Absurd: verdicts about no test at all.
        ('<failure message="KeyError"/><error message="OSError"/>', ()),
    ],
)
def test_a_case_has_its_fate_and_the_class_of_its_error(
    inside: str, expected: tuple[Case, ...]
) -> None:
    assert cases(suite(inside)) == expected


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b"<testsuites>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><testsuites>&b;</testsuites>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuites/>',
        '<!DOCTYPE a [<!ENTITY b "c">]><testsuites/>'.encode("utf-16"),
        suite('<testcase name="\xff"/>').replace("\xff".encode(), b"\xff"),
        suite("&undefined;"),
        suite("<testcase/>" * (CASE_LIMIT + 1)),
        b" " * (SIZE_LIMIT + 1),
    ],
    ids=[
        "empty",
        "text",
        "cut",
        "entity",
        "external",
        "utf-16",
        "not utf-8",
        "undefined",
        "endless",
        "huge",
    ],
)
def test_what_no_runner_writes_is_unreadable(xml: bytes) -> None:
    with pytest.raises(Unreadable):
        cases(xml)


def test_an_entity_bomb_is_refused_before_it_grows() -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    with pytest.raises(Unreadable, match="document type"):
        cases(f"<!DOCTYPE x [{entities}]><testsuites>&a11;</testsuites>".encode())


def test_elements_may_be_nested_deeply_without_harm() -> None:
    assert cases(b"<a>" * 100_000 + b"</a>" * 100_000) == ()
