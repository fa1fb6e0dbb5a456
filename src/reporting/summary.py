"""An edition in a few lines of Markdown: for a log, a terminal or a run's page."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.edition import EditionData
from reporting.prisma import BOX_TEXT, Box


def summarise_edition(edition: EditionData) -> str:
    """The counts per box of the flow, per criterion and per theme, as Markdown tables."""
    counts = edition.counts
    boxes = [
        ("records identified", counts.records_identified),
        ("duplicate records removed", counts.duplicates_removed),
        ("reports to screen", counts.reports),
        *((BOX_TEXT[box], counts.in_box(box)) for box in Box if counts.in_box(box)),
    ]
    beside = [
        ("changed since people decided on them", counts.reopened),
        ("included, and retracted or under concern", len(edition.questioned_included)),
        ("studies that the included reports are of", counts.studies),
    ]
    criteria = [(a.criterion, a.met, a.not_met, a.unclear) for a in edition.answers]
    names = {theme.key: theme.name for theme in edition.codebook.themes}
    themes = [
        (names[s.theme], s.numerator, s.facilitator, s.barrier, s.both, s.unclear, v.numerator)
        for s, v in zip(edition.suggested.counts, edition.verified.counts, strict=True)
    ]
    return "\n\n".join(
        [
            f"# Edition {edition.number}",
            _table(("Box of the flow", "Number"), boxes),
            _table(("Beside the flow", "Number"), beside),
            _table(("Criterion", "Met", "Not met", "Unclear"), criteria),
            "Themes, in studies the machine suggests them for; verified by people in the last "
            "column.",
            _table(
                (
                    *("Influence", "Suggested", "Facilitator", "Barrier", "Both", "Unclear"),
                    "Verified",
                ),
                themes,
            ),
        ]
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str | int, ...]]) -> str:
    """Words to the left, numbers to the right, padded so that it reads well as plain text too."""
    cells = [head, *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        for row in cells
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in [padded[0], rule, *padded[1:]])
