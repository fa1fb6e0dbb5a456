"""What agreement is measured on: first votes as ratings, question by question."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from review.agreement import Rating
from review.annotations import NOTHING, OFF_TOPIC, Annotation, AnnotationVerdict
from review.decisions import Answer, Decision, Stage, Verdict
from review.places import gather_places

YES, NO = "yes", "no"
VERDICT, REASON = "verdict", "exclusion_reason"
ALL_THEMES = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that people answered, with the answers of units that two people or more answered.

    ``group`` is a stage of screening, ``themes`` or ``directions``; ``key`` is ``verdict``,
    ``exclusion_reason`` or a criterion, or a theme, empty for all themes together. ``positive`` is
    the answer whose agreement is told apart, empty where there is none.
    """

    group: str
    key: str
    positive: str
    ratings: tuple[Rating, ...]


def questions_of_decisions(
    decisions: Iterable[Decision], study_of: Mapping[int, int], criteria: Sequence[str]
) -> list[Question]:
    """Per stage the verdict, the reason where several excluded, and each criterion.

    ``decisions`` are each person's first on a report at a stage; ``study_of`` gives the study of a
    report that is one of several.
    """
    found: dict[tuple[str, str], list[Rating]] = {}
    for said in decisions:

        def rate(key: str, category: str, said: Decision = said) -> None:
            rating = Rating(
                unit=said.report_id,
                study=study_of.get(said.report_id, said.report_id),
                rater=said.reviewer,
                category=category,
            )
            found.setdefault((str(said.stage), key), []).append(rating)

        rate(VERDICT, said.verdict)
        if said.exclusion_reason:
            rate(REASON, said.exclusion_reason)
        for answer in said.answers:
            rate(answer.criterion, answer.answer)
    positives = {VERDICT: str(Verdict.INCLUDE), REASON: ""}
    return [
        Question(
            group=str(stage),
            key=key,
            positive=positives.get(key, str(Answer.MET)),
            ratings=_shared(found.get((str(stage), key), [])),
        )
        for stage in Stage
        for key in (VERDICT, REASON, *criteria)
    ]


def questions_of_annotations(
    annotations: Iterable[Annotation], study_of: Mapping[int, int], themes: Sequence[str]
) -> list[Question]:
    """Whether a passage bears a theme, all together and theme by theme; then its direction.

    ``annotations`` are each person's first on a theme of a passage. Who answered a passage before
    its suggestions were shown said no to every theme they did not name; who saw them said no only
    to what they rejected. Directions are compared where two people or more say that the theme is
    there. Themes that the codebook has not are left out; who said that a
    passage bears none of them said no to each.
    """
    said_all = list(annotations)
    known = set(themes)
    whole = _answered_whole(said_all)
    borne: dict[str, list[Rating]] = {}
    directions: dict[str, list[Rating]] = {}
    for place in gather_places(a for a in said_all if a.theme in known):
        first, unit = place[0], _unit(place)
        said = _first_of_each(place)
        study = study_of.get(first.report_id, first.report_id)

        def rating(rater: str, category: str, unit: Hashable = unit, study: int = study) -> Rating:
            return Rating(unit=unit, study=study, rater=rater, category=category)

        silent = {
            who
            for who, quotes in whole.get((first.report_id, first.text_hash), {}).items()
            if who not in said and any(_overlap(first, other) for other in quotes)
        }
        borne.setdefault(first.theme, []).extend(
            [rating(who, YES if _bears(a) else NO) for who, a in said.items()]
            + [rating(who, NO) for who in sorted(silent)]
        )
        directions.setdefault(first.theme, []).extend(
            rating(who, a.direction) for who, a in said.items() if _bears(a)
        )
    return [
        Question(group=group, key=key, positive=positive, ratings=_shared(_of(found, key)))
        for group, positive, found in (("themes", YES, borne), ("directions", "", directions))
        for key in (ALL_THEMES, *themes)
    ]


def _of(found: Mapping[str, list[Rating]], key: str) -> list[Rating]:
    if key != ALL_THEMES:
        return found.get(key, [])
    return [rating for ratings in found.values() for rating in ratings]


def _shared(ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    """The ratings of units that two people or more rated."""
    units: dict[Hashable, list[Rating]] = {}
    for rating in ratings:
        units.setdefault(rating.unit, []).append(rating)
    return tuple(r for shared in units.values() if len(shared) > 1 for r in shared)


def _first_of_each(place: Iterable[Annotation]) -> dict[str, Annotation]:
    said: dict[str, Annotation] = {}
    for annotation in place:
        said.setdefault(annotation.reviewer, annotation)
    return said


def _unit(place: Sequence[Annotation]) -> Hashable:
    first = place[0]
    start = min(a.quote.start for a in place)
    return (first.report_id, first.text_hash, start, first.theme)


def _answered_whole(
    annotations: Iterable[Annotation],
) -> dict[tuple[int, str], dict[str, list[Annotation]]]:
    """By text and person what they said of passages as a whole.

    That is before its suggestions were shown to them, or that none of the themes is there.
    """
    whole: dict[tuple[int, str], dict[str, list[Annotation]]] = {}
    for said in annotations:
        if not said.saw_suggestion or said.theme in (NOTHING, OFF_TOPIC):
            people = whole.setdefault((said.report_id, said.text_hash), {})
            people.setdefault(said.reviewer, []).append(said)
    return whole


def _overlap(one: Annotation, other: Annotation) -> bool:
    return one.quote.start < other.quote.end and other.quote.start < one.quote.end


def _bears(said: Annotation) -> bool:
    return said.verdict is not AnnotationVerdict.REJECT
