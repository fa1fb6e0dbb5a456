"""How well judgements agree with people: recall of includes, criteria, quotes, calibration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from review.decisions import Answer, Quote, Verdict
from review.protocol import Protocol
from review.records import join_text
from review.sentences import split_sentences
from screening.assess import Finding, Judgement
from screening.features import Scores
from screening.labelled import LabelledReport

_BINS = 10


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Answers to one criterion against labels, "met" against "yes".

    ``precision``, ``recall`` and ``f1`` count a label "unclear" as not yes; ``clear_f1`` leaves
    such records out. A figure with nothing to divide by is 0.
    """

    positives: int
    precision: float
    recall: float
    f1: float
    clear_f1: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Figures over labelled reports, all but counts in [0, 1].

    ``include_recall``: true includes that are not excluded; ``specificity``: true excludes that
    are; ``right_reason``: of those excluded with reason, where the main reason named is the
    person's; ``evidence_first`` and ``evidence_in_three``: labelled words that the first quote,
    or one of the first three, overlaps; ``evidence_pairs``: of those first quotes, the ones that
    hold two sentences; ``calibration_error``: expected calibration error over
    all text criteria, ten bins of equal width (Naeini et al. 2015). ``rests_on`` says of how many
    reports, criteria, quotes or answers a figure is a share or mean: one that rests on none is 0
    and tells nothing.
    """

    reports: int
    includes: int
    include_recall: float
    specificity: float
    included_sure: float
    right_reason: float
    exclusion_macro_f1: float
    exclusion_macro_clear_f1: float
    macro_f1: float
    evidence_first: float
    evidence_in_three: float
    evidence_pairs: float
    calibration_error: float
    criteria: Mapping[str, Agreement]
    rests_on: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, rounded to four places, for a file."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def evaluate_judgements(
    labelled: Sequence[LabelledReport], judgements: Sequence[Judgement], protocol: Protocol
) -> Evaluation:
    """Compare judgements with labels; the two sequences correspond.

    Raises ValueError where their lengths differ or there is nothing to compare.
    """
    if len(labelled) != len(judgements) or not labelled:
        raise ValueError(f"{len(labelled)} labelled reports and {len(judgements)} judgements")
    pairs = list(zip(labelled, judgements, strict=True))
    kinds = {c.key: c.kind for c in protocol.criteria if c.judged_by == "text"}
    criteria = {key: _agreement(pairs, key) for key in kinds}
    exclusion = [a for k, a in criteria.items() if kinds[k] == "exclusion" and a.positives]
    first, three, together = _evidence(pairs)
    includes = sum(r.included for r in labelled)
    return Evaluation(
        reports=len(pairs),
        includes=includes,
        include_recall=_share([j.verdict is not Verdict.EXCLUDE for r, j in pairs if r.included]),
        specificity=_share([j.verdict is Verdict.EXCLUDE for r, j in pairs if not r.included]),
        included_sure=_share([j.verdict is Verdict.INCLUDE for r, j in pairs if r.included]),
        right_reason=_share([j.reason == r.reason for r, j in pairs if r.reason and j.reason]),
        exclusion_macro_f1=_mean([a.f1 for a in exclusion]),
        exclusion_macro_clear_f1=_mean([a.clear_f1 for a in exclusion]),
        macro_f1=_mean([a.f1 for a in criteria.values() if a.positives]),
        evidence_first=_share(first),
        evidence_in_three=_share(three),
        evidence_pairs=_share(together),
        calibration_error=_calibration_error(pairs, list(kinds)),
        criteria=criteria,
        rests_on={
            "include_recall": includes,
            "specificity": len(pairs) - includes,
            "exclusion_macro_f1": len(exclusion),
            "evidence_first": len(first),
            "calibration_error": sum(key in r.labels for r in labelled for key in kinds),
        },
    )


def calibration_error(probabilities: Scores, outcomes: Scores) -> float:
    """Expected calibration error over ten bins of equal width; 0 for no probabilities."""
    if not len(probabilities):
        return 0.0
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(probabilities[bins == b].mean() - outcomes[bins == b].mean()))
        * float((bins == b).mean())
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


Pair = tuple[LabelledReport, Judgement]


def _finding(judgement: Judgement, key: str) -> Finding:
    return next(f for f in judgement.findings if f.criterion.key == key)


def _agreement(pairs: Sequence[Pair], key: str) -> Agreement:
    labelled = [(r.labels[key], _finding(j, key)) for r, j in pairs if key in r.labels]
    answers = [(label == "yes", f.answer is Answer.MET) for label, f in labelled]
    clear = [
        (label == "yes", f.answer is Answer.MET) for label, f in labelled if label != "unclear"
    ]
    precision, recall, f1 = _precision_recall_f1(answers)
    return Agreement(
        positives=sum(yes for yes, _ in answers),
        precision=precision,
        recall=recall,
        f1=f1,
        clear_f1=_precision_recall_f1(clear)[2],
    )


def _precision_recall_f1(answers: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    hits = sum(yes and said for yes, said in answers)
    yeses, saids = sum(yes for yes, _ in answers), sum(said for _, said in answers)
    precision = hits / saids if saids else 0.0
    recall = hits / yeses if yeses else 0.0
    return precision, recall, 2 * hits / (yeses + saids) if hits else 0.0


def _evidence(pairs: Sequence[Pair]) -> tuple[list[bool], list[bool], list[bool]]:
    """Per labelled quote whether the first, or one of three, overlaps it, and holds two."""
    first: list[bool] = []
    three: list[bool] = []
    together: list[bool] = []
    for report, judgement in pairs:
        text = join_text(report.title, report.abstract)
        for key, words in report.evidence.items():
            places = [m.start() for m in re.finditer(re.escape(words), text)]
            if not places or report.labels.get(key) != "yes":
                continue
            quotes = _finding(judgement, key).quotes[:3]
            overlaps = [
                any(_overlaps(quote, start, start + len(words)) for start in places)
                for quote in quotes
            ]
            first.append(any(overlaps[:1]))
            three.append(any(overlaps))
            together += [_count_sentences(quote.exact) > 1 for quote in quotes[:1]]
    return first, three, together


# A thousand bootstrap samples ask of the same quotes.
@lru_cache(maxsize=4096)
def _count_sentences(text: str) -> int:
    return len(split_sentences(text))


def _overlaps(quote: Quote, start: int, end: int) -> bool:
    return quote.start < end and quote.end > start


def _calibration_error(pairs: Sequence[Pair], keys: Sequence[str]) -> float:
    said = [
        (_finding(j, key).probability, r.labels[key] == "yes")
        for r, j in pairs
        for key in keys
        if key in r.labels
    ]
    probabilities = np.array([p for p, _ in said], dtype=np.float64)
    return calibration_error(probabilities, np.array([y for _, y in said], dtype=np.float64))


def _share(claims: Sequence[bool]) -> float:
    return sum(claims) / len(claims) if claims else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rounded(value: Any) -> Any:  # noqa: ANN401 - numbers, and mappings of them
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
