"""A flame graph as an SVG without scripts: as wide as it took, callers below. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.folded import Call, layer

_WIDTH, _ROW, _HEAD = 1200, 17, 44
_LETTER = 6.6
# Narrower ones are left out: nobody could read them, and they would make the picture large.
_SHARE = 0.003
_DEEPEST = 60
_COLORS = {
    "decode, validate, encode": "#f6ad55",
    "publish": "#68d391",
    "ledger": "#4fd1c5",
    "queue": "#63b3ed",
    "log": "#f687b3",
    "trace and metrics": "#b794f4",
    "transport": "#fc8181",
    "event loop": "#cbd5e0",
    "the runtime's own loop": "#90cdf4",
    "handler and meter": "#faf089",
}
_OTHER = "#e2e8f0"


@dataclass(frozen=True, slots=True)
class _Box:
    name: str
    left: float
    width: float
    depth: int
    color: str


def svg(root: Call, title: str) -> str:
    """The picture. A box's tooltip has its share."""
    boxes = list(_boxes(root, (), 0.0, 1.0))
    height = _HEAD + _ROW * (1 + max((box.depth for box in boxes), default=0)) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="ui-monospace, monospace" font-size="11" fill="#1f2933" role="img"'
        f' aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="600">{escape(title)}</text>',
        *(_drawn(box, height) for box in boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(call: Call, above: tuple[str, ...], left: float, width: float) -> Iterator[_Box]:
    if len(above) > _DEEPEST:
        return
    for name, below in sorted(call.calls.items()):
        share = width * below.samples / max(call.samples, 1)
        if share >= _SHARE:
            stack = (*above, name)
            yield _Box(name, left, share, len(above), _COLORS.get(layer(stack), _OTHER))
            yield from _boxes(below, stack, left, share)
        left += share


def _drawn(box: _Box, height: int) -> str:
    x, width = box.left * _WIDTH, box.width * _WIDTH
    y = height - _ROW * (box.depth + 1) - 6
    letters = int((width - 6) / _LETTER)
    shown = box.name if len(box.name) <= letters else box.name.partition(" ")[0]
    text = shown if 2 < len(shown) <= letters else ""
    label = f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(text)}</text>' if text else ""
    return (
        f"<g><title>{escape(box.name)}: {box.width:.1%}</title>"
        f'<rect x="{x:.1f}" y="{y}" width="{max(width - 0.5, 0.5):.1f}" height="{_ROW - 1}"'
        f' fill="{box.color}"/>{label}</g>'
    )
