"""Answers to passages, kept: what is said of a suggestion, and themes a person found themselves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from review.annotations import Annotation, AnnotationVerdict, Direction, Note, Wrong
from review.decisions import Quote
from review.errors import InputError, StaleError
from review.reviewers import Role
from review.store.annotations import keep_annotation, withdraw_annotation
from review.store.decisions import keep_reviewer
from review.store.notes import keep_note
from review.store.passages import find_annotation, find_last_answers
from review.store.planted import keep_planted_answer
from review.store.session import Session
from workbench.answers import REJECTED, Moment, answer_item, name_themes
from workbench.pages.desk import Desk
from workbench.pages.lanes import Spot, item_at
from workbench.reading import Item, own_item
from workbench.wanted import Wanted, quote_wanted

# So many of the last answers can be taken back from every place.
UNDOABLE = 10


def keep_answer(
    session: Session,
    desk: Desk,
    wanted: Wanted,
    spot: Spot,
    *,
    annotation_id: str,
    said: str,
    direction: Direction,
    standing: str,
    now: datetime,
) -> str:
    """Keep this reviewer's answer to the theme of a spot, and commit; what was kept, in a sentence.

    ``said`` is ``accept``, ``reject``, ``outside``, ``off_topic``, or the theme that the passage
    bears instead; ``standing`` is the id of the answer it replaces, empty where there is none.
    Raises InputError where it is no answer, StaleError where the theme is not suggested, must be
    answered blind, or was answered otherwise meanwhile.
    """
    others = {t.key for t in desk.codebook.themes} - {spot.theme}
    if said not in {"accept", *REJECTED, *others}:
        raise InputError("this is none of the answers of the page; nothing was kept")
    item = _item(spot)
    if item.planted_id is not None:
        return _answer_planted(session, desk, item, annotation_id, said, direction, now)
    passage = spot.passage
    assert passage is not None
    moment = _moment(session, desk, wanted, spot, annotation_id, standing, now)
    quote = quote_wanted(spot.reading, passage, wanted)
    rows = answer_item(moment, passage, item, quote, said, direction)
    _keep(session, desk, rows, spot.reading.said(passage, item.theme))
    return _words(desk, rows)


def keep_naming(
    session: Session,
    desk: Desk,
    wanted: Wanted,
    spot: Spot,
    *,
    annotation_id: str,
    named: Mapping[str, Direction],
    standing: str,
    now: datetime,
) -> str:
    """Keep the themes this reviewer found in a passage, and commit; what was kept, in a sentence.

    ``named`` gives each theme its direction, or holds one thing that is said instead. Where the
    machine's view was hidden the answer settles all it suggests. Raises as ``keep_answer`` does.
    """
    passage = spot.passage
    assert passage is not None
    moment = _moment(session, desk, wanted, spot, annotation_id, standing, now)
    quote = quote_wanted(spot.reading, passage, wanted)
    rows = name_themes(moment, passage, quote, named, settles=not moment.saw_suggestion)
    _keep(session, desk, rows, ())
    return _words(desk, [row for row in rows if row.verdict is not AnnotationVerdict.REJECT])


def take_answer_back(
    session: Session, desk: Desk, annotation_id: str, withdrawal_id: uuid.UUID, now: datetime
) -> bool:
    """Take one of this reviewer's last answers back by new rows, and commit.

    An answer is all rows of one moment. False where it is not among the last ten.
    """
    answers = find_last_answers(session, desk.reviewer, UNDOABLE)
    rows = next((a for a in answers if annotation_id in {r.annotation_id for r in a}), [])
    for row in rows:
        withdraw_annotation(
            session,
            row.annotation_id,
            withdrawal_id=str(uuid.uuid5(withdrawal_id, row.annotation_id)),
            reviewer=desk.reviewer,
            now=now,
        )
    session.commit()
    return bool(rows)


def keep_passage_note(
    session: Session, desk: Desk, spot: Spot, note_id: str, text: str, now: datetime
) -> None:
    """Keep what this reviewer notes on a passage, and commit: a row that touches no answer."""
    assert spot.passage is not None
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, now)
    said = Note(
        note_id=note_id,
        report_id=spot.passage.report_id,
        reviewer=desk.reviewer,
        text=text.strip(),
        noted_at=now,
        text_hash=spot.passage.text_hash,
        quote=spot.passage.quote,
    )
    keep_note(session, said)
    session.commit()


def _item(spot: Spot) -> Item:
    """What is answered. Raises StaleError where it is not suggested, or must be answered blind."""
    assert spot.passage is not None
    own = spot.reading.said(spot.passage, spot.theme)
    item = item_at(spot) or (own_item(own[-1]) if own else None)
    if item is None:
        raise StaleError(
            "This influence is not suggested for this passage. The model may have changed since "
            "the page was drawn; open the passages again. Nothing you said before is lost."
        )
    return item


def _answer_planted(
    session: Session,
    desk: Desk,
    item: Item,
    answer_id: str,
    said: str,
    direction: Direction,
    now: datetime,
) -> str:
    """Keep what was said to a planted suggestion, apart from all annotations; what to tell then."""
    assert item.planted_id is not None
    accepted = said == "accept"
    keep_planted_answer(
        session,
        item.planted_id,
        answer_id=answer_id,
        reviewer=desk.reviewer,
        verdict=AnnotationVerdict.ACCEPT if accepted else AnnotationVerdict.REJECT,
        direction=direction,
        now=now,
    )
    session.commit()
    caught = not accepted or (item.wrong is Wrong.DIRECTION and direction is not item.direction)
    what = (
        "its direction was turned round"
        if item.wrong is Wrong.DIRECTION
        else ("no one suggests this influence there")
    )
    ending = "You caught it." if caught else f"You accepted it: {what}."
    return f"That suggestion was wrong on purpose, and is counted nowhere. {ending}"


def _moment(
    session: Session,
    desk: Desk,
    wanted: Wanted,
    spot: Spot,
    annotation_id: str,
    standing: str,
    now: datetime,
) -> Moment:
    """When and how an answer is given. Raises StaleError where another stands meanwhile.

    Sent again, an answer is what it was: that includes whether the machine had been seen.
    """
    passage = spot.passage
    assert passage is not None
    before = find_annotation(session, annotation_id)
    own = spot.reading.said(passage, spot.theme)
    stands = own[-1].annotation_id if own else ""
    if before is None and standing != stands:
        raise StaleError(
            "You answered this in another window since the page was drawn, and that answer "
            "stands. Open the passage again to change it."
        )
    return Moment(
        annotation_id=annotation_id,
        reviewer=desk.reviewer,
        now=now,
        codebook_version=desk.codebook.version,
        lane=wanted.lane,
        saw_suggestion=before.saw_suggestion if before else not spot.reading.is_hidden(passage),
    )


def _keep(
    session: Session, desk: Desk, rows: Sequence[Annotation], before: Sequence[Annotation]
) -> None:
    """Write an answer down. What it replaces with other edges is taken back in the same commit."""
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, rows[0].annotated_at)
    for old in before:
        new = rows[0]
        if old.annotation_id != new.annotation_id and _edges(old.quote) != _edges(new.quote):
            withdraw_annotation(
                session,
                old.annotation_id,
                withdrawal_id=str(uuid.uuid5(uuid.UUID(new.annotation_id), old.annotation_id)),
                reviewer=desk.reviewer,
                now=new.annotated_at,
            )
    for row in rows:
        keep_annotation(session, row)
    session.commit()


def _edges(quote: Quote) -> tuple[int, int]:
    return quote.start, quote.end


def _words(desk: Desk, rows: Sequence[Annotation]) -> str:
    """What was kept, in a sentence."""
    names = {t.key: t.name for t in desk.codebook.themes}
    said = []
    for row in rows:
        name = names.get(row.theme, row.theme.replace("-", " "))
        if row.verdict is AnnotationVerdict.REJECT:
            said.append(f"rejected {name}")
        elif row.theme in names:
            said.append(f"{name}, {row.direction}")
        else:
            said.append(name)
    return f"Kept: {'; '.join(said)}."
