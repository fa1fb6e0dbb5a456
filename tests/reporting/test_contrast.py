"""Every text of the page and of the drawing stands out from its ground, by day and by night."""

import re
from pathlib import Path

import pytest

import reporting
from reporting.diagram import draw_flow
from reporting.prisma import PrismaCounts

PAGE = (Path(reporting.__file__).parent / "templates" / "edition.css").read_text(encoding="utf-8")
DRAWING = draw_flow(PrismaCounts())


def palettes(style):
    """The colours by day, and those by night, which replace some of them."""
    rules = re.findall(
        r"\{((?:--[\w-]+:#?[^;}]+;?\s*)+)", style.replace("color-scheme:light dark;", "")
    )
    found = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", rule)) for rule in rules]
    day, night = (colours for colours in found if len(colours) > 5)
    return {"day": day, "night": day | night}


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2.2, relative contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


# WCAG 2.2, 1.4.3: 4.5 for text.
@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize(
    ("style", "text", "ground"),
    [
        *((PAGE, text, "paper") for text in ("ink", "soft", "link")),
        *((PAGE, text, "paper") for text in ("help", "harm", "both", "unclear")),
        *((PAGE, "mark", ground) for ground in ("help", "harm", "both", "unclear")),
        (PAGE, "ink", "panel"),
        (PAGE, "brand-ink", "brand"),
        (PAGE, "warn-ink", "warn"),
        (PAGE, "link", "warn"),
        *((DRAWING, "pf-ink", ground) for ground in ("pf-fill", "pf-machine", "pf-end")),
        (DRAWING, "pf-stage-ink", "pf-stage"),
    ],
)
def test_text_has_the_contrast_that_aa_asks_for(style, scheme, text, ground):
    colours = palettes(style)[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


# WCAG 2.2, 1.4.11: 3 for the lines that carry meaning.
@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize(
    ("style", "line", "ground"),
    [
        (PAGE, "warn-line", "paper"),
        *((PAGE, line, "panel") for line in ("help", "harm", "both", "unclear")),
        *((DRAWING, line, "pf-paper") for line in ("pf-line", "pf-machine-line", "pf-end-line")),
    ],
)
def test_lines_that_carry_meaning_stand_out(style, scheme, line, ground):
    colours = palettes(style)[scheme]
    assert contrast(colours[line], colours[ground]) >= 3


def test_the_measure_gives_the_known_ends_of_its_scale():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)
