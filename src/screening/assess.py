"""Judge reports by the criteria: an answer with its quote for each, and the verdict they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from review.decisions import Answer, Assessment, CriterionAnswer, Quote, Verdict, quote_from
from review.language import Encoder, detect_language
from review.protocol import Criterion, Protocol
from review.records import Report
from screening.classifier import ScreeningModel, calibrated, inclusion_score, score_texts
from screening.criteria import CueBook, Side, compile_cues
from screening.features import Described, Embedded, Reading, describe_readings, read_report
from screening.quotes import quote_sentences
from screening.surroundings import Context

# Title, abstract and the language the source states (ISO 639-1 or empty).
Text = tuple[str, str, str]

_BATCH = 256
# What cues alone are worth where no model was fitted: set by hand, not calibrated.
_CUES_SAY = {Answer.MET: 0.85, Answer.UNCLEAR: 0.5, Answer.NOT_MET: 0.15}
_LANGUAGE_SAYS = {Answer.MET: 0.95, Answer.UNCLEAR: 0.5, Answer.NOT_MET: 0.05}
_NOTHING_SAID = 0.5
_CUE_CUT = 0.3
_CUE_INCLUDE_CUT = 0.6


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one criterion with all that led to it.

    ``broken`` is the probability that the criterion excludes the report; ``quotes`` are the
    sentences that show the answer, best first.
    """

    criterion: Criterion
    answer: Answer
    probability: float
    broken: float
    quotes: Sequence[Quote]

    @property
    def excludes(self) -> bool:
        """Whether this answer, with a quote to show, speaks for exclusion."""
        failing = Answer.NOT_MET if self.criterion.kind == "inclusion" else Answer.MET
        return self.answer is failing and bool(self.quotes)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All findings on one text, in the protocol's order, and the verdict."""

    findings: Sequence[Finding]
    verdict: Verdict
    probability: float
    reason: str | None

    def as_assessment(self, model: str) -> Assessment:
        """The assessment to keep, signed by the model's name; each answer with its first quote."""
        return Assessment(
            verdict=self.verdict,
            probability=self.probability,
            exclusion_reason=self.reason,
            answers=tuple(
                CriterionAnswer(
                    criterion=f.criterion.key,
                    answer=f.answer,
                    probability=f.probability,
                    quote=f.quotes[0] if f.quotes else None,
                )
                for f in self.findings
            ),
            model=model,
        )


def assess_reports(
    reports: Sequence[Report | Text],
    protocol: Protocol,
    model: ScreeningModel | None = None,
    encoder: Encoder | None = None,
) -> list[Assessment]:
    """The machine's view of each report, in order.

    Works in batches, so that memory does not grow with the number of reports beyond the answers.
    Without a model, as for a review that has no labelled records yet, cue evidence alone judges
    (no encoder is needed then). A model needs the encoder it was fitted with. What a verdict
    rests on:

    - ``exclude`` needs a criterion that excludes, with a quote, and a probability of inclusion
      below the model's cut; a report without an abstract, or in a language the cues do not know,
      is never excluded but for its language;
    - ``include`` needs a probability of inclusion from the model's upper cut on, and no criterion
      that excludes; by cues alone it needs every criterion answered in its favour;
    - everything else is ``unsure``.
    """
    cues = compile_cues(protocol)
    name = model.name if model else f"screening/{protocol.key}/cues"
    assessments: list[Assessment] = []
    for start in range(0, len(reports), _BATCH):
        readings = [read_report(report, cues) for report in reports[start : start + _BATCH]]
        judgements = judge_readings(readings, cues, protocol, model, encoder)
        assessments.extend(judgement.as_assessment(name) for judgement in judgements)
    return assessments


