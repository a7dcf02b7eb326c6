"""What comes from outside is shown in the report, and does nothing there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from schemas.workflow import WorkflowFailed
from workers.bundle import Manifest, Repair
from workers.notifier.compose import compose
from workers.notifier.escaping import block, code, table, text
from workers.notifier.markdown import markdown
from workers.workflow import WorkflowState

MARKDOWN = MarkdownIt("commonmark").enable("table")

HOSTILE = [
    "<script>alert(1)</script>",
    "a | b || c \\| d \\\\| e",
    "`` ` ``` ```` |",
    "```\n# heading\n```",
    "~~~\n# heading",
    "\n\n# heading\n\n- list\n\n> quote",
    "[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "&lt;b&gt; &#60;i&#62; **bold** _em_ ~~gone~~ \\",
    "\x1b[2J\r\u2028# heading\u202e\x00",
    "1. item\n---\n| a |\n| --- |",
    "    indented\n\ttab",
    "",
    "`" * 10_000,
]
WORDS = st.text(alphabet=st.sampled_from("`|\\<>&#*_[]()!~-\n\r\t ab1.\u2028"), max_size=40)
ACTIVE = {"html_block", "html_inline", "link_open", "image", "blockquote_open", "hr"}


def tokens(source: str) -> list[Any]:
    """The document's tokens, those inside lines too."""
    return [t for token in MARKDOWN.parse(source) for t in (token, *(token.children or ()))]


def shown(source: str) -> str:
    return "".join(t.content for t in tokens(source) if t.type in ("text", "code_inline"))


@given(WORDS)
def test_prose_is_shown_as_it_is_and_does_nothing(words: str) -> None:
    source = f"Word: {text(words)}"
    assert {t.type for t in tokens(source)} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }
    assert MARKDOWN.render(source).count("<") == 2


@given(WORDS)
def test_code_on_a_line_is_shown_as_it_is(words: str) -> None:
    plain = " ".join(words.replace("\u2028", " ").split())
    found = [t for t in tokens(f"Word: {code(words)}") if t.type == "code_inline"]
    assert [t.content for t in found] == ([] if not plain or "|" in plain else [plain])


@given(WORDS)
def test_a_block_holds_everything_inside_its_fence(words: str) -> None:
    found = MARKDOWN.parse(f"before\n\n{block(words, 'diff')}\n\nafter")
    assert [t.type for t in found if t.type != "inline"] == [
        "paragraph_open",
        "paragraph_close",
        "fence",
        "paragraph_open",
        "paragraph_close",
    ]


@given(st.lists(st.tuples(WORDS, WORDS), max_size=4))
def test_a_table_has_the_rows_and_cells_that_it_was_given(rows: list[tuple[str, str]]) -> None:
    source = table(("a", "b"), [(text(one), code(other)) for one, other in rows])
    found = tokens(source)
    assert [t.type for t in found].count("tr_open") == len(rows) + 1
    assert [t.type for t in found].count("td_open") == 2 * len(rows)
    assert found[-1].type == "table_close"


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_add_nothing_to_a_report(delivered: WorkflowState, words: str) -> None:
    def source(said: str) -> str:
        task = delivered.tasks[1]
        plan = task.plan.model_copy(update={"title": said})
        evidence = {
            **task.evidence,
            "violations": [{"severity": "low", "rule": said, "message": said, "path": said}],
            "proposals": [{"kind": "assisted", "rule": said, "advice": said, "patch": said}],
            "failed_rounds": [{"iteration": 1, "reason": said, "summary": {"passed": 0}}],
        }
        task = task.model_copy(
            update={"plan": plan, "evidence": evidence, "feedback": said, "reason": said}
        )
        state = delivered.model_copy(
            update={"tasks": (task, *delivered.tasks[2:]), "request": said, "notes": (said,)}
        )
        event = WorkflowFailed(
            workflow_id="wf-1", reason=said, requested_by=said[:200], missing=(said,), example=said
        )
        repair = Repair(rule=said, severity=said, message=said, path=said, diff=said, revision=2)
        manifest = Manifest(service_name="user-service", part="service", repairs=(repair,))
        return markdown(compose(event, state, {task.artifact or "": manifest}))

    expected = [t.type for t in MARKDOWN.parse(source("harmless")) if t.type != "inline"]
    found = tokens(source(words or "harmless"))
    assert not ACTIVE & {t.type for t in found}
    assert [t.type for t in found if t.block and t.type != "inline"] == expected


def test_a_change_that_mends_several_places_is_shown_once(delivered: WorkflowState) -> None:
    repair = Repair(rule="r", severity="high", message="m", path="p", diff="+ mended", revision=2)
    manifest = Manifest(service_name="user-service", part="service", repairs=(repair, repair))
    event = WorkflowFailed(workflow_id="wf-1", reason="no", requested_by="me")
    first = delivered.tasks[0].artifact or ""
    report = compose(event, delivered, {first: manifest})
    assert report.violations_repaired == 2
    source = markdown(report)
    assert source.count("+ mended") == 1
    assert "revision 2 (2 places): m" in source
