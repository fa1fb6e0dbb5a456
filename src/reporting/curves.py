"""Recall curves as an SVG that reads aloud, prints, and works in the dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from reporting.text import printable

Curve = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 44, 60
_ROW = 20
# Told apart by dashes as well as by colour (Okabe and Ito, safe for colour-blind readers).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00")
_DASHES = ("none", "8 4", "2 3", "10 3 2 3", "5 2")
_STYLE = """
.rc{--rc-paper:#fff;--rc-ink:#14202b;--rc-line:#8794a1;background:var(--rc-paper);
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){.rc{--rc-paper:#12181f;--rc-ink:#e8edf2;
--rc-line:#5a6b7a}}
.rc text{font-size:13px;fill:var(--rc-ink)}
.rc .rc-head{font-size:15px;font-weight:600}
.rc .rc-grid{stroke:var(--rc-line);stroke-width:.5}
.rc .rc-chance{stroke:var(--rc-line);stroke-width:1.25;stroke-dasharray:1 4}
.rc polyline{fill:none;stroke-width:2}
"""


def draw_recall(title: str, curves: Mapping[str, Sequence[Curve]]) -> str:
    """Recall against the share screened, as one ``<svg>`` element to stand in a file of its own.

    ``curves`` holds for each name its curves, one a seed, as (share screened, recall) from (0, 0)
    to (1, 1); the dotted line is an order drawn at random.
    """
    title = printable(title)
    height = _HEIGHT + _ROW * len(curves)
    said = "; ".join(f"{name}, {len(runs)} curves" for name, runs in curves.items())
    parts = [*_frame(), *_draw(curves), *_legend(list(curves))]
    return (
        f'<svg class="rc" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="rc-title rc-desc">\n'
        f'<title id="rc-title">Recall by share screened: {escape(title)}</title>\n'
        f'<desc id="rc-desc">{escape(printable(said))}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<text class="rc-head" x="{_LEFT}" y="26">{escape(title)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _frame() -> list[str]:
    """Grid, axes with their percentages and names, and the line of a random order."""
    parts: list[str] = []
    for tenth in range(0, 11, 2):
        x, y = _at(tenth / 10, 0)
        _, at = _at(0, tenth / 10)
        parts += [
            f'<path class="rc-grid" d="M{x} {_TOP}V{y}M{_LEFT} {at}H{_WIDTH - _RIGHT}"/>',
            f'<text x="{x}" y="{y + 18}" text-anchor="middle">{tenth * 10}\u202f%</text>',
            f'<text x="{_LEFT - 8}" y="{at + 4}" text-anchor="end">{tenth * 10}\u202f%</text>',
        ]
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    return [
        *parts,
        f'<path class="rc-chance" d="M{x0} {y0}L{x1} {y1}"/>',
        f'<text x="{(x0 + x1) / 2}" y="{y0 + 40}" text-anchor="middle">records screened</text>',
        f'<text x="18" y="{(y0 + y1) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 18 {(y0 + y1) / 2})">relevant records found</text>',
    ]


def _draw(curves: Mapping[str, Sequence[Curve]]) -> list[str]:
    return [
        f'<polyline stroke="{_COLOURS[n % 5]}" stroke-dasharray="{_DASHES[n % 5]}" '
        f'points="{_points(curve)}"/>'
        for n, runs in enumerate(curves.values())
        for curve in runs
    ]


def _points(curve: Curve) -> str:
    """The curve as steps: recall rises where a relevant record is found, not before."""
    points, height = [], 0.0
    for share, recall in curve:
        points += [_at(share, height), _at(share, recall)]
        height = recall
    return " ".join(f"{x},{y}" for x, y in points)


def _legend(names: Sequence[str]) -> list[str]:
    parts: list[str] = []
    for n, name in enumerate(names):
        y = _HEIGHT + _ROW * n
        parts += [
            f'<polyline stroke="{_COLOURS[n % 5]}" stroke-dasharray="{_DASHES[n % 5]}" '
            f'points="{_LEFT},{y} {_LEFT + 48},{y}"/>',
            f'<text x="{_LEFT + 58}" y="{y + 4}">{escape(printable(name))}</text>',
        ]
    return parts


def _at(share: float, recall: float) -> tuple[float, float]:
    """Where a share and a recall lie in the drawing."""
    x = _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
    y = _HEIGHT - _BOTTOM - recall * (_HEIGHT - _TOP - _BOTTOM)
    return round(x, 1), round(y, 1)
