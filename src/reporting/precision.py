"""Precision by recall, one small panel per theme, as an SVG that reads aloud and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reporting.text import printable

_COLUMNS = 3
_WIDTH, _HEIGHT = 230, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 40, 34
_HEAD, _FOOT = 44, 26
_STYLE = """
.pr{--pr-paper:#fff;--pr-ink:#14202b;--pr-line:#8794a1;--pr-curve:#0072b2;
background:var(--pr-paper);
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){.pr{--pr-paper:#12181f;--pr-ink:#e8edf2;
--pr-line:#5a6b7a;--pr-curve:#56b4e9}}
.pr text{font-size:11px;fill:var(--pr-ink)}
.pr .pr-head{font-size:15px;font-weight:600}
.pr .pr-name{font-weight:600}
.pr .pr-grid{stroke:var(--pr-line);stroke-width:.5;fill:none}
.pr .pr-chance{stroke:var(--pr-line);stroke-width:1.25;stroke-dasharray:1 4}
.pr polyline{fill:none;stroke:var(--pr-curve);stroke-width:2}
"""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The curve of one theme, points of (recall, precision) in [0, 1], and a line about it.

    ``base`` is the precision of passages drawn at random; a panel without points says so.
    """

    name: str
    told: str
    base: float
    points: Sequence[tuple[float, float]]


def draw_precision(title: str, panels: Sequence[Panel]) -> str:
    """Panels side by side as one ``<svg>`` element to stand in a file of its own.

    The dotted line of each is what passages drawn at random would give.
    """
    rows = -(-len(panels) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, _HEAD + rows * _HEIGHT + _FOOT
    title = printable(title)
    said = "; ".join(f"{panel.name}: {panel.told}" for panel in panels)
    drawn = [
        f'<g transform="translate({n % _COLUMNS * _WIDTH} {_HEAD + n // _COLUMNS * _HEIGHT})">'
        + "\n".join(_draw(panel))
        + "</g>"
        for n, panel in enumerate(panels)
    ]
    return (
        f'<svg class="pr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="pr-title pr-desc">\n'
        f'<title id="pr-title">Precision by recall: {escape(title)}</title>\n'
        f'<desc id="pr-desc">{escape(printable(said))}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<text class="pr-head" x="{_LEFT}" y="26">{escape(title)}</text>\n'
        + "\n".join(drawn)
        + f'\n<text x="{_LEFT}" y="{height - 8}">across: share of the passages of the theme found; '
        "up: share of those shown that bear it</text>\n</svg>\n"
    )


def _draw(panel: Panel) -> list[str]:
    parts = [
        f'<text class="pr-name" x="{_LEFT}" y="14">{escape(printable(panel.name))}</text>',
        f'<text x="{_LEFT}" y="30">{escape(printable(panel.told))}</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        x, y = _at(share, share)
        (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
        parts += [
            f'<path class="pr-grid" d="M{x} {y0}V{y1}M{x0} {y}H{x1}"/>',
            f'<text x="{x}" y="{y0 + 16}" text-anchor="middle">{share:.0%}</text>',
            f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{share:.0%}</text>',
        ]
    if not panel.points:
        return parts
    base = _at(0, panel.base)[1]
    points = " ".join(f"{x},{y}" for x, y in (_at(*point) for point in panel.points))
    return [
        *parts,
        f'<path class="pr-chance" d="M{_at(0, 0)[0]} {base}H{_at(1, 0)[0]}"/>',
        f'<polyline points="{points}"/>',
    ]


def _at(recall: float, precision: float) -> tuple[float, float]:
    """Where a point lies within its panel."""
    x = _LEFT + recall * (_WIDTH - _LEFT - _RIGHT)
    y = _HEIGHT - _BOTTOM - precision * (_HEIGHT - _TOP - _BOTTOM)
    return round(x, 1), round(y, 1)
