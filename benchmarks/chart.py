"""Messages a second as an SVG of bars, one panel a scenario. Pure."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from benchmarks.table import Row, by_scenario

_WIDTH = 860
_LABELS = 300
_BARS = 440
_ROW = 24
_HEAD = 44
_OURS = "#0b6e4f"
_THEIRS = "#9aa5b1"
_INK = "#1f2933"


def svg(rows: Sequence[Row], title: str) -> str:
    """The chart. Each panel has its own scale."""
    panels = by_scenario(rows)
    height = 50 + sum(_HEAD + _ROW * len(each) for each in panels.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="{_INK}" role="img"'
        f' aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="20" y="32" font-size="17" font-weight="600">{escape(title)}</text>',
    ]
    top = 50
    for scenario, each in panels.items():
        parts += _panel(scenario.title, each, top)
        top += _HEAD + _ROW * len(each)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(title: str, rows: Sequence[Row], top: int) -> Iterator[str]:
    yield f'<text x="20" y="{top + 26}" font-weight="600">{escape(title)}</text>'
    longest = max(row.median.rate for row in rows)
    for place, row in enumerate(rows):
        y = top + _HEAD + place * _ROW
        width = max(1.0, _BARS * row.median.rate / longest)
        color = _OURS if row.peer.name.startswith("flotilla") else _THEIRS
        bound = "*" if row.median.server_bound else ""
        yield f'<text x="{_LABELS - 8}" y="{y}" text-anchor="end">{escape(row.peer.title)}</text>'
        yield f'<rect x="{_LABELS}" y="{y - 13}" width="{width:.0f}" height="17" fill="{color}"/>'
        yield f'<text x="{_LABELS + width + 6:.0f}" y="{y}">{row.median.rate:,.0f}{bound}</text>'
