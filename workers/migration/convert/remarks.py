"""Comments of the source, each with the statement that it stands above or behind."""

from bisect import bisect_left
from collections import defaultdict

from workers.migration.pipeline.nodes import Node
from workers.migration.pipeline.pipeline import Pipeline


class Remarks:
    """Finds the comments of a statement."""

    def __init__(self, pipeline: Pipeline) -> None:
        spans = [each.span for each in pipeline.statements]
        starts = sorted({span.start for span in spans})
        lines = {span.line: span.start for span in reversed(spans)}
        self._by_start: dict[int, list[str]] = defaultdict(list)
        for comment in pipeline.comments:
            at = lines.get(comment.span.line) if comment.trailing else None
            if at is None:
                place = bisect_left(starts, comment.span.end)
                if place == len(starts):
                    continue
                at = starts[place]
            self._by_start[at].append(comment.text.strip())

    def of(self, node: Node) -> tuple[str, ...]:
        """The lines of the comments that belong to a statement."""
        found = self._by_start.get(node.span.start, ())
        return tuple(line for text in found for line in text.splitlines() if line.strip())
