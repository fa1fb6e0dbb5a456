"""Fit a screening model to labelled reports, calibrated and cut on reports it had not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from review.errors import InputError
from review.language import Encoder, Vectors
from review.protocol import Protocol
from screening.classifier import (
    FEWEST_GROUPS,
    CriterionModel,
    Labels,
    Scorer,
    ScreeningModel,
    calibrate,
    calibrated,
    cue_fingerprint,
    enough_groups,
    fit_scorer,
    inclusion_score,
    new_vectorizer,
    text_criteria,
)
from screening.criteria import compile_cues
from screening.features import (
    LAYOUT,
    Described,
    Matrix,
    Reading,
    Scores,
    describe_readings,
    read_report,
)
from screening.labelled import LabelledReport
from screening.looks import Quoted, find_quoted, fit_looks

_FOLDS = 5
# A made-up report teaches, but less than a real one.
_CONSTRUCTED_WEIGHT = 0.6
# Losing an include is the worst error there is. The cut goes below the include at this quantile
# by a margin in log odds. In grouped cross-validation (mean of three) a margin of 0.65 kept
# 0.979 of includes at a specificity of 0.870, 0.72 kept 0.986 at 0.861, 0.8 kept 0.986 at 0.846.
_INCLUDES_KEPT = 0.98
_MARGIN = 0.72


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Labelled reports, read and described: what a fit and its tests work on.

    ``known`` numbers the readings that can be described: those in English with an abstract.
    ``questions`` holds the vector of each text criterion's question.
    """

    labelled: Sequence[LabelledReport]
    readings: Sequence[Reading]
    known: Sequence[int]
    described: Described
    questions: Mapping[str, Vectors]

    def take(self, rows: Sequence[int]) -> Sheet:
        """Some of the labelled reports."""
        place = {number: row for row, number in enumerate(self.known)}
        kept = [(new, place[old]) for new, old in enumerate(rows) if old in place]
        return Sheet(
            labelled=[self.labelled[i] for i in rows],
            readings=[self.readings[i] for i in rows],
            known=[new for new, _ in kept],
            described=self.described.take([row for _, row in kept]),
            questions=self.questions,
        )


def prepare_sheet(
    protocol: Protocol, labelled: Sequence[LabelledReport], encoder: Encoder
) -> Sheet:
    """Find cues in the labelled reports and embed them."""
    cues = compile_cues(protocol)
    readings = [read_report((r.title, r.abstract, r.language), cues) for r in labelled]
    known = [n for n, r in enumerate(readings) if r.has_abstract and r.in_english]
    described = describe_readings([readings[n] for n in known], cues.criteria, encoder)
    asked = {c.key: c.question for c in protocol.criteria if c.key in cues.criteria}
    vectors = encoder.embed(list(asked.values()))
    return Sheet(
        labelled=labelled,
        readings=readings,
        known=known,
        described=described,
        questions=dict(zip(asked, vectors, strict=True)),
    )


def fit_sheet(
    protocol: Protocol, sheet: Sheet, encoder: str, version: str, seed: int, repeats: int = 3
) -> ScreeningModel:
    """Fit, calibrate and choose cuts on reports that each part of the model had not seen.

    Raises InputError where no criterion has enough labels to learn from.
    """
    known = [sheet.labelled[n] for n in sheet.known]
    learnable = _learnable(protocol, known)
    raw = _unseen_scores(sheet.described, learnable, known, seed, repeats)
    vectorizer = new_vectorizer()
    words = vectorizer.fit_transform(sheet.described.words())
    judges: dict[str, CriterionModel] = {}
    broken_unseen: dict[str, Scores] = {}
    for key, (met, broken, told) in learnable.items():
        said = _Said(sheet.described.dense[key], words, known, told)
        met_scorer, met_unseen = said.fit(met, raw[key, "met"])
        broken_scorer, broken_unseen[key] = said.fit(broken, raw[key, "broken"])
        tested = told[said.real]
        judges[key] = CriterionModel(
            met=met_scorer,
            met_cut=_answer_cut(met_unseen[tested], met[said.real & told]),
            broken=broken_scorer,
            broken_cut=_answer_cut(broken_unseen[key][tested], broken[said.real & told]),
            question=sheet.questions[key],
            looks=_fit_looks(sheet, key),
        )
    included = np.array([r.included for r in known if not r.constructed])
    score = inclusion_score(broken_unseen)
    slope, offset = calibrate(score, included)
    probability = calibrated(score, slope, offset)
    return ScreeningModel(
        version=version,
        review=protocol.key,
        criteria=text_criteria(protocol),
        cues=cue_fingerprint(protocol),
        layout=LAYOUT,
        encoder=encoder,
        vectorizer=vectorizer,
        judges=judges,
        cut=_inclusion_cut(probability, included),
        include_cut=0.5,
        slope=slope,
        offset=offset,
    )


