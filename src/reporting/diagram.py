"""The PRISMA flow of a living review as an SVG that reads aloud, prints, and works in the dark."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reporting.flow import FlowBox, describe_flow, flow_boxes
from reporting.prisma import PrismaCounts
from reporting.text import printable

_WIDTH = 888
_MAIN_X, _MAIN_WIDTH = 56, 328
_SIDE_X, _SIDE_WIDTH = 428, 452
_STAGE_X, _STAGE_WIDTH = 8, 28
_MARGIN = 8
_PADDING = 12
_LINE = 20
_FONT = 14
_ROW_GAP = 34
_SIDE_GAP = 12
_INDENT = 14
# The least height of a row whose stage has no other: its name is written upwards beside it.
_LEAST = {"Identification": 120, "Included": 84}
# Widths in em by class of letter, as of Helvetica, widened by a tenth because the system font of a
# reader's machine may be wider (DejaVu Sans is the widest of the common ones).
_NARROW, _WIDE = frozenset("fijlrtI.,:;'|!()[]- "), frozenset("mwMWOQ%@&")
_WIDER = 1.1

_STYLE = """
.pf{--pf-paper:#fff;--pf-ink:#14202b;--pf-line:#5a6b7a;--pf-fill:#f4f7fa;--pf-machine:#fdf6e3;
--pf-machine-line:#8a5a00;--pf-end:#e6f2ee;--pf-end-line:#0b6b52;--pf-stage:#12486b;
--pf-stage-ink:#fff;background:var(--pf-paper);
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){.pf{--pf-paper:#12181f;--pf-ink:#e8edf2;
--pf-line:#93a4b3;--pf-fill:#1c2530;--pf-machine:#2e2612;--pf-machine-line:#e0b050;
--pf-end:#12302a;--pf-end-line:#5cc9a7;--pf-stage:#235377;--pf-stage-ink:#fff}}
.pf text{font-size:14px;fill:var(--pf-ink)}
.pf .pf-head{font-weight:600}
.pf rect{fill:var(--pf-fill);stroke:var(--pf-line);stroke-width:1.25}
.pf .pf-machine{fill:var(--pf-machine);stroke:var(--pf-machine-line);stroke-width:1.75;
stroke-dasharray:6 4}
.pf .pf-end{fill:var(--pf-end);stroke:var(--pf-end-line);stroke-width:2}
.pf .pf-stage{fill:var(--pf-stage);stroke:none}
.pf .pf-stage-name{fill:var(--pf-stage-ink);font-weight:600;text-anchor:middle}
.pf path{fill:none;stroke:var(--pf-line);stroke-width:1.5}
.pf marker path{fill:var(--pf-line);stroke:none}
"""


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A box of the main column with those beside it."""

    main: FlowBox
    sides: tuple[FlowBox, ...]


def draw_flow(
    counts: PrismaCounts,
    *,
    reason_texts: Mapping[str, str] | None = None,
    source_names: Mapping[str, str] | None = None,
) -> str:
    """The flow as one ``<svg>`` element, to stand in a page or in a file of its own.

    ``reason_texts`` and ``source_names`` give the words for exclusion reasons and sources; a key
    without words is shown as it is. What the machine did is outlined in dashes. Boxes are as high
    as their text, which is estimated, not measured: no font is loaded.
    """
    rows = _rows(
        flow_boxes(counts, reason_texts=reason_texts or {}, source_names=source_names or {})
    )
    tops, y = [], _MARGIN
    for row in rows:
        tops.append(y)
        y += _row_height(row) + _ROW_GAP
    height = y - _ROW_GAP + _MARGIN
    parts = [
        *_draw_stages(rows, tops),
        *(part for row, top in zip(rows, tops, strict=True) for part in _draw_row(row, top)),
        *_draw_descent(rows, tops),
    ]
    return (
        f'<svg class="pf" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="pf-title pf-desc">\n'
        f'<title id="pf-title">PRISMA 2020 flow of records and reports</title>\n'
        f'<desc id="pf-desc">{escape(describe_flow(counts))}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="pf-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z"/></marker></defs>\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _rows(boxes: Iterable[FlowBox]) -> tuple[_Row, ...]:
    rows: list[_Row] = []
    for box in boxes:
        if box.beside:
            rows[-1] = _Row(main=rows[-1].main, sides=(*rows[-1].sides, box))
        else:
            rows.append(_Row(main=box, sides=()))
    return tuple(rows)


def _n(words: str, number: int) -> str:
    return f"{words} (n\u00a0=\u00a0{number:,})"


def _wrap(box: FlowBox) -> list[tuple[str, str]]:
    """(class, line) per line of the box's text."""
    inner = (_width(box) - 2 * _PADDING) / _FONT
    # Bold letters are wider by an eighth.
    wrapped = [("pf-head", line) for line in _break(_n(box.words, box.number), inner * 8 / 9)]
    lines = [box.note] if box.note else []
    for words in [*lines, *(_n(part, n) for part, n in box.parts)]:
        wrapped += [("pf-line", line) for line in _break(words, inner - _INDENT / _FONT)]
    return wrapped


def _break(words: str, ems: float) -> Iterable[str]:
    """Lines of at most ``ems``; a word longer than a line is cut, for no box lets text out."""
    line = ""
    for word in printable(words).split(" "):
        for piece in _cut(word, ems):
            joined = f"{line} {piece}".strip()
            if line and _ems(joined) > ems:
                yield line
                line = piece
            else:
                line = joined
    yield line


def _cut(word: str, ems: float) -> Iterable[str]:
    piece = ""
    for letter in word:
        if piece and _ems(piece + letter) > ems:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _ems(text: str) -> float:
    return sum(map(_em, text)) * _WIDER


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return 1.0
    if letter in _NARROW or letter == "\u00a0":
        return 0.31
    if letter in _WIDE:
        return 0.85
    return 0.68 if letter.isupper() else 0.55


def _width(box: FlowBox) -> int:
    return _SIDE_WIDTH if box.beside else _MAIN_WIDTH


def _height(box: FlowBox) -> int:
    return len(_wrap(box)) * _LINE + 2 * _PADDING - 4


def _row_height(row: _Row) -> int:
    sides = sum(_height(side) + _SIDE_GAP for side in row.sides) - _SIDE_GAP
    return max(_height(row.main), sides, _LEAST.get(row.main.stage, 0))


def _draw_row(row: _Row, top: int) -> Iterable[str]:
    yield from _draw_box(row.main, _MAIN_X, top)
    bus = (_MAIN_X + _MAIN_WIDTH + _SIDE_X) // 2
    y = top
    for number, side in enumerate(row.sides):
        from_y = top + min(_height(row.main), _height(row.sides[0])) // 2
        to_y = y + _height(side) // 2 if number else from_y
        yield (
            f'<path d="M{_MAIN_X + _MAIN_WIDTH} {from_y}H{bus}V{to_y}H{_SIDE_X}" '
            'marker-end="url(#pf-arrow)"/>'
        )
        yield from _draw_box(side, _SIDE_X, y)
        y += _height(side) + _SIDE_GAP


def _draw_box(box: FlowBox, x: int, y: int) -> Iterable[str]:
    kind = "pf-machine" if box.machine else "pf-end" if box.final else "pf-people"
    yield (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{_width(box)}" '
        f'height="{_height(box)}" rx="3"/>'
    )
    for number, (style, line) in enumerate(_wrap(box)):
        left = x + _PADDING + (_INDENT if style == "pf-line" else 0)
        baseline = y + _PADDING + 12 + number * _LINE
        yield f'<text class="{style}" x="{left}" y="{baseline}">{escape(line)}</text>'


def _draw_descent(rows: tuple[_Row, ...], tops: list[int]) -> Iterable[str]:
    x = _MAIN_X + _MAIN_WIDTH // 2
    for row, top, below in zip(rows, tops, tops[1:], strict=False):
        bottom = top + _height(row.main)
        yield f'<path d="M{x} {bottom}V{below}" marker-end="url(#pf-arrow)"/>'


def _draw_stages(rows: tuple[_Row, ...], tops: list[int]) -> Iterable[str]:
    for stage in dict.fromkeys(row.main.stage for row in rows):
        its = [n for n, row in enumerate(rows) if row.main.stage == stage]
        top, last = tops[its[0]], its[-1]
        bottom = tops[last] + _row_height(rows[last])
        middle = (top + bottom) // 2
        x = _STAGE_X + _STAGE_WIDTH // 2
        yield (
            f'<rect class="pf-stage" x="{_STAGE_X}" y="{top}" width="{_STAGE_WIDTH}" '
            f'height="{bottom - top}" rx="3"/>'
        )
        yield (
            f'<text class="pf-stage-name" transform="translate({x + 5} {middle}) rotate(-90)">'
            f"{stage}</text>"
        )
