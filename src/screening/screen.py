"""screen: judge the reports of the store that were not judged yet."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from review.decisions import Assessment, Verdict
from review.language import Encoder
from review.models import Folders, ModelFacts
from review.protocol import Protocol
from review.store.assessments import (
    count_unassessed,
    find_judged,
    find_judged_before,
    find_unassessed,
    keep_assessments,
)
from review.store.audits import find_drawn, find_excluded, keep_drawn
from review.store.embeddings import StoredVectors
from review.store.runs import count_towards, find_run, keep_alarms
from review.store.session import Session
from screening.assess import Text, assess_reports
from screening.audit import draw_audit
from screening.classifier import ScreeningModel
from screening.drift import find_drift
from screening.model_files import (
    find_screening_model,
    load_screening_model,
    read_metrics,
    unvalidated,
)

log = logging.getLogger(__name__)

_BATCH = 64
_FILE_BATCH = 256
# What a run is compared with: years of a weekly run, read in a moment.
_COMPARED = 5000
_FIGURES = {
    "include_recall": "recall of includes",
    "specificity": "specificity",
    "exclusion_macro_f1": "macro-F1 of exclusion criteria",
}


@dataclass(frozen=True, kw_only=True)
class Screener:
    """Protocol, model and encoder that judge together. Made by ``open_screener``."""

    protocol: Protocol
    model: ScreeningModel | None
    encoder: Encoder
    name: str
    facts: ModelFacts


@dataclass(frozen=True, kw_only=True)
class ScreeningSummary:
    """How many reports were judged, with what verdict, and how many are left.

    Once none is left, ``drawn`` says how many exclusions people are to screen blind.
    """

    judged: int = 0
    include: int = 0
    exclude: int = 0
    unsure: int = 0
    remaining: int = 0
    drawn: int = 0


def open_screener(models: Folders, protocol: Protocol, encoder: Encoder) -> Screener:
    """The newest screening model of the review, or its cues alone where none was fitted.

    Raises ModelError where a model is there and cannot be used.
    """
    folder = find_screening_model(models, protocol.key)
    model = load_screening_model(folder, protocol, encoder.fingerprint) if folder else None
    if model is None:
        log.warning("no model was fitted for the review %s: its cues alone judge", protocol.key)
    facts = describe_screener(models, protocol)
    return Screener(
        protocol=protocol,
        model=model,
        encoder=encoder,
        # Judged anew when model or protocol changes, and only then.
        name=f"{facts.name}, protocol {protocol.fingerprint()}",
        facts=facts,
    )


def describe_screener(models: Folders, protocol: Protocol) -> ModelFacts:
    """What the review's screening model says of itself, read without loading it."""
    folder = find_screening_model(models, protocol.key)
    task = "judged titles and abstracts against each eligibility criterion"
    if folder is None:
        name = f"screening/{protocol.key}/cues"
        return ModelFacts(
            task=task,
            name=name,
            version="cues alone",
            fingerprint=protocol.fingerprint(),
            evaluated="Not evaluated: no labelled reports of this review.",
        )
    metrics = read_metrics(folder)
    return ModelFacts(
        task=task,
        name=f"screening/{protocol.key}/{metrics['version']}",
        version=metrics["version"],
        fingerprint=metrics["model_sha256"][:16],
        thresholds=(("probability of inclusion below", f"{metrics['cuts']['inclusion']:.3f}"),),
        figures=tuple(
            (words, f"{f['mean']:.2f} ({f['low']:.2f} to {f['high']:.2f})")
            for key, words in _FIGURES.items()
            for f in [metrics["figures"][key]]
        ),
        evaluated=metrics["method"],
    )


def assess_in_batches(texts: Sequence[Text], screener: Screener) -> Iterator[list[Assessment]]:
    """Judge texts without a store, some at a time so that the work can be followed."""
    for start in range(0, len(texts), _FILE_BATCH):
        batch = texts[start : start + _FILE_BATCH]
        yield assess_reports(batch, screener.protocol, screener.model, screener.encoder)


def screen(
    session: Session,
    screener: Screener,
    *,
    run_id: int,
    now: datetime,
    limit: int | None = None,
) -> ScreeningSummary:
    """Judge at most ``limit`` reports whose present text this screener has not judged.

    Commits per batch, so that work stopped half-way goes on where it stopped. With the last report
    judged, exclusions are drawn for the blind audit and the run is compared with earlier ones.
    """
    left = count_unassessed(session, screener.name)
    wanted = left if limit is None else min(limit, left)
    encoder = screener.encoder.using(StoredVectors(session))
    verdicts: Counter[Verdict] = Counter()
    while (judged := verdicts.total()) < wanted:
        reports = find_unassessed(session, screener.name, min(_BATCH, wanted - judged))
        said = assess_reports(reports, screener.protocol, screener.model, encoder)
        signed = [replace(assessment, model=screener.name) for assessment in said]
        keep_assessments(session, run_id, list(zip(reports, signed, strict=True)), now)
        counts = Counter(assessment.verdict for assessment in said)
        count_towards(session, run_id, "screening", {v.value: counts[v] for v in Verdict})
        session.commit()
        verdicts += counts
        log.info("%d of %d reports judged", verdicts.total(), wanted)
    done = ScreeningSummary(
        judged=verdicts.total(),
        include=verdicts[Verdict.INCLUDE],
        exclude=verdicts[Verdict.EXCLUDE],
        unsure=verdicts[Verdict.UNSURE],
        remaining=left - verdicts.total(),
    )
    if not done.judged or done.remaining:
        return done
    drawn = _draw(session, screener.name, run_id, now)
    _compare(session, screener, run_id)
    session.commit()
    return replace(done, drawn=drawn)


def _draw(session: Session, model: str, run_id: int, now: datetime) -> int:
    """Draw exclusions for the blind audit, by what the whole run excluded so far."""
    run = find_run(session, run_id)
    assert run is not None, "reports are judged by a run"
    drawn = draw_audit(
        find_excluded(session, model),
        find_drawn(session, model),
        model=model,
        new=run.summary["screening"][Verdict.EXCLUDE],
    )
    keep_drawn(session, run_id, model, drawn, now)
    if drawn:
        log.info("%d exclusions drawn for people to screen blind", len(drawn))
    return len(drawn)


def _compare(session: Session, screener: Screener, run_id: int) -> None:
    """Keep as alarms what is unlike before: a cut not validated, reports unlike earlier ones."""
    unlike = find_drift(
        find_judged(session, screener.name, run_id),
        find_judged_before(session, screener.name, run_id, _COMPARED),
    )
    changed = unvalidated(screener.model, screener.protocol) if screener.model else ""
    keep_alarms(session, run_id, [changed, *unlike] if changed else unlike)
    for sentence in unlike:
        log.warning("unlike earlier runs: %s", sentence)
