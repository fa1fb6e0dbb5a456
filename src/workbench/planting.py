"""Choose a suggestion that is known to be wrong, to see whether a reviewer catches it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from review.annotations import Direction, Wrong
from review.blindness import is_drawn
from review.store.passages import PassageRow
from workbench.reading import Reading

# As sure as this the machine is of a direction whose opposite is planted.
_SURE = 0.85
# As unlikely as this it is that a passage speaks of any influence.
_UNLIKELY = 0.3
_OPPOSITE = {
    Direction.FACILITATOR: Direction.BARRIER,
    Direction.BARRIER: Direction.FACILITATOR,
}
_T = TypeVar("_T")


def choose_wrong(
    reading: Reading, themes: Sequence[str]
) -> tuple[PassageRow, str, Direction, Wrong] | None:
    """A passage with a theme that is not its own, or with a direction turned round.

    The theme is none of the three likeliest of a passage that hardly speaks of any influence, and
    nobody named it there; the direction is the opposite of one the machine is sure of. None where
    the report has neither.
    """
    wrong_theme, wrong_direction = _wrong_theme(reading, themes), _wrong_direction(reading)
    turned = is_drawn(0.5, "turned", reading.reviewer, reading.report.report_id)
    return (wrong_direction or wrong_theme) if turned else (wrong_theme or wrong_direction)


def _wrong_theme(
    reading: Reading, themes: Sequence[str]
) -> tuple[PassageRow, str, Direction, Wrong] | None:
    named = {(a.quote.start, a.theme) for a in reading.others}
    fitting = [
        (passage, theme)
        for passage in reading.passages
        if passage.relevance < _UNLIKELY and not passage.suggested
        for theme in themes
        if theme not in {s.theme for s in passage.themes}
        and (passage.quote.start, theme) not in named
    ]
    if not fitting:
        return None
    passage, theme = _draw(fitting, reading)
    direction = _draw([Direction.FACILITATOR, Direction.BARRIER], reading)
    return passage, theme, direction, Wrong.THEME


def _wrong_direction(reading: Reading) -> tuple[PassageRow, str, Direction, Wrong] | None:
    fitting = [
        (passage, scored)
        for passage in reading.passages
        if not reading.is_hidden(passage)
        for scored in passage.suggested
        if scored.direction_score >= _SURE and scored.direction in _OPPOSITE
    ]
    if not fitting:
        return None
    passage, scored = _draw(fitting, reading)
    return passage, scored.theme, _OPPOSITE[scored.direction], Wrong.DIRECTION


def _draw(of: Sequence[_T], reading: Reading) -> _T:
    """One of them, the same for the same reviewer and report."""
    named = f"{reading.reviewer}\x1f{reading.report.report_id}\x1f{len(of)}"
    digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).digest()
    return of[int.from_bytes(digest[:8], "big") % len(of)]
