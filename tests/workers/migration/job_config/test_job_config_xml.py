"""The XML of jobs: as Jenkins writes it, and as somebody who means harm does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.migration.jenkinsfile.errors import ParseError, Refused
from workers.migration.job_config.elements import elements
from workers.migration.job_config.job import read_job
from workers.migration.job_config.xml_text import root_tag, xml_text
from workers.migration.ledger_report import as_json, as_markdown

BOMB = "<!DOCTYPE p [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>\n<project>&b;</project>"
OUTSIDE = '<!DOCTYPE p SYSTEM "http://127.0.0.1:1/x.dtd">\n<project/>'
FILE = '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><project>&a;</project>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, FILE], ids=["bomb", "outside", "file"])
def test_a_document_type_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ParseError, match="document type") as refused:
        read_job(text, "shop")

    assert refused.value.line == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("<project>", 1),
        ("<project>\n<a></b></project>", 2),
        ("<project>&unknown;</project>", 1),
        ("<project>" + "<a>" * 300 + "</a>" * 300 + "</project>", 1),
        ("<hudson/>", 1),
        ("no XML at all", 1),
    ],
)
def test_what_is_no_job_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError) as refused:
        read_job(text, "shop")

    assert (refused.value.line, refused.value.column >= 1) == (line, True)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_declaration_that_jenkins_writes_is_understood(quote: str) -> None:
    text = f"<?xml version={quote}1.1{quote} encoding={quote}UTF-8{quote}?>\n<project/>"

    assert elements(xml_text(text)).span.line == 2


def test_another_encoding_is_that_of_the_declaration() -> None:
    text = "<?xml version='1.0' encoding='windows-1252'?><project><a>caf\u00e9 \u20ac</a></project>"

    root = elements(xml_text(text.encode("windows-1252")))

    assert root.said("a") == "caf\u00e9 \u20ac"


def test_an_encoding_that_is_no_encoding_is_not_looked_up() -> None:
    text = b"<?xml version='1.0' encoding='unicode_escape'?><project><a>\\x41</a></project>"

    assert elements(xml_text(text)).said("a") == "\\x41"


def test_what_only_xml_1_1_may_refer_to_becomes_a_mark_of_the_same_length() -> None:
    text = "<project><a>x&#27;[0m&#x1B;&#10;&#65;</a></project>"

    assert len(xml_text(text)) == len(text)
    assert elements(xml_text(text)).child("a").text.startswith("x\ufffd")  # type: ignore[union-attr]
    assert elements(xml_text(text)).said("a").endswith("\nA")


def test_places_count_characters_and_lines_of_any_kind() -> None:
    text = "<project>\r\n<a>\U0001f600</a><b/><c x='/>'/>\r<d>\u00e9</d></project>"

    found = {each.tag: each for each in elements(text).children}

    assert [found[tag].span.text(text) for tag in "abcd"] == [
        "<a>\U0001f600</a>",
        "<b/>",
        "<c x='/>'/>",
        "<d>\u00e9</d>",
    ]
    assert [(found[tag].span.line, found[tag].span.column) for tag in "abcd"] == [
        (2, 1),
        (2, 9),
        (2, 13),
        (3, 1),
    ]


def test_names_are_those_of_java() -> None:
    root = elements("<a><hudson.plugins.ws__cleanup.X_-Y/><scm class='hudson.scm.NullSCM'/></a>")

    assert [each.kind for each in root.children] == [
        "hudson.plugins.ws_cleanup.X$Y",
        "hudson.scm.NullSCM",
    ]


def test_a_secret_of_a_job_is_shown_nowhere(job: Any) -> None:
    made = job(
        "<project>\n<builders><hudson.tasks.Shell><command>make</command></hudson.tasks.Shell>"
        "<some.plugin.Odd><apiToken>hunter2</apiToken><user>me</user>"
        "<tokenId>shown</tokenId></some.plugin.Odd>\n"
        "</builders><authToken>hunter2</authToken><properties>"
        "<hudson.model.ParametersDefinitionProperty><parameterDefinitions>\n"
        "<hudson.model.PasswordParameterDefinition><name>KEY</name><defaultValue>hunter2"
        "</defaultValue></hudson.model.PasswordParameterDefinition></parameterDefinitions>"
        "</hudson.model.ParametersDefinitionProperty></properties></project>"
    )

    source = made.job.pipeline.source
    shown = made.text + as_markdown(made.ledger, source, "x") + as_json(made.ledger, source, "x")
    assert "hunter2" not in shown
    assert "<apiToken>*******</apiToken><user>me</user><tokenId>shown</tokenId>" in made.text


def test_the_root_is_found_behind_a_declaration_and_comments() -> None:
    assert root_tag(b"<?xml version='1.1'?>\n<!-- a <b> -->\n<matrix-project/>") == "matrix-project"
    assert root_tag(b"plain text") is None


@given(st.text(alphabet="<>/&;='\"a pro\nject!-[]?x\u00e9", max_size=60))
def test_whatever_it_is_it_is_a_job_or_refused(text: str) -> None:
    for each in (text, f"<project>{text}</project>", f"<flow-definition>{text}"):
        try:
            read_job(each, "shop")
        except Refused as refused:
            assert str(refused)


@given(st.integers(0, 700))
def test_a_file_that_was_cut_is_refused(length: int) -> None:
    whole: Any = "<project><builders>" + "<hudson.tasks.Shell/>" * 40 + "</builders></project>"
    with pytest.raises(ParseError):
        read_job(whole[: min(length, len(whole) - 1)], "shop")
