"""What waits for a person in each lane, and in which order, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Lane,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import quote_from
from review.protocol import Protocol
from review.records import Record
from review.store.annotations import keep_annotation, keep_suggestions, withdraw_annotation
from review.store.decisions import keep_reviewer
from review.store.lanes import LaneItem, find_lane, find_open_report, find_tagged_report
from review.store.passages import (
    find_annotation,
    find_last_answers,
    find_passages,
    find_places_answered,
    find_report_of_passage,
    find_verified,
)
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store

SENTENCES = ("Pay was low.", "Staff were kind.", "We asked ten people.")
# Per report and sentence the themes with their scores; suggested from .5 on.
SCORES = {
    1: ({"pay": 0.9, "staff": 0.2}, {"staff": 0.55}, {"pay": 0.1}),
    2: ({"pay": 0.6}, {"staff": 0.97, "role": 0.7}, {"role": 0.05}),
}


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    with store.session() as opened:
        run_id = open_run(opened, "update", protocol, now)
        search_id = open_search(opened, run_id, source="pubmed", address="a", now=now)
        abstract = " ".join(SENTENCES)
        records = [
            Record(source="pubmed", source_id=str(n), title=f"100% study {n}", abstract=abstract)
            for n in (1, 2)
        ]
        keep_records(opened, search_id, list(enumerate(records, start=1)), now)
        keep_members(opened, {1: 1, 2: 2})
        _tag(opened, run_id, "m1", {1: ({"old": 0.9}, {}, {})}, now)
        _tag(opened, run_id, "m2", SCORES, now)
        for name in ("ana", "ben", "cem"):
            keep_reviewer(opened, name, "reviewer", now)
        yield opened


def _tag(session: Session, run_id: int, model: str, scores: dict, now: datetime) -> None:  # type: ignore[type-arg]
    reports = find_reports(session, scores)
    tagged = []
    for report_id, per_sentence in scores.items():
        text = reports[report_id].text
        passages = []
        for position, (sentence, themes) in enumerate(zip(SENTENCES, per_sentence, strict=True)):
            start = text.index(sentence)
            passages.append(
                PassageTags(
                    passage=Passage(
                        quote=quote_from(text, start, start + len(sentence)), position=position
                    ),
                    relevance=0.5,
                    themes=tuple(
                        ThemeScore(
                            theme=theme,
                            score=score,
                            suggested=score >= 0.5,
                            direction=Direction.BARRIER,
                            direction_score=0.8,
                            nearest="",
                        )
                        for theme, score in themes.items()
                    ),
                )
            )
        tagged.append((reports[report_id], passages))
    keep_suggestions(session, run_id, model, tagged, now)


def _hash(session: Session, report_id: int) -> str:
    return find_reports(session, [report_id])[report_id].text_hash


def _say(
    session: Session,
    now: datetime,
    name: str,
    report_id: int,
    sentence: int,
    theme: str,
    verdict: str,
    direction: str = "barrier",
    **changed: object,
) -> str:
    passage = find_passages(session, report_id, _hash(session, report_id))[sentence]
    scored = {s.theme: s.suggestion_id for s in passage.themes}
    said = Annotation(
        **{  # type: ignore[arg-type]
            "annotation_id": f"{name}:{report_id}:{sentence}:{theme}:{verdict}:{direction}",
            "report_id": report_id,
            "text_hash": passage.text_hash,
            "quote": passage.quote,
            "theme": theme,
            "verdict": AnnotationVerdict(verdict),
            "direction": Direction(direction),
            "reviewer": name,
            "annotated_at": now,
            "codebook_version": "1",
            "suggestion_id": scored.get(theme),
            **changed,
        }
    )
    keep_annotation(session, said)
    return said.annotation_id


def _lane(session: Session, lane: Lane, name: str = "ana", **changed: object) -> list[LaneItem]:
    asked = {"codebook_version": "1", "limit": 50, **changed}
    return find_lane(session, lane, name, **asked)  # type: ignore[arg-type]


def _short(items: list[LaneItem]) -> list[tuple[int, str]]:
    return [(item.report_id, item.theme) for item in items]


# Only what the newest model says of today's text is there, with every passage, tagged or not.
def test_passages_are_those_of_the_newest_tagging(session: Session) -> None:
    passages = find_passages(session, 1, _hash(session, 1))
    assert [p.quote.exact for p in passages] == list(SENTENCES)
    assert [[s.theme for s in p.suggested] for p in passages] == [["pay"], ["staff"], []]
    assert [s.theme for s in passages[0].themes] == ["pay", "staff"]
    of = (1, passages[0].text_hash)
    assert find_report_of_passage(session, passages[0].passage_id) == of
    assert find_report_of_passage(session, 999) is None
    assert find_passages(session, 999, "") == []


def test_open_suggestions_come_in_the_order_of_the_lane(session: Session) -> None:
    in_text = [(1, "pay"), (1, "staff"), (2, "pay"), (2, "staff"), (2, "role")]
    assert sorted(_short(_lane(session, Lane.SWEEP))) == sorted(in_text)
    assert _short(_lane(session, Lane.SWEEP, theme="staff")) == [(1, "staff"), (2, "staff")]
    likely = [(2, "staff"), (1, "pay"), (2, "role"), (2, "pay"), (1, "staff")]
    assert _short(_lane(session, Lane.LIKELY)) == likely
    assert _short(_lane(session, Lane.UNCERTAIN))[:2] == [(1, "staff"), (2, "pay")]
    assert _lane(session, Lane.LIKELY, run=7) == []
    assert len(_lane(session, Lane.LIKELY, limit=2)) == 2


# What is rarest among what people verified comes first.
def test_rare_influences_come_first(session: Session, now: datetime) -> None:
    _say(session, now, "ben", 1, 0, "pay", "accept")
    _say(session, now, "ben", 2, 0, "pay", "accept")
    _say(session, now, "ben", 1, 1, "staff", "accept")
    assert [theme for _, theme in _short(_lane(session, Lane.RARE))] == [
        "role",
        "staff",
        "staff",
        "pay",
        "pay",
    ]


def test_what_one_answered_is_not_open_until_it_is_taken_back(
    session: Session, now: datetime
) -> None:
    said = _say(session, now, "ana", 1, 0, "pay", "reject")
    assert (1, "pay") not in _short(_lane(session, Lane.LIKELY))
    assert (1, "pay") in _short(_lane(session, Lane.LIKELY, "ben"))
    assert find_open_report(session, "ana") == 1
    _say(session, now, "ana", 1, 1, "staff", "accept")
    assert find_open_report(session, "ana") == 2
    assert find_open_report(session, "ana", theme="role") == 2
    assert find_open_report(session, "ana", after=2) is None
    assert find_open_report(session, "ana", run=7) is None
    withdraw_annotation(session, said, withdrawal_id="w", reviewer="ana", now=now)
    assert find_open_report(session, "ana") == 1
    # It was seen all the same.
    assert len(find_places_answered(session, "ana", 1)) == 2
    assert find_annotation(session, said) is not None
    assert find_annotation(session, "w") is None


def test_the_audit_draws_passages_without_suggestion(session: Session, now: datetime) -> None:
    drawn = _lane(session, Lane.AUDIT)
    assert sorted(_short(drawn)) == [(1, ""), (2, "")]
    assert drawn == _lane(session, Lane.AUDIT)
    _say(session, now, "ana", 1, 2, "no-theme", "add")
    assert _short(_lane(session, Lane.AUDIT)) == [(2, "")]
    assert len(_lane(session, Lane.AUDIT, "ben")) == 2


# One's own answers that the machine would not have given, the least like it first, once.
def test_a_second_look_is_at_ones_own_answers_unlike_the_machine(
    session: Session, now: datetime
) -> None:
    _say(session, now, "ana", 2, 1, "staff", "reject")
    _say(session, now, "ana", 1, 0, "pay", "accept", "facilitator")
    _say(session, now, "ana", 2, 0, "pay", "accept")
    _say(session, now, "ben", 1, 1, "staff", "reject")
    assert _short(_lane(session, Lane.SECOND_LOOK)) == [(2, "staff"), (1, "pay")]
    again = {"annotation_id": "again", "lane": Lane.SECOND_LOOK}
    _say(session, now, "ana", 2, 1, "staff", "reject", **again)
    assert _short(_lane(session, Lane.SECOND_LOOK)) == [(1, "pay")]


def test_answers_under_another_codebook_are_checked_again(session: Session, now: datetime) -> None:
    _say(session, now, "ana", 1, 0, "pay", "accept", codebook_version="0")
    _say(session, now, "ana", 1, 1, "staff", "accept")
    _say(session, now, "ben", 2, 0, "pay", "accept", codebook_version="0")
    assert _short(_lane(session, Lane.RECHECK)) == [(1, "pay")]
    assert _lane(session, Lane.RECHECK, theme="staff") == []


# That people disagree is told to whoever has not answered, not how.
def test_disputed_places_come_to_a_third_person(session: Session, now: datetime) -> None:
    _say(session, now, "ana", 1, 0, "pay", "accept")
    _say(session, now, "ben", 1, 0, "pay", "reject")
    _say(session, now, "ana", 1, 1, "staff", "accept")
    _say(session, now, "ben", 1, 1, "staff", "accept")
    _say(session, now, "ana", 2, 0, "pay", "accept")
    _say(session, now, "ben", 2, 0, "pay", "accept", "facilitator")
    assert _short(_lane(session, Lane.DISAGREEMENT, "cem")) == [(1, "pay"), (2, "pay")]
    assert _lane(session, Lane.DISAGREEMENT, "ana") == []


def test_the_last_answers_are_those_that_stand(session: Session, now: datetime) -> None:
    first = _say(session, now, "ana", 1, 0, "pay", "accept")
    later = now.replace(hour=9)
    both = [
        _say(session, later, "ana", 1, 1, "staff", "reject"),
        _say(session, later, "ana", 1, 1, "role", "add"),
    ]
    _say(session, later, "ben", 1, 1, "role", "add")
    answers = find_last_answers(session, "ana", 10)
    assert [{a.annotation_id for a in rows} for rows in answers] == [set(both), {first}]
    assert len(find_last_answers(session, "ana", 1)) == 1
    withdraw_annotation(session, first, withdrawal_id="w", reviewer="ana", now=later)
    assert len(find_last_answers(session, "ana", 10)) == 1


def test_verified_passages_are_of_other_reports(session: Session, now: datetime) -> None:
    _say(session, now, "ana", 1, 0, "pay", "accept")
    _say(session, now, "ben", 2, 0, "pay", "reject")
    assert find_verified(session, "pay", elsewhere=1, reader="ana", limit=9) == []
    [said] = find_verified(session, "pay", elsewhere=2, reader="ana", limit=9)
    assert said.reviewer == "ana"


# An example tells a second reader nothing of what the first one said, until both have answered.
def test_verified_passages_are_those_the_reader_may_see(session: Session, now: datetime) -> None:
    _say(session, now, "ana", 1, 0, "pay", "accept")
    assert find_verified(session, "pay", elsewhere=2, reader="ben", limit=9) == []
    _say(session, now, "ben", 1, 0, "pay", "reject")
    [said] = find_verified(session, "pay", elsewhere=2, reader="ben", limit=9)
    assert said.reviewer == "ana"


def test_a_study_is_sought_by_number_or_words(session: Session) -> None:
    assert find_tagged_report(session, "2") == 2
    assert find_tagged_report(session, "STUDY 2") == 2
    # A sign of the database's own is a letter like any other.
    assert find_tagged_report(session, "100%") == 1
    assert find_tagged_report(session, "%2") is None
