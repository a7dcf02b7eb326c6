"""The ledger of loss: what it counts, and what it finds missing."""

import json

import pytest

from workers.migration.ledger import Entry, Outcome, Task, Verdict, by_hand, ordered, unaccounted
from workers.migration.ledger_report import as_json, as_markdown
from workers.migration.pipeline.nodes import Span
from workers.migration.pipeline.steps import If, Step
from workers.migration.pipeline.values import Literal

SOURCE = "if (x) { sh 'a|b' }\nfrob()\n"
OUTER = Span(0, 19, 1, 1, 1)
INNER = Span(9, 17, 1, 10, 1)
OTHER = Span(20, 26, 2, 1, 2)
STATEMENT = If(OUTER, Literal(Span(4, 5, 1, 5, 1), True), (Step(INNER, "sh"),))


def test_a_statement_without_an_entry_is_found_however_deep() -> None:
    ledger = ordered([Entry(OUTER, Verdict.KEPT)])

    assert unaccounted(STATEMENT, ledger) == (INNER,)
    assert unaccounted(STATEMENT, ordered([*ledger.entries, Entry(INNER, Verdict.DROPPED)])) == ()


def test_a_statement_counts_once_as_its_worst() -> None:
    entries = [Entry(INNER, Verdict.KEPT), Entry(INNER, Verdict.MANUAL, "do it")]

    ledger = ordered([*entries, *entries, Entry(OUTER, Verdict.CHANGED, "how")])

    assert ledger.counts() == {"kept": 0, "changed": 1, "dropped": 0, "manual": 1}
    assert [entry.span for entry in ledger.entries] == [OUTER, INNER, INNER]
    assert [entry.note for entry in by_hand(ledger)] == ["do it"]


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([], Outcome.SUCCESSFUL),
        ([Verdict.KEPT, Verdict.DROPPED], Outcome.SUCCESSFUL),
        ([Verdict.KEPT, Verdict.MANUAL], Outcome.PARTIAL),
        ([Verdict.MANUAL, Verdict.DROPPED], Outcome.UNSUPPORTED),
    ],
)
def test_the_outcome_is_that_of_an_audit(verdicts: list[Verdict], outcome: Outcome) -> None:
    spans = (OUTER, INNER, OTHER)

    ledger = ordered(Entry(span, each) for span, each in zip(spans, verdicts, strict=False))

    assert ledger.outcome() is outcome


def test_both_reports_say_the_same() -> None:
    entries = [Entry(INNER, Verdict.KEPT), Entry(OTHER, Verdict.MANUAL, "write <it> | by hand")]
    ledger = ordered(entries, [Task("secret", "TOKEN", "of the registry")])

    report = json.loads(as_json(ledger, SOURCE, "Jenkinsfile"))
    text = as_markdown(ledger, SOURCE, "Jenkinsfile")

    assert report["outcome"] == "partial"
    assert report["entries"][1] == {
        "line": 2,
        "column": 1,
        "end_line": 2,
        "verdict": "manual",
        "note": "write <it> | by hand",
        "source": "frob()",
    }
    assert "# Migration of Jenkinsfile: partial" in text
    assert "- [ ] secret `TOKEN`: of the registry" in text
    assert "- [ ] line 2: write &lt;it> \\| by hand" in text
    assert "| 1 | `sh 'a\\|b'` | kept |  |" in text
