"""The lanes hold what is open, all of it and in order, however many batches it is found in."""

from __future__ import annotations

import random
from collections import Counter
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
from review.records import Record, Report
from review.store.annotations import keep_annotation, keep_suggestions, withdraw_annotation
from review.store.decisions import keep_reviewer
from review.store.lanes import find_lane, find_open_report
from review.store.passages import PassageRow, find_passages
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.schema import annotation
from review.store.session import Session, Store

THEMES = ("pay", "role", "staff")
_REPORTS, _SENTENCES = 70, 6


def _tag(chance: random.Random, report: Report) -> list[PassageTags]:
    starts = [report.text.index(f"Sentence {n}.") for n in range(_SENTENCES)]
    return [
        PassageTags(
            passage=Passage(quote=quote_from(report.text, s, s + 11), position=position),
            relevance=0.5,
            themes=tuple(
                ThemeScore(
                    theme=theme,
                    # Few different scores, so that many are equal.
                    score=chance.randrange(30, 100) / 100,
                    suggested=chance.random() < 0.7,
                    direction=Direction.BARRIER,
                    direction_score=0.8,
                    nearest="",
                )
                for theme in chance.sample(THEMES, chance.randrange(3))
            ),
        )
        for position, s in enumerate(starts)
    ]


def _fill(session: Session, protocol: Protocol, now: datetime, chance: random.Random) -> None:
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="a", now=now)
    text = " ".join(f"Sentence {n}." for n in range(_SENTENCES))
    records = [
        Record(source="pubmed", source_id=str(n), title=f"Study {n}", abstract=text)
        for n in range(_REPORTS)
    ]
    keep_records(session, search_id, list(enumerate(records, start=1)), now)
    keep_members(session, {n: n for n in range(1, _REPORTS + 1)})
    reports = list(find_reports(session, range(1, _REPORTS + 1)).values())
    # Some were tagged before, and what was said then holds no more; not all in their order.
    keep_suggestions(session, run_id, "m1", [(r, _tag(chance, r)) for r in reports[:20]], now)
    chance.shuffle(reports)
    keep_suggestions(session, run_id, "m2", [(r, _tag(chance, r)) for r in reports], now)
    for name in ("ana", "ben"):
        keep_reviewer(session, name, "reviewer", now)


def _answer(
    session: Session,
    now: datetime,
    chance: random.Random,
    name: str,
    passages: list[PassageRow],
    share: float,
) -> set[tuple[int, str]]:
    """Answers a share; some with edges moved, some of no suggestion's name, some taken back."""
    answered: set[tuple[int, str]] = set()
    for passage in passages:
        for theme in THEMES:
            if chance.random() > share:
                continue
            ids = {s.theme: s.suggestion_id for s in passage.themes}
            number = f"{name}:{passage.passage_id}:{theme}"
            quote = passage.quote
            said = Annotation(
                annotation_id=number,
                report_id=passage.report_id,
                text_hash=passage.text_hash,
                quote=quote
                if chance.random() < 0.7
                else quote_from(f"{'x' * quote.start}{quote.exact}", quote.start + 3, quote.end),
                theme=theme,
                verdict=chance.choice([AnnotationVerdict.ACCEPT, AnnotationVerdict.REJECT]),
                direction=Direction.BARRIER,
                reviewer=name,
                annotated_at=now,
                codebook_version="1",
                suggestion_id=ids.get(theme) if chance.random() < 0.7 else None,
            )
            keep_annotation(session, said)
            if chance.random() < 0.2:
                withdraw_annotation(
                    session, number, withdrawal_id=f"{number}:w", reviewer=name, now=now
                )
            else:
                answered.add((passage.passage_id, theme))
    return answered


# All that is open and nothing else is in a lane, in the order that the scores give; also where a
# person has answered nearly all of what comes first, so that it is found in several batches.
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_lane_holds_all_that_is_open_in_its_order(
    store: Store, protocol: Protocol, now: datetime, share: float
) -> None:
    chance = random.Random(share)
    with store.session() as session:
        _fill(session, protocol, now, chance)
        passages = [
            passage
            for report in find_reports(session, range(1, _REPORTS + 1)).values()
            for passage in find_passages(session, report.report_id, report.text_hash)
        ]
        _answer(session, now, chance, "ben", passages, 0.1)
        answered = _answer(session, now, chance, "ana", passages, share)

        opened = [
            (passage, scored)
            for passage in passages
            for scored in passage.suggested
            if (passage.passage_id, scored.theme) not in answered
        ]
        verified = _count_verified(session)
        for lane, key in {
            Lane.LIKELY: lambda p, s: (-s.score, s.suggestion_id),
            Lane.UNCERTAIN: lambda p, s: (abs(s.score - 0.5), s.suggestion_id),
            Lane.RARE: lambda p, s: (verified[s.theme], s.theme, -s.score, s.suggestion_id),
            Lane.SWEEP: lambda p, s: (p.report_id, p.position, s.suggestion_id),
        }.items():
            for theme in ("", "role"):
                expected = [
                    (p.report_id, p.quote.start, s.theme)
                    for p, s in sorted(opened, key=lambda one, key=key: key(*one))  # type: ignore[misc]
                    if s.theme == (theme or s.theme)
                ]
                assert len(expected) > 3
                for limit in (3, 1000):
                    found = _places(session, lane, theme, limit)
                    assert found == expected[:limit], (lane, theme, limit)
        quiet = {
            (p.report_id, p.quote.start, "")
            for p in passages
            if not p.suggested and not any((p.passage_id, t) in answered for t in THEMES)
        }
        drawn = _places(session, Lane.AUDIT, "", 1000)
        assert len(drawn) == len(quiet) and set(drawn) == quiet
        assert _places(session, Lane.AUDIT, "", 3) == drawn[:3]
        with_open = sorted({p.report_id for p, _ in opened})
        for after in (0, 20, with_open[-1]):
            following = next((r for r in with_open if r > after), None)
            assert find_open_report(session, "ana", after=after) == following


def _places(session: Session, lane: Lane, theme: str, limit: int) -> list[tuple[int, int, str]]:
    found = find_lane(session, lane, "ana", codebook_version="1", limit=limit, theme=theme)
    return [(item.report_id, item.start, item.theme) for item in found]


def _count_verified(session: Session) -> Counter[str]:
    rows = session.execute(annotation.select()).mappings()
    return Counter(row["theme"] for row in rows if row["verdict"] == AnnotationVerdict.ACCEPT)