def judge_readings(
    readings: Sequence[Reading],
    cues: CueBook,
    protocol: Protocol,
    model: ScreeningModel | None,
    encoder: Encoder | None,
) -> list[Judgement]:
    """Findings and verdict of each reading. See ``assess_reports``."""
    if model is None or encoder is None:
        return [_judge(reading, protocol, None, {}, None) for reading in readings]
    known = [n for n, r in enumerate(readings) if r.has_abstract and r.in_english]
    described = describe_readings([readings[n] for n in known], cues.criteria, encoder)
    return judge_described(readings, known, described, protocol, model)


def judge_described(
    readings: Sequence[Reading],
    known: Sequence[int],
    described: Described,
    protocol: Protocol,
    model: ScreeningModel,
) -> list[Judgement]:
    """Judge readings of which those numbered ``known`` have been described for the model."""
    scores = score_texts(model, described) if known else {}
    row = {number: index for index, number in enumerate(known)}
    judgements = []
    for number, reading in enumerate(readings):
        index = row.get(number)
        own = {} if index is None else {k: (m[index], b[index]) for k, (m, b) in scores.items()}
        embedded = None if index is None else described.embedded[index]
        judgements.append(_judge(reading, protocol, model, own, embedded))
    return judgements


def _judge(
    reading: Reading,
    protocol: Protocol,
    model: ScreeningModel | None,
    scores: Mapping[str, tuple[float, float]],
    embedded: Embedded | None,
) -> Judgement:
    findings = []
    for criterion in sorted(protocol.criteria, key=lambda c: c.order):
        if criterion.judged_by == "language":
            findings.append(_language_finding(reading, criterion, protocol.languages))
        elif criterion.key in scores and model is not None:
            findings.append(_model_finding(reading, criterion, model, scores, embedded))
        else:
            findings.append(_cue_finding(reading, criterion))
    return _verdict(reading, findings, model, bool(scores))


def _verdict(
    reading: Reading, findings: Sequence[Finding], model: ScreeningModel | None, scored: bool
) -> Judgement:
    by_text = [f for f in findings if f.criterion.judged_by == "text"]
    by_language = [f for f in findings if f.criterion.judged_by == "language"]
    if model is not None and scored:
        log_score = inclusion_score({f.criterion.key: np.array([f.broken]) for f in by_text})
        probability = float(calibrated(log_score, model.slope, model.offset)[0])
        cut, include_cut = model.cut, model.include_cut
    else:
        probability = min(map(_favours, by_text), default=_NOTHING_SAID)
        cut, include_cut = _CUE_CUT, _CUE_INCLUDE_CUT
    unreadable = [f for f in by_language if f.excludes]
    excluding = [f for f in by_text if f.excludes]
    verdict, reason = Verdict.UNSURE, None
    if unreadable and reading.has_abstract:
        verdict, reason = Verdict.EXCLUDE, _main_reason(unreadable)
        probability = min(probability, 1 - unreadable[0].broken)
    elif reading.has_abstract and reading.in_english:
        if excluding and probability < cut:
            verdict, reason = Verdict.EXCLUDE, _main_reason(excluding)
        elif not excluding and probability >= include_cut:
            readable = all(f.answer is Answer.MET for f in by_language)
            verdict = Verdict.INCLUDE if by_text and readable else Verdict.UNSURE
    return Judgement(findings=findings, verdict=verdict, probability=probability, reason=reason)


def _favours(finding: Finding) -> float:
    """How probable it is, by cues alone, that this criterion lets the report in.

    The least favourable criterion speaks for all: what is said of none cannot add up to a yes.
    """
    inclusion = finding.criterion.kind == "inclusion"
    return finding.probability if inclusion else 1 - finding.probability


def _main_reason(excluding: Sequence[Finding]) -> str:
    """The first that fails in the protocol's order (PRISMA 2020, item 16b)."""
    return min(excluding, key=lambda f: f.criterion.order).criterion.exclusion_reason


