"""Tagging beside its peers on the labelled passages: same rows to learn from, same folds, one run.

Run from the checkout's root:  .venv/bin/python -m benchmarks.tagging [--draws N] [--curve]
Peers: cosine to the codebook's phrases, TF-IDF with logistic regression, logistic regression on the
same sentence vectors, and where they are installed (pip install bertopic==0.17.4 setfit==1.2.0, in
an environment of their own) BERTopic's zero-shot topics and, with --setfit STEPS, SetFit (a step
takes seconds to half a minute of two busy cores). All but those without labels
learn from the same passages and codebook phrases, whole studies held back; thresholds and
calibration of all are fitted on other folds by the same rule. Prints every figure with its 95 %
interval from drawing studies, per theme for ours, what the codebook alone gives without a label,
and how long a refit takes. --curve fits with parts of the studies' passages and without each file
of written sentences.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from extraction.calibration import Floats, any_theme
from extraction.evaluate import TaggingFigures, ThemeOutcome, evaluate_themes
from extraction.evaluate_direction import evaluate_direction
from extraction.figures import average_figures
from extraction.fit import fit_rows
from extraction.labelled import LabelledPassage, TrainingRows, training_rows
from extraction.learn import read_labelled_folder
from extraction.scorer import ScorerFit, Views
from extraction.themes import fit_judge, plan_folds
from extraction.trial import Trial, direction_outcome_of, theme_outcome_of, try_out
from review.language import Encoder
from review.protocol import Codebook, load_codebook

PROTOCOL = Path(__file__).resolve().parents[1] / "data/protocol/peer-support"
FIGURES = {
    "macro_f1": "mean F1",
    "worst_f1": "worst F1",
    "macro_average_precision": "mean AP",
    "recall_at_3": "first 3",
    "gate_auc": "gate AUC",
    "gate_precision": "gate P95",
    "calibration_error": "ECE",
}
DRAWS_OF_STUDIES = 300

# Scores of the rows of a fold by what the other rows teach: themes, and whether any.
Peer = Callable[[TrainingRows, TrainingRows], tuple[Floats, Floats]]


def main(arguments: Sequence[str]) -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=3, help="draws of folds (default 3)")
    parser.add_argument("--setfit", type=int, default=0, metavar="STEPS", help="train SetFit, too")
    parser.add_argument("--curve", action="store_true", help="learning curves instead of peers")
    asked = parser.parse_args(arguments)
    codebook, encoder = load_codebook(PROTOCOL), Encoder()
    labelled = read_labelled_folder(PROTOCOL / "labelled", codebook)
    if asked.curve:
        tell_curve(codebook, labelled, encoder, asked.draws)
        return
    rows = training_rows(codebook, labelled, encoder)
    compare(codebook, rows, encoder, asked.draws, asked.setfit)
    tell_without_labels(codebook, labelled, encoder)
    tell_refit(codebook, labelled, encoder)


def compare(
    codebook: Codebook, rows: TrainingRows, encoder: Encoder, draws: int, setfit: int
) -> None:
    """Ours, then every peer, on the same draws of folds; the slow peers on the first alone."""
    themes = [theme.key for theme in codebook.themes]
    print(f"{int(rows.tested.sum())} passages tested, {len(rows.texts)} rows to learn from")
    print(f"{'':<34}" + "".join(f"{words:>22}" for words in FIGURES.values()))
    fitted = ScorerFit(rows)
    trials = [try_out(rows, fitted, encoder, seed=seed) for seed in range(draws)]
    ours = average_figures(
        [evaluate_themes(theme_outcome_of(t, themes), draws=DRAWS_OF_STUDIES) for t in trials]
    )
    tell_figures("ours", ours)
    for name, peer, times in _peers(codebook, encoder, setfit):
        begun = time.process_time()
        found = [
            evaluate_themes(_outcome(t, peer, themes), draws=DRAWS_OF_STUDIES)
            for t in trials[:times]
        ]
        tell_figures(name, average_figures(found))
        print(f"  {time.process_time() - begun:.0f} s of processor", file=sys.stderr)
    tell_themes(ours)
    tell_direction(trials)


def tell_figures(name: str, figures: TaggingFigures) -> None:
    """One line of the table of peers."""
    cells = []
    for figure in FIGURES:
        low, high = figures.intervals[figure]
        cells.append(f"{getattr(figures, figure):.3f} ({low:.2f} to {high:.2f})")
    print(f"{name:<34}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def tell_themes(figures: TaggingFigures) -> None:
    """Ours per theme; thin themes are named as such."""
    print()
    for theme in figures.themes:
        (low, high), thin = theme.intervals["f1"], " (thin)" if theme.thin else ""
        print(
            f"{theme.theme + thin:<34}{theme.passages:4d} passages  precision {theme.precision:.2f}"
            f"  recall {theme.recall:.2f}  F1 {theme.f1:.2f} ({low:.2f} to {high:.2f})"
            f"  AP {theme.average_precision:.2f}"
        )


def tell_direction(trials: Sequence[Trial]) -> None:
    """Facilitator against barrier."""
    print()
    found = average_figures(
        [evaluate_direction(direction_outcome_of(t), draws=DRAWS_OF_STUDIES) for t in trials]
    )
    for name, words in (
        ("forced_accuracy", f"direction right, {found.pairs} pairs"),
        ("surest_70_accuracy", "on the surest 70 %"),
        ("opposed_accuracy", f"opposed in one passage, {found.opposed} pairs"),
        ("calibration_error", "calibration error"),
    ):
        low, high = found.intervals[name]
        print(f"{words:<34}{getattr(found, name):.3f} ({low:.2f} to {high:.2f})")


def tell_without_labels(
    codebook: Codebook, labelled: Sequence[LabelledPassage], encoder: Encoder
) -> None:
    """What definitions, signs and examples give where no passage is labelled at all."""
    tested = training_rows(codebook, labelled, encoder)
    held = tested.part(tested.tested)
    scores = ScorerFit(training_rows(codebook, [], encoder)).scorer()
    views = scores.views(held.texts, held.vectors)
    figures = evaluate_themes(_as_outcome(codebook, held, views.themes), draws=DRAWS_OF_STUDIES)
    print()
    for name in ("macro_average_precision", "recall_at_3"):
        low, high = figures.intervals[name]
        print(
            f"{'codebook alone, ' + FIGURES[name]:<34}{getattr(figures, name):.3f} "
            f"({low:.2f} to {high:.2f})"
        )


def tell_refit(codebook: Codebook, labelled: Sequence[LabelledPassage], encoder: Encoder) -> None:
    """A refit once 50 more passages are answered, whose vectors were kept when they were tagged."""
    rows = training_rows(codebook, labelled, encoder)
    begun, used = time.perf_counter(), time.process_time()
    fit_rows(codebook, rows, encoder, name="benchmark")
    print(
        f"\nrefit on {len(rows.texts)} rows: {time.perf_counter() - begun:.1f} s, "
        f"{time.process_time() - used:.1f} s of processor"
    )


def tell_curve(
    codebook: Codebook, labelled: Sequence[LabelledPassage], encoder: Encoder, draws: int
) -> None:
    """With parts of the studies' passages, and without each file of written sentences."""
    themes = [theme.key for theme in codebook.themes]
    rows = training_rows(codebook, labelled, encoder)
    tested = np.flatnonzero(rows.tested)
    files = sorted({Path(p.place.rpartition(", line")[0]).name for p in labelled})
    print(f"{'learnt from':<34}{'mean F1':>9}{'mean AP':>9}{'first 3':>9}{'gate AUC':>9}")
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        found = [_taught_by(rows, themes, tested, part, seed) for seed in range(draws)]
        _tell_point(f"{part:.0%} of the studies' passages", found)
    for file in files:
        kept = [p for p in labelled if not p.place.startswith(str(PROTOCOL / "labelled" / file))]
        if file != "themes.jsonl":
            other = training_rows(codebook, kept, encoder)
            fitted = ScorerFit(other)
            trials = [try_out(other, fitted, encoder, seed=seed) for seed in range(draws)]
            found = [evaluate_themes(theme_outcome_of(t, themes), draws=0) for t in trials]
            _tell_point(f"all but {file}", found)


