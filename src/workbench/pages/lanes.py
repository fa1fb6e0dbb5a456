"""Where a person is among the passages, and what comes before and after, lane by lane."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from review.anchors import Found
from review.annotations import Annotation, Lane
from review.blindness import is_drawn
from review.errors import StaleError
from review.reviewers import Role, Task
from review.store.anchors import StandingAnnotation, find_standing_annotations
from review.store.annotations import find_annotations
from review.store.decisions import keep_reviewer
from review.store.lanes import LaneItem, find_lane, find_open_report, find_tagged_report
from review.store.notes import find_notes
from review.store.passages import (
    PassageRow,
    find_last_answers,
    find_passages,
    find_places_answered,
    find_report_of_passage,
)
from review.store.planted import find_planted, is_planted_in, keep_planted
from review.store.readings import find_readings, load_reading
from review.store.records import find_reports
from review.store.second_reading import find_owed
from review.store.session import Session
from workbench.pages.desk import Desk
from workbench.planting import choose_wrong
from workbench.reading import Item, Reading, is_blind, plant
from workbench.wanted import BY_STUDY, Wanted

# So many items of a lane are looked up at a time.
QUEUED = 60
# Lanes whose order or theme would tell what is suggested for a passage to be answered blind.
_TELLING = (Lane.SWEEP, Lane.LIKELY, Lane.UNCERTAIN, Lane.RARE)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A report as its reader may see it, the passage looked at, and the theme of it."""

    reading: Reading
    passage: PassageRow | None = None
    theme: str = ""


def find_spot(
    session: Session, desk: Desk, wanted: Wanted, queue: Sequence[LaneItem]
) -> Spot | None:
    """Where a page stands: at the place asked for, or where the lane goes on. None if nowhere."""
    report_id, at, on = wanted.report, wanted.at, wanted.on
    if report_id is None and wanted.study:
        report_id = find_tagged_report(session, wanted.study)
    elif report_id is None and wanted.lane in BY_STUDY:
        report_id = _open_report(session, desk, wanted)
    elif report_id is None and queue:
        report_id, at, on = queue[0].report_id, queue[0].start, queue[0].theme
    reading = open_reading(session, desk, report_id, wanted) if report_id else None
    if reading is None:
        return None
    return _stand(reading, wanted, reading.passage_at(at), on)


def find_spot_of(session: Session, desk: Desk, wanted: Wanted, passage_id: int) -> Spot:
    """The spot of an answer. Raises StaleError where the passage is of another text by now."""
    of = find_report_of_passage(session, passage_id)
    reading = _read(session, desk, of[0], of[1]) if of else None
    for passage in reading.passages if reading else ():
        if reading and passage.passage_id == passage_id:
            return Spot(reading=reading, passage=passage, theme=wanted.on)
    raise StaleError(
        "This passage is no longer there: the text or the model has changed since the page was "
        "drawn. Open the passages again; nothing you said before is lost."
    )


def find_queue(session: Session, desk: Desk, wanted: Wanted) -> list[LaneItem]:
    """The first items of a lane; empty study by study, where one report follows another."""
    if wanted.lane in BY_STUDY:
        return []
    about = wanted.about
    if wanted.lane is Lane.SWEEP and not about:
        about = desk.codebook.themes[0].key
    disagrees = wanted.lane is Lane.DISAGREEMENT
    found = find_lane(
        session,
        wanted.lane,
        desk.reviewer,
        codebook_version=desk.codebook.version,
        # Those to be answered blind are taken out below.
        limit=2 * QUEUED,
        theme=about,
        run=wanted.run,
        full=wanted.full,
        disputed=desk.disputes.find(session).places if disagrees else None,
    )
    if wanted.lane in _TELLING:
        share = desk.settings.blind_share
        found = [i for i in found if not is_blind(share, desk.reviewer, i.text_hash, i.start)]
    return found[:QUEUED]