def _model_finding(
    reading: Reading,
    criterion: Criterion,
    model: ScreeningModel,
    scores: Mapping[str, tuple[float, float]],
    embedded: Embedded | None,
) -> Finding:
    judge = model.judges[criterion.key]
    met, broken = (float(p) for p in scores[criterion.key])
    if criterion.kind == "exclusion":
        answer = Answer.MET if met >= judge.met_cut else Answer.NOT_MET
        if answer is Answer.NOT_MET and met >= judge.met_cut / 2:
            answer = Answer.UNCLEAR
    else:
        answer = _inclusion_answer(met - judge.met_cut, broken - judge.broken_cut)
    quotes = quote_sentences(reading, criterion.key, criterion.kind, answer, judge, embedded)
    return Finding(
        criterion=criterion, answer=answer, probability=met, broken=broken, quotes=quotes
    )


def _inclusion_answer(met_by: float, broken_by: float) -> Answer:
    """By how much the two probabilities pass their cuts: the larger margin wins."""
    if max(met_by, broken_by) < 0:
        return Answer.UNCLEAR
    return Answer.MET if met_by >= broken_by else Answer.NOT_MET


def _cue_finding(reading: Reading, criterion: Criterion) -> Finding:
    """What cues alone say; where the cues do not know the language, they can only speak for."""
    answer = _cue_answer(reading, criterion)
    quotes = quote_sentences(reading, criterion.key, criterion.kind, answer)
    failing = Answer.NOT_MET if criterion.kind == "inclusion" else Answer.MET
    return Finding(
        criterion=criterion,
        answer=answer,
        probability=_CUES_SAY[answer],
        broken=_CUES_SAY[Answer.MET] if answer is failing else 0.0,
        quotes=quotes,
    )


def _cue_answer(reading: Reading, criterion: Criterion) -> Answer:
    plain = [
        hit for hit in reading.hits[criterion.key] if hit.context is Context.PLAIN and not hit.weak
    ]
    speaks_for = {h.sentence for h in plain if h.side is Side.FOR}
    against = {h.sentence for h in plain if h.side is Side.AGAINST}
    if criterion.kind == "inclusion":
        if speaks_for and (not against or len(speaks_for) > len(against)):
            return Answer.MET
        firm = reading.is_firm(against) and not speaks_for and reading.in_english
        return Answer.NOT_MET if firm and reading.has_abstract else Answer.UNCLEAR
    if not reading.in_english:
        return Answer.UNCLEAR
    if speaks_for:
        firm = reading.is_firm(speaks_for) and not against
        return Answer.MET if firm else Answer.UNCLEAR
    return Answer.NOT_MET if reading.has_abstract else Answer.UNCLEAR


def _language_finding(reading: Reading, criterion: Criterion, languages: Sequence[str]) -> Finding:
    """Whether a report can be read, from the language of its text and that its source states.

    A text is unreadable only if no sentence of it is in a language of the review, nor its source
    says so. Where text and source differ, the source may mean the full text, or near languages
    were taken for one another: a person looks.
    """
    written, stated = reading.language, reading.stated
    said = {written, *(() if written in languages else _sentence_languages(reading))} - {""}
    answer = Answer.UNCLEAR
    quotes: tuple[Quote, ...] = ()
    if said & set(languages) or (not said and stated in languages):
        answer = Answer.MET if not stated or stated in languages else Answer.UNCLEAR
    elif said and stated not in languages and (written or stated):
        answer, quotes = Answer.NOT_MET, (_first_words(reading),)
    probability = _LANGUAGE_SAYS[answer]
    return Finding(
        criterion=criterion,
        answer=answer,
        probability=probability,
        broken=1 - probability if answer is Answer.NOT_MET else 0.0,
        quotes=quotes,
    )


def _sentence_languages(reading: Reading) -> set[str]:
    return {detect_language(sentence.text) for sentence in reading.sentences}


def _first_words(reading: Reading) -> Quote:
    """The abstract's first sentence, else the title's: it shows which language it is."""
    first = reading.sentences[min(reading.in_title, len(reading.sentences) - 1)]
    return quote_from(reading.text, first.start, min(first.end, first.start + 500))