def _taught_by(
    rows: TrainingRows, themes: Sequence[str], tested: NDArray[np.intp], part: float, seed: int
) -> TaggingFigures:
    """Every fold judged by what a part of the other folds' passages and all other rows teach."""
    random = np.random.default_rng(seed)
    folds = plan_folds(rows, seed=seed)
    held = _views(np.zeros(rows.themes.shape), np.zeros(len(rows.texts)))
    for fold in folds:
        others = random.permutation(np.setdiff1d(tested, fold))
        taught = np.ones(len(rows.texts), dtype=np.bool_)
        taught[fold] = taught[others[round(part * len(others)) :]] = False
        own = rows.part(fold)
        views = ScorerFit(rows.part(taught)).scorer().views(own.texts, own.vectors)
        held.themes[fold], held.gate[fold] = views.themes, views.gate
    trial = Trial(rows=rows, folds=tuple(folds), views=held)
    return evaluate_themes(theme_outcome_of(trial, themes), draws=0)


def _tell_point(name: str, found: Sequence[TaggingFigures]) -> None:
    mean = average_figures(found)
    print(
        f"{name:<34}{mean.macro_f1:9.3f}{mean.macro_average_precision:9.3f}"
        f"{mean.recall_at_3:9.3f}{mean.gate_auc:9.3f}",
        flush=True,
    )


