"""Which study reports which influence, and in which direction: people's word and the machine's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from review.annotations import Annotation, AnnotationVerdict, Direction, PassageTags
from review.decisions import Quote
from review.places import is_same_place

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One passage of one study that speaks of one theme.

    ``score`` in [0, 1] is the machine's and None where a person said it: what a person verified
    and what the machine suggests are never the same finding.
    """

    study: int
    theme: str
    direction: Direction
    quote: Quote
    score: float | None = None

    @property
    def verified(self) -> bool:
        """Whether a person said so."""
        return self.score is None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What people's annotations come to: findings, and how many places they do not agree on."""

    findings: tuple[Finding, ...] = ()
    rejected: int = 0
    disputed: int = 0


@dataclass(frozen=True, kw_only=True)
class ThemeCount:
    """How many studies report one theme, by direction, and their share with a 95 % interval.

    ``share``, ``low`` and ``high`` are in [0, 1] and None where there is no study to count in.
    """

    theme: str
    facilitator: int
    barrier: int
    both: int
    unclear: int
    denominator: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def numerator(self) -> int:
        """Studies that report the theme in whatever direction."""
        return self.facilitator + self.barrier + self.both + self.unclear


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Studies by themes: either people's word or the machine's, never both in one.

    ``cells`` holds a direction for each (study, theme) that is reported; ``counts`` one row per
    theme of the codebook, in its order; ``studies`` is what is counted in.
    """

    verified: bool
    studies: tuple[int, ...] = ()
    cells: Mapping[tuple[int, str], Direction]
    counts: tuple[ThemeCount, ...] = ()

    def cell(self, study: int, theme: str) -> Direction | None:
        """The direction of a theme in a study, None where the study does not report it."""
        return self.cells.get((study, theme))


def settle_annotations(
    annotations: Iterable[Annotation], consensus: Iterable[Annotation] = ()
) -> Settled:
    """What people say of each place: one theme of one passage.

    A reviewer's later word replaces the earlier one. A place that one person accepts and another
    rejects is disputed and counts nowhere until it is settled. People who agree on the theme and
    not on the direction give ``unclear``. A ``consensus`` stands instead of everything that was
    said of its theme on words that overlap its own. Withdrawn annotations must already be left out.
    """
    settled = list(consensus)
    open_to_all = (a for a in annotations if not any(is_same_place(a, one) for one in settled))
    said: dict[tuple[int, str, int, int, str], dict[str, Annotation]] = {}
    for annotation in sorted(
        [*open_to_all, *settled], key=lambda a: (a.annotated_at, a.annotation_id)
    ):
        quote = annotation.quote
        place = (
            annotation.report_id,
            annotation.text_hash,
            quote.start,
            quote.end,
            annotation.theme,
        )
        said.setdefault(place, {})[annotation.reviewer] = annotation
    findings: list[Finding] = []
    rejected = disputed = 0
    for words in said.values():
        refusals = sum(a.verdict is AnnotationVerdict.REJECT for a in words.values())
        if refusals == len(words):
            rejected += 1
        elif refusals:
            disputed += 1
        else:
            findings.append(_agreed_finding(list(words.values())))
    return Settled(findings=tuple(findings), rejected=rejected, disputed=disputed)


def suggested_findings(
    tags: Mapping[int, Sequence[PassageTags]], annotations: Iterable[Annotation]
) -> tuple[Finding, ...]:
    """What the machine suggests and no person has answered, best score first within a study.

    ``tags`` are the passages of the current text per report. A suggestion is answered by any
    annotation of its theme that overlaps its passage: a person may have moved the edges.
    """
    answered: dict[tuple[int, str], list[Quote]] = {}
    for annotation in annotations:
        place = (annotation.report_id, annotation.theme)
        answered.setdefault(place, []).append(annotation.quote)
    open_suggestions = [
        Finding(
            study=study,
            theme=scored.theme,
            direction=scored.direction,
            quote=tagged.passage.quote,
            score=scored.score,
        )
        for study, passages in tags.items()
        for tagged in passages
        for scored in tagged.themes
        if scored.suggested
        and not any(
            _overlap(quote, tagged.passage.quote)
            for quote in answered.get((study, scored.theme), [])
        )
    ]
    return tuple(
        sorted(open_suggestions, key=lambda f: (f.study, -(f.score or 0), f.quote.start, f.theme))
    )


def build_matrix(
    findings: Iterable[Finding],
    *,
    studies: Collection[int],
    themes: Sequence[str],
    verified: bool,
) -> Matrix:
    """The matrix of the findings of one voice over the studies and themes named.

    ``studies`` is the denominator of every share: for people's word the included studies whose
    passages they have looked at, for the machine's the studies it has tagged. Findings of other
    studies or of themes the codebook no longer holds are left out. Raises ValueError where
    ``verified`` and a finding disagree: the two voices are never counted in one number.
    """
    rows = tuple(sorted(set(studies)))
    known_studies, known_themes = set(rows), set(themes)
    directions: dict[tuple[int, str], set[Direction]] = {}
    for finding in findings:
        if finding.verified is not verified:
            raise ValueError("a matrix holds what people verified or what is suggested, not both")
        if finding.study in known_studies and finding.theme in known_themes:
            directions.setdefault((finding.study, finding.theme), set()).add(finding.direction)
    cells = {place: join_directions(found) for place, found in sorted(directions.items())}
    counts = tuple(_count_theme(theme, cells, len(rows)) for theme in themes)
    return Matrix(verified=verified, studies=rows, cells=cells, counts=counts)


def join_directions(directions: Collection[Direction]) -> Direction:
    """The direction of a theme in a study, from those of its passages.

    Help in one passage and harm in another is ``both``; ``unclear`` gives way to a clear word.
    """
    clear = set(directions) - {Direction.UNCLEAR}
    if not clear:
        return Direction.UNCLEAR
    return clear.pop() if len(clear) == 1 else Direction.BOTH


def wilson_interval(numerator: int, denominator: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score method without continuity correction.

    Wilson, J Am Stat Assoc 1927;22:209-212; recommended for small counts by Newcombe, Stat Med
    1998;17:857-872. Raises ValueError unless 0 <= numerator <= denominator and denominator > 0.
    """
    interval = binomtest(numerator, denominator).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _agreed_finding(words: Sequence[Annotation]) -> Finding:
    directions = {annotation.direction for annotation in words}
    return Finding(
        study=words[0].report_id,
        theme=words[0].theme,
        direction=directions.pop() if len(directions) == 1 else Direction.UNCLEAR,
        quote=words[0].quote,
    )


def _overlap(one: Quote, other: Quote) -> bool:
    return one.start < other.end and other.start < one.end


def _count_theme(
    theme: str, cells: Mapping[tuple[int, str], Direction], denominator: int
) -> ThemeCount:
    found = [direction for (_, named), direction in cells.items() if named == theme]
    low, high = wilson_interval(len(found), denominator) if denominator else (None, None)
    return ThemeCount(
        theme=theme,
        facilitator=found.count(Direction.FACILITATOR),
        barrier=found.count(Direction.BARRIER),
        both=found.count(Direction.BOTH),
        unclear=found.count(Direction.UNCLEAR),
        denominator=denominator,
        share=len(found) / denominator if denominator else None,
        low=low,
        high=high,
    )
