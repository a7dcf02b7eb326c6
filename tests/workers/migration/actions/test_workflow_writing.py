"""A tree of values as YAML: read back as it was meant, the same bytes each time."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from workers.migration.actions.writing import Commented, Tree, written

SCALARS = st.text(max_size=12) | st.integers() | st.booleans()
KEYS = st.text(min_size=1, max_size=8).filter(lambda key: key != "on")
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_a_tree_is_read_back(tree: dict[str, Any]) -> None:
    text = written(tree)

    assert (yaml.safe_load(text) or {}) == tree
    assert written(tree) == text


def test_comments_stand_above_and_behind() -> None:
    tree: dict[str, Tree] = {
        "jobs": {
            "build": Commented({"steps": [Commented({"run": "make"}, ("Builds.",))]}, ("One.",)),
            "test": {"uses": Commented("a/b@c", (), "v1")},
        }
    }

    assert written(tree, above=("Made from Jenkinsfile.",), apart=("jobs",)) == (
        "# Made from Jenkinsfile.\n"
        "jobs:\n"
        "  # One.\n"
        "  build:\n"
        "    steps:\n"
        "      # Builds.\n"
        "      - run: make\n"
        "\n"
        "  test:\n"
        "    uses: a/b@c  # v1\n"
    )


def test_a_script_is_a_literal_block_and_never_wrapped() -> None:
    script = "set -e\n" + "x" * 500 + "\n  indented: yes # kept\n"

    text = written({"steps": [{"run": script}]})

    assert "- run: |\n" in text
    assert "x" * 500 in text.split() and yaml.safe_load(text) == {"steps": [{"run": script}]}


@given(st.text(max_size=60))
def test_no_comment_ends_early(comment: str) -> None:
    text = written({"a": Commented("b", (comment,), comment)}, above=(comment,))

    assert yaml.safe_load(text) == {"a": "b"}