def _peers(codebook: Codebook, encoder: Encoder, setfit: int) -> list[tuple[str, Peer, int]]:
    """Name, scorer, and on how many draws of folds it is affordable."""
    peers: list[tuple[str, Peer, int]] = [
        ("cosine to the codebook", _cosine, 3),
        ("TF-IDF, logistic regression", _tfidf, 3),
        ("vectors, logistic regression", _linear, 3),
    ]
    if importlib.util.find_spec("bertopic"):
        peers.append(("BERTopic 0.17 zero-shot", _bertopic(codebook, encoder), 1))
    else:
        print("BERTopic is left out: it is not installed here", file=sys.stderr)
    if setfit and importlib.util.find_spec("setfit"):
        peers.append((f"SetFit 1.2, {setfit} steps", _setfit(encoder, setfit), 1))
    else:
        print("SetFit is left out: not asked for, or not installed here", file=sys.stderr)
    return peers


def _outcome(trial: Trial, peer: Peer, themes: Sequence[str]) -> ThemeOutcome:
    """A peer's scores of the rows held back, judged by the rule that judges ours."""
    rows = trial.rows
    scores = np.zeros(rows.themes.shape)
    gate = np.zeros(len(rows.texts))
    for fold in trial.folds:
        taught = np.ones(len(rows.texts), dtype=np.bool_)
        taught[fold] = False
        scores[fold], gate[fold] = peer(rows.part(taught), rows.part(fold))
    # Their gate stands alone: only ours also multiplies the themes.
    judged = replace(trial, views=_views(scores, gate))
    outcome = theme_outcome_of(_without_gate(judged), themes)
    return replace(outcome, relevance=gate[trial.held_back])


def _views(themes: Floats, gate: Floats) -> Views:
    """Views that say nothing of directions."""
    return Views(themes=themes, gate=gate, directions=np.zeros(themes.shape))


def _without_gate(trial: Trial) -> Trial:
    """The trial with nothing judged, so that no gate touches its themes."""
    rows = replace(trial.rows, judged=np.zeros(len(trial.rows.texts), dtype=np.bool_))
    return replace(trial, rows=rows)


def _as_outcome(codebook: Codebook, held: TrainingRows, scores: Floats) -> ThemeOutcome:
    judge = fit_judge(
        _views(scores, scores.max(axis=1)),
        held.themes,
        np.zeros(len(held.texts), dtype=np.bool_),
    )
    probabilities = judge.calibration.probability(scores)
    return ThemeOutcome(
        themes=tuple(theme.key for theme in codebook.themes),
        truth=held.themes,
        scores=probabilities,
        suggested=probabilities >= judge.thresholds,
        relevance=scores.max(axis=1),
        groups=held.groups,
    )