def open_reading(session: Session, desk: Desk, report_id: int, wanted: Wanted) -> Reading | None:
    """A report as this person may see it, with what was planted for them; None if there is none."""
    reading = _read_wanted(session, desk, report_id, wanted)
    plants = wanted.lane in BY_STUDY and not wanted.full and desk.may(Role.REVIEWER)
    if reading is None or not plants or reading.own:
        return reading
    share = desk.settings.planted_share
    if not is_drawn(share, "planted", desk.reviewer, report_id):
        return reading
    if is_planted_in(session, desk.reviewer, [p.passage_id for p in reading.passages]):
        return reading
    wrong = choose_wrong(reading, [theme.key for theme in desk.codebook.themes])
    if wrong is None:
        return reading
    passage, theme, direction, what = wrong
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, datetime.now(UTC))
    keep_planted(
        session,
        reviewer=desk.reviewer,
        passage_id=passage.passage_id,
        theme=theme,
        direction=direction,
        wrong=what,
        now=datetime.now(UTC),
    )
    session.commit()
    return _read_wanted(session, desk, report_id, wanted)


def find_neighbours(
    session: Session, desk: Desk, wanted: Wanted, spot: Spot, queue: Sequence[LaneItem]
) -> tuple[Wanted | None, Wanted | None]:
    """The places before and after, answered or not."""
    if wanted.lane not in BY_STUDY:
        return _beside_in_queue(wanted, spot, queue)
    report_id = spot.reading.report.report_id
    if wanted.name:
        places = [(passage, "") for passage in spot.reading.passages]
    else:
        places = list(spot.reading.places(wanted.about))
    starts = [(p.quote.start, on) for p, on in places]
    here = (spot.passage.quote.start if spot.passage else 0, spot.theme)
    there = starts.index(here) if here in starts else None
    before = [s for s in starts if s < here] if there is None else starts[:there]
    later = [s for s in starts if s > here] if there is None else starts[there + 1 :]

    def go(place: tuple[int, str]) -> Wanted:
        return wanted.go(report=report_id, at=place[0], on=place[1], name=wanted.name)

    following = _next_report(session, desk, wanted, report_id)
    onward = wanted.go(report=following) if following else None
    return go(before[-1]) if before else None, go(later[0]) if later else onward


def find_onward(
    session: Session, desk: Desk, wanted: Wanted, spot: Spot, queue: Sequence[LaneItem]
) -> Wanted:
    """Where to go once the place is answered: to what is open next. ``queue`` is from before."""
    if wanted.lane not in BY_STUDY:
        return _beside_in_queue(wanted, spot, queue)[1] or wanted.go()
    report_id = spot.reading.report.report_id
    reading = _read_wanted(session, desk, report_id, wanted)
    here = spot.passage.quote.start if spot.passage else 0
    still = [(p.quote.start, on) for p, on in reading.open_places(wanted.about)] if reading else []
    chosen = next((place for place in still if place[0] >= here), still[0] if still else None)
    if chosen:
        return wanted.go(report=report_id, at=chosen[0], on=chosen[1])
    following = _next_report(session, desk, wanted, report_id)
    return wanted.go(report=following)


def leave_out(queue: Sequence[LaneItem], spot: Spot) -> list[LaneItem]:
    """What a lane still holds once the spot is answered."""
    here = spot.reading.report.report_id, spot.passage.quote.start if spot.passage else -1
    return [i for i in queue if (i.report_id, i.start, i.theme) != (*here, spot.theme)]


def item_at(spot: Spot) -> Item | None:
    """What is put before the reader at a spot, if anything is."""
    if spot.passage is None:
        return None
    items = spot.reading.items(spot.passage)
    return next((item for item in items if item.theme == spot.theme), None)


def _stand(reading: Reading, wanted: Wanted, passage: PassageRow | None, on: str) -> Spot:
    """The spot at a passage, or at the first one that is open, or else at the first one."""
    if passage is None:
        places = reading.open_places(wanted.about) or list(reading.places(wanted.about))
        if places:
            return Spot(reading=reading, passage=places[0][0], theme=places[0][1])
        first = reading.passages[0] if reading.passages else None
        return Spot(reading=reading, passage=first)
    items = reading.items(passage)
    if on not in {i.theme for i in items} and not reading.said(passage, on or "-"):
        still = [i.theme for i in items if reading.is_open(passage, i.theme)]
        on = next(iter([*still, *(i.theme for i in items)]), "")
    return Spot(reading=reading, passage=passage, theme="" if wanted.name else on)


