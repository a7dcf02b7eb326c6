"""Lines over a common axis as an SVG, one panel below another. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH = 860
_LEFT, _RIGHT = 70, 620
_TOP, _PANEL, _PLOT = 50, 260, 190
_GRID = 4
# So many points are worth a dot each.
_FEW = 20
_COLORS = ("#0b6e4f", "#c05621", "#2b6cb0", "#805ad5", "#b7791f", "#4a5568", "#c53030", "#319795")
_INK, _FAINT = "#1f2933", "#d9dfe5"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, whose name stands beside the panel."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves over one axis. The scale of values begins at 0."""

    title: str
    axis: str
    lines: Sequence[Line]


def svg(panels: Sequence[Panel], title: str) -> str:
    """The chart. Each panel has its own scale."""
    height = _TOP + _PANEL * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="{_INK}" role="img"'
        f' aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="20" y="32" font-size="17" font-weight="600">{escape(title)}</text>',
    ]
    for place, panel in enumerate(panels):
        parts += _panel(panel, _TOP + _PANEL * place)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, top: int) -> Iterator[str]:
    points = [point for line in panel.lines for point in line.points]
    if not points:
        return
    high = max(1e-9, *(y for _, y in points))
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    floor = top + 34 + _PLOT

    def at(point: Point) -> Point:
        x, y = point
        return (
            _LEFT + (_RIGHT - _LEFT) * (x - left) / max(right - left, 1e-9),
            floor - _PLOT * y / high,
        )

    yield f'<text x="20" y="{top + 20}" font-weight="600">{escape(panel.title)}</text>'
    yield from _grid(high, floor)
    for x in (left, right):
        across, _ = at((x, 0))
        yield f'<text x="{across:.0f}" y="{floor + 18}" text-anchor="middle">{x:.3g}</text>'
    middle = (_LEFT + _RIGHT) // 2
    yield f'<text x="{middle}" y="{floor + 18}" text-anchor="middle">{escape(panel.axis)}</text>'
    for place, line in enumerate(panel.lines):
        color = _COLORS[place % len(_COLORS)]
        yield from _curve([at(point) for point in line.points], color)
        y = top + 48 + 20 * place
        yield f'<text x="{_RIGHT + 16}" y="{y}" fill="{color}">{escape(line.name)}</text>'


def _curve(points: Sequence[Point], color: str) -> Iterator[str]:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{drawn}" fill="none" stroke="{color}" stroke-width="2"/>'
    for x, y in points if len(points) <= _FEW else ():
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>'


def _grid(high: float, floor: int) -> Iterator[str]:
    for step in range(_GRID + 1):
        value = high * step / _GRID
        y = floor - _PLOT * step / _GRID
        yield f'<path d="M{_LEFT} {y:.0f}H{_RIGHT}" stroke="{_FAINT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{_label(value)}</text>'


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
