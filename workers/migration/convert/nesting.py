"""What is nested too deep to be converted, and where.

The converter follows a pipeline level by level, each in several calls. Python allows a thousand of
them, which is enough for ten times the levels that pipelines have.
"""

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.pipeline.nodes import Node, Span
from workers.migration.pipeline.walk import children

# As many as are converted whatever they are.
LEVELS = 50


def too_deep(root: Node) -> ParseError:
    """The refusal of a pipeline, with the first place below that many levels."""
    line, column = _place(root)
    return ParseError(
        f"nested too deep to be converted; at least {LEVELS} levels are, so split it up here",
        line,
        column,
    )


def _place(root: Node) -> tuple[int, int]:
    span: Span = root.span
    waiting = [(root, 0)]
    while waiting:
        node, level = waiting.pop()
        span = node.span
        if level > LEVELS:
            break
        below = sorted(children(node), key=lambda each: each.span.start, reverse=True)
        waiting += [(each, level + 1) for each in below]
    return span.line, span.column