def _read_wanted(session: Session, desk: Desk, report_id: int, wanted: Wanted) -> Reading | None:
    """The text of a report that is wanted; None where it has none such."""
    reading = find_readings(session, [report_id]).get(report_id) if wanted.full else None
    if wanted.full and reading is None:
        return None
    return _read(session, desk, report_id, reading.text_hash if reading else "")


def _read(session: Session, desk: Desk, report_id: int, text_hash: str = "") -> Reading | None:
    """A report with the passages of one of its texts: that of the hash, or its abstract."""
    report = find_reports(session, [report_id]).get(report_id)
    if report is None:
        return None
    full = find_readings(session, [report_id]).get(report_id)
    own_hash = report.text_hash
    is_full = full is not None and full.text_hash == text_hash
    if text_hash not in ("", own_hash) and not is_full:
        return None
    shown = full.text_hash if full and is_full else own_hash
    passages = find_passages(session, report_id, shown)
    everything = find_annotations(session, [report_id])
    said = [a for a in everything if a.text_hash == shown]
    today = {own_hash, full.text_hash if full else own_hash}
    by_id = {passage.passage_id: passage for passage in passages}
    labelled = {t.key: t.phrases()[-1] for t in desk.codebook.themes}
    planted = [p for p in find_planted(session, desk.reviewer) if p.passage_id in by_id]
    return Reading(
        report=report,
        passages=tuple(passages),
        reviewer=desk.reviewer,
        blind_share=desk.settings.blind_share,
        text=load_reading(full, desk.settings.raw) if full and is_full else report.text,
        text_hash=shown,
        first=0 if is_full else len(report.title) + 1,
        has_full_text=full is not None,
        own=tuple(a for a in said if a.reviewer == desk.reviewer),
        others=tuple(a for a in said if a.reviewer != desk.reviewer),
        earlier=tuple(_find_earlier(session, desk, everything, shown, today)),
        notes=tuple(find_notes(session, [report_id])),
        seen=frozenset(find_places_answered(session, desk.reviewer, report_id)),
        planted={
            (p.passage_id, p.theme): plant(p, by_id[p.passage_id], labelled.get(p.theme, ""))
            for p in planted
        },
    )


def _find_earlier(
    session: Session, desk: Desk, said: Sequence[Annotation], shown: str, today: Collection[str]
) -> list[StandingAnnotation]:
    """What was said of texts before: what stands in the one shown, and what is in none of today."""
    moved = sorted({a.report_id for a in said if a.text_hash not in today})
    standing = find_standing_annotations(session, desk.settings.raw, moved) if moved else []
    return [
        placed
        for placed in standing
        if placed.said.text_hash not in today
        and not placed.is_answered
        and (placed.found is Found.LOST or placed.text_hash == shown)
    ]


def _open_report(session: Session, desk: Desk, wanted: Wanted) -> int | None:
    """The report the person was at, if it is open still, or the next one, or the first."""
    last = find_last_answers(session, desk.reviewer, 1)
    return _next_report(session, desk, wanted, last[0][0].report_id - 1 if last else 0)


def _next_report(session: Session, desk: Desk, wanted: Wanted, after: int) -> int | None:
    asked = wanted.lane is Lane.ASKED
    owed = find_owed(session, desk.reviewer) if asked else ()
    among = [one.report_id for one in owed if one.task is Task.PASSAGES] if asked else None
    for start in dict.fromkeys((after, 0)):
        found = find_open_report(
            session,
            desk.reviewer,
            after=start,
            theme=wanted.about,
            run=wanted.run,
            full=wanted.full,
            among=among,
        )
        if found is not None:
            return found
    return None


def _beside_in_queue(
    wanted: Wanted, spot: Spot, queue: Sequence[LaneItem]
) -> tuple[Wanted | None, Wanted | None]:
    here = (
        spot.reading.report.report_id,
        spot.passage.quote.start if spot.passage else -1,
        spot.theme,
    )
    places = [(i.report_id, i.start, i.theme) for i in queue]
    there = places.index(here) if here in places else -1

    def go(place: tuple[int, int, str]) -> Wanted:
        return wanted.go(report=place[0], at=place[1], on=place[2])

    before = go(places[there - 1]) if there > 0 else None
    return before, go(places[there + 1]) if there + 1 < len(places) else None
