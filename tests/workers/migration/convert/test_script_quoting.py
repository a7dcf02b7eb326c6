"""Where in a shell script a value is put in decides how."""

import pytest

from workers.migration.convert.scope import Ref, Scope, Unknown
from workers.migration.convert.scripts import script

BRANCH = Ref("BRANCH_NAME", "github.ref_name")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("echo ", "", "echo ${BRANCH_NAME}"),
        ('echo "', '"', 'echo "${BRANCH_NAME}"'),
        ("echo 'a ", "'", "echo 'a '\"${BRANCH_NAME}\"''"),
        ("echo \"it's ", '"', 'echo "it\'s ${BRANCH_NAME}"'),
        ("# don't\necho ", "", "# don't\necho ${BRANCH_NAME}\n"),
        ("echo \\'", "", "echo \\'${BRANCH_NAME}"),
        ("cat <<EOF\nit's\nEOF\necho ", "", "cat <<EOF\nit's\nEOF\necho ${BRANCH_NAME}\n"),
        ("cat <<'EOF'\nit's\nEOF\necho ", "", "cat <<'EOF'\nit's\nEOF\necho ${BRANCH_NAME}\n"),
    ],
)
def test_a_value_is_put_in_as_its_quotes_ask(before: str, after: str, expected: str) -> None:
    made = script((before, BRANCH, after), Scope(), "sh")

    assert made.text == expected
    assert made.env == {"BRANCH_NAME": "${{ github.ref_name }}"}


def test_what_nobody_knows_stops_the_script() -> None:
    made = script(("deploy ", Unknown("pom.version")), Scope(), "sh")

    assert made.text == "deploy ${POM_VERSION:?not converted}"
    assert made.missing == (("POM_VERSION", "pom.version"),)


def test_an_expression_in_the_source_stays_text() -> None:
    assert script(("echo '${{ x }}'",), Scope(), "sh").text == "echo '${{ '${{' }} x }}'"


def test_what_jenkins_would_have_set_is_given() -> None:
    made = script(("echo $BUILD_NUMBER; TAG_NAME=1; echo $TAG_NAME",), Scope(), "sh")

    assert made.env == {"BUILD_NUMBER": "${{ github.run_number }}"}


@pytest.mark.parametrize(
    ("first", "shell"),
    [
        ("#!/bin/bash", "bash {0}"),
        ("#!/bin/bash -xe", "bash -xe {0}"),
        ("#!/usr/bin/env python3", "python3 {0}"),
        ("set -x", None),
    ],
)
def test_the_first_line_chooses_the_shell(first: str, shell: str | None) -> None:
    made = script((f"\n  {first}\n  if true; then\n    true\n  fi\n",), Scope(), "sh")

    assert made.shell == shell
    assert made.text == f"{first}\nif true; then\n  true\nfi\n"