def _cosine(taught: TrainingRows, held: TrainingRows) -> tuple[Floats, Floats]:
    """Mean cosine with the three codebook phrases of a theme that are nearest."""
    phrases = taught.part(~taught.judged)
    cosines = held.vectors @ phrases.vectors.T
    scores = np.stack(
        [np.sort(cosines[:, own], axis=1)[:, -3:].mean(axis=1) for own in phrases.themes.T], axis=1
    )
    return scores.astype(np.float64), scores.max(axis=1)


def _tfidf(taught: TrainingRows, held: TrainingRows) -> tuple[Floats, Floats]:
    space = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return _regress(space.fit_transform(taught.texts), space.transform(held.texts), taught, 10.0)


def _linear(taught: TrainingRows, held: TrainingRows) -> tuple[Floats, Floats]:
    return _regress(taught.vectors, held.vectors, taught, 3.0)


def _regress(
    features: object, asked: object, taught: TrainingRows, penalty: float
) -> tuple[Floats, Floats]:
    """One logistic regression per theme, and one for any on the rows that were judged."""

    def fit(of: object, truth: NDArray[np.bool_]) -> Floats:
        heads = OneVsRestClassifier(
            LogisticRegression(C=penalty, class_weight="balanced", solver="liblinear")
        ).fit(of, truth)
        return np.asarray(heads.decision_function(asked))

    judged = np.flatnonzero(taught.judged)
    relevant = any_theme(taught.themes[judged])
    gate = fit(features[judged], relevant)  # type: ignore[index]
    return fit(features, taught.themes), gate.ravel()


def _bertopic(codebook: Codebook, encoder: Encoder) -> Peer:
    """Zero-shot topics named by the definitions: similarity of a passage to each.

    BERTopic gives a passage the one topic it is most like, and none below 0.7; since no passage
    comes that near, all its similarities are taken.
    """
    topics = [f"{theme.name}: {theme.definition}" for theme in codebook.themes]

    def peer(taught: TrainingRows, held: TrainingRows) -> tuple[Floats, Floats]:
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder

        class Ours(BaseEmbedder):
            def embed(self, documents: Sequence[str], verbose: bool = False) -> Floats:
                return np.asarray(encoder.embed(list(documents)), dtype=np.float64)

        model = BERTopic(
            embedding_model=Ours(),
            zeroshot_topic_list=topics,
            zeroshot_min_similarity=0.0,
            min_topic_size=5,
        )
        model.fit(list(taught.texts), np.asarray(taught.vectors))
        # Where every passage has a topic it forgets which name each had: that of its passages.
        nearest = (taught.vectors @ encoder.embed(topics).T).argmax(axis=1)
        similar = held.vectors @ model.topic_embeddings_.T
        given = np.array(model.topics_)
        scores = np.zeros((len(held.texts), len(topics)))
        for topic in np.unique(given[given >= 0]):
            theme = int(np.bincount(nearest[given == topic]).argmax())
            scores[:, theme] = np.maximum(scores[:, theme], similar[:, topic])
        return scores, scores.max(axis=1)

    return peer


def _setfit(encoder: Encoder, steps: int) -> Peer:
    """SetFit's own recipe on the same encoder, stopped early."""

    def peer(taught: TrainingRows, held: TrainingRows) -> tuple[Floats, Floats]:
        from datasets import Dataset
        from setfit import SetFitModel, Trainer, TrainingArguments

        model = SetFitModel.from_pretrained(
            str(encoder._place()), multi_target_strategy="one-vs-rest", local_files_only=True
        )
        truth = np.hstack([taught.themes, any_theme(taught.themes)[:, None]]).astype(int)
        Trainer(
            model=model,
            args=TrainingArguments(
                max_steps=steps, batch_size=16, report_to="none", save_strategy="no"
            ),
            train_dataset=Dataset.from_dict({"text": list(taught.texts), "label": truth.tolist()}),
        ).train()
        scores = np.asarray(model.predict_proba(list(held.texts), as_numpy=True))
        if scores.ndim == 3:
            scores = scores[:, :, 1].T
        return scores[:, :-1], scores[:, -1]

    return peer


if __name__ == "__main__":
    main(sys.argv[1:])
