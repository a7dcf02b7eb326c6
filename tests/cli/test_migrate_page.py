"""What docs/migration.md shows is what the code makes now.

To write the page's results anew after a change that is meant, run the test with
FLOTILLA_WRITE_PAGE=1; then read the difference.
"""

import os
import re
from pathlib import Path

import pytest

from workers.migration.batch import Given, Migrated, Source, migrated
from workers.migration.ledger import Outcome
from workers.migration.ledger_report import as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
PAIR = re.compile(
    r"\n## (?P<title>\w+)\n\nBefore:\n\n```groovy\n(?P<before>.*?)```\n\n"
    r"After:\n\n```yaml\n(?P<after>.*?)```\n\n"
    r"Ledger:\n\n<!-- ledger -->\n(?P<ledger>.*?)<!-- end -->\n",
    re.S,
)
TITLES = ["Declarative", "Matrix", "Scripted"]


def pair(title: str) -> re.Match[str]:
    return next(
        found for found in PAIR.finditer(PAGE.read_text("utf-8")) if found["title"] == title
    )


def made(text: str) -> Migrated:
    result = migrated(Source("Jenkinsfile", "build", text.encode()), Given())
    assert isinstance(result, Migrated)
    return result


def ledger(result: Migrated) -> str:
    """The sums, the tasks and the table, without the headings of a whole report."""
    lines = as_markdown(result.ledger, result.text, result.path).splitlines()
    shown = [line for line in lines if not line.startswith("#")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(shown).strip("\n")) + "\n"


def test_the_page_shows_a_pair_of_each_kind() -> None:
    found = [found["title"] for found in PAIR.finditer(PAGE.read_text("utf-8"))]

    assert found == TITLES


@pytest.mark.parametrize("title", TITLES)
def test_a_pair_on_the_page_is_what_the_code_makes(title: str) -> None:
    shown = pair(title)
    result = made(shown["before"])
    if os.environ.get("FLOTILLA_WRITE_PAGE"):
        text = PAGE.read_text("utf-8")
        whole = shown.group().replace(
            f"```yaml\n{shown['after']}```", f"```yaml\n{result.workflow}```"
        )
        whole = whole.replace(
            f"<!-- ledger -->\n{shown['ledger']}<!-- end -->",
            f"<!-- ledger -->\n{ledger(result)}<!-- end -->",
        )
        PAGE.write_text(text.replace(shown.group(), whole), "utf-8")
        shown = pair(title)

    assert shown["after"] == result.workflow
    assert shown["ledger"] == ledger(result)


def test_the_pairs_are_of_the_kinds_that_their_titles_say() -> None:
    assert "matrix:" in pair("Matrix")["after"]
    assert "pipeline {" not in pair("Scripted")["before"]
    outcomes = {title: made(pair(title)["before"]).ledger.outcome() for title in TITLES}
    assert Outcome.UNSUPPORTED not in outcomes.values()