def group_folds(
    labelled: Sequence[LabelledReport], seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Row numbers to learn from and to test on, five times.

    No group is on both sides. Constructed reports are among those to learn from, but for those
    written after a report that is tested, which bear its group: they would tell of it.
    """
    real = [n for n, r in enumerate(labelled) if not r.constructed]
    constructed = [n for n, r in enumerate(labelled) if r.constructed]
    groups = np.array([labelled[n].group for n in real])
    included = np.array([labelled[n].included for n in real])
    folds = min(_FOLDS, len(set(groups)))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(np.zeros(len(real)), included, groups):
        tested = set(groups[test])
        apart = [n for n in constructed if labelled[n].group not in tested]
        yield [real[n] for n in train] + apart, [real[n] for n in test]


def _weights(labelled: Sequence[LabelledReport]) -> Scores:
    return np.array([_CONSTRUCTED_WEIGHT if r.constructed else 1.0 for r in labelled])


class _Said:
    """The rows of one criterion: those ``told`` of it teach, the real ones of them calibrate."""

    def __init__(
        self,
        dense: Matrix,
        words: Any,  # noqa: ANN401 - scipy sparse
        known: Sequence[LabelledReport],
        told: Labels,
    ) -> None:
        self._dense, self._words, self._weights = dense, words, _weights(known)
        self._told = told
        self.real = np.array([not r.constructed for r in known], dtype=np.bool_)

    def fit(self, target: Labels, raw: Scores) -> tuple[Scorer, Scores]:
        """A scorer of all rows and, from raw scores, the probabilities of unseen real ones."""
        told, tested = self._told, self.real & self._told
        slope, offset = calibrate(raw[tested], target[tested])
        scorer = fit_scorer(self._dense[told], self._words[told], target[told], self._weights[told])
        unseen = calibrated(raw[self.real], slope, offset)
        return replace(scorer, slope=slope, offset=offset), unseen


def _learnable(
    protocol: Protocol, known: Sequence[LabelledReport]
) -> dict[str, tuple[Labels, Labels, Labels]]:
    """The labels of the criteria that enough real reports tell of."""
    real = np.array([not r.constructed for r in known], dtype=np.bool_)
    learnable = {}
    for key, (met, broken, told) in _labels(protocol, known).items():
        rows = np.flatnonzero(real & told).tolist()
        groups = [known[row].group for row in rows]
        if all(enough_groups(one[rows], groups) for one in (met, broken)):
            learnable[key] = (met, broken, told)
    if not learnable:
        raise InputError(
            f"{real.sum()} labelled reports in English with an abstract: no criterion has both "
            f"answers in {FEWEST_GROUPS} studies; label more reports"
        )
    return learnable


def _labels(
    protocol: Protocol, labelled: Sequence[LabelledReport]
) -> dict[str, tuple[Labels, Labels, Labels]]:
    """Per text criterion who meets it, whom it excludes, and of whom that was told at all."""
    labels = {}
    for key, kind in text_criteria(protocol):
        said = np.array([r.labels.get(key, "") for r in labelled])
        met = said == "yes"
        labels[key] = (met, said == "no" if kind == "inclusion" else met, said != "")
    return labels


def _unseen_scores(
    described: Described,
    labels: Mapping[str, tuple[Labels, Labels, Labels]],
    labelled: Sequence[LabelledReport],
    seed: int,
    repeats: int,
) -> dict[tuple[str, str], Scores]:
    """Raw scores of each real report by scorers that saw none of its group, mean of repeats."""
    texts = described.words()
    weights = _weights(labelled)
    total = {(key, name): np.zeros(len(texts)) for key in labels for name in ("met", "broken")}
    for repeat in range(repeats):
        for train, test in group_folds(labelled, seed + repeat):
            vectorizer = new_vectorizer()
            seen = vectorizer.fit_transform([texts[n] for n in train])
            unseen = vectorizer.transform([texts[n] for n in test])
            for key, (met, broken, told) in labels.items():
                dense = described.dense[key]
                here = told[train]
                taught = np.array(train)[here]
                for name, target in (("met", met), ("broken", broken)):
                    if name == "broken" and np.array_equal(met, broken):
                        total[key, name][test] = total[key, "met"][test]
                        continue
                    if len(set(target[taught])) < 2:
                        continue
                    scorer = fit_scorer(dense[taught], seen[here], target[taught], weights[taught])
                    total[key, name][test] += scorer.raw(dense[test], unseen)
    return {name: scores / repeats for name, scores in total.items()}


def _answer_cut(probability: Scores, labels: Labels) -> float:
    """The cut with the best F1 on unseen reports, half-way to the one that theory names.

    With ten to thirty positives the best cut alone is mostly chance. For calibrated probabilities
    the best cut is half the best F1 (Lipton et al. 2014).
    """
    candidates = np.unique(probability)
    f1 = [
        2 * (labels & (probability >= cut)).sum() / (labels.sum() + (probability >= cut).sum())
        for cut in candidates
    ]
    best = candidates[int(np.argmax(f1))]
    lower = candidates[candidates < best]
    between = (best + lower[-1]) / 2 if len(lower) else best
    return float((between + max(f1) / 2) / 2)


def _inclusion_cut(probability: Scores, included: Labels) -> float:
    """The probability of inclusion below which a report may be excluded."""
    lowest = np.quantile(logit(probability[included]), 1 - _INCLUDES_KEPT)
    return float(min(expit(lowest - _MARGIN), 0.5))


def _fit_looks(sheet: Sheet, criterion: str) -> LogisticRegression | None:
    """The ranking of sentences for a criterion, from the words that people quoted for it."""
    quoted = []
    for number, embedded in zip(sheet.known, sheet.described.embedded, strict=True):
        reading, report = sheet.readings[number], sheet.labelled[number]
        shown = find_quoted(reading, embedded, report.evidence.get(criterion, ""))
        weight = _CONSTRUCTED_WEIGHT if report.constructed else 1.0
        quoted.append(Quoted(reading=reading, embedded=embedded, shown=shown, weight=weight))
    return fit_looks(quoted, criterion, sheet.questions[criterion], FEWEST_GROUPS)
