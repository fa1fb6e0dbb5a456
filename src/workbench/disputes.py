"""On what people disagree and what one alone has read, kept up to date by what was said since."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from review.decisions import Stage
from review.reviewers import Task
from review.second_reading import Dispute
from review.store.lanes import DisputedPlace, find_disputed_places
from review.store.marks import Marks, find_marks, find_spoken_between
from review.store.second_reading import (
    find_disputed_annotations,
    find_disputed_decisions,
    find_owed,
    find_read_by_one,
)
from review.store.session import Session, batches

# Where more than so many reports were spoken of since, all is looked through anew.
_MANY = 2_000


@dataclass(frozen=True, kw_only=True)
class Disputed:
    """What is in dispute now, by report: decisions at a stage, annotations of a place.

    ``places`` are the exact places on which people differ, for whoever has not answered them.
    ``read_by_one`` is, by task, who alone has read a report that is not settled.
    """

    decisions: Sequence[tuple[int, Stage]]
    annotations: Sequence[Dispute]
    places: Sequence[DisputedPlace]
    read_by_one: Mapping[Task, Mapping[int, str]]


class Disputes:
    """All disputes of a store, shared by all who ask; safe to ask from several threads.

    Always those of now: a vote is one row more, and the reports of the rows since the last question
    are looked at again. Looking through all of a large store takes seconds, and is done for who
    asks first, or first after records have come to other reports.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: Marks | None = None
        self._decisions: dict[int, list[tuple[int, Stage]]] = {}
        self._annotations: dict[int, list[Dispute]] = {}
        self._places: dict[int, list[DisputedPlace]] = {}
        self._read_by_one: dict[Task, dict[int, str]] = {task: {} for task in Task}

    def find(self, session: Session, blind: str = "") -> Disputed:
        """Every dispute, without what the person ``blind`` is asked to read and has not."""
        with self._lock:
            self._go_on(session)
            decisions = [one for key in sorted(self._decisions) for one in self._decisions[key]]
            annotations = [
                one for key in sorted(self._annotations) for one in self._annotations[key]
            ]
            places = [one for key in sorted(self._places) for one in self._places[key]]
            read_by_one = {task: dict(read) for task, read in self._read_by_one.items()}
        owed = {(o.report_id, str(o.task)) for o in (find_owed(session, blind) if blind else ())}
        return Disputed(
            decisions=[
                (report_id, on) for report_id, on in decisions if (report_id, on) not in owed
            ],
            annotations=[
                one
                for one in annotations
                if (one.said[0].report_id, str(Task.PASSAGES)) not in owed
            ],
            places=places,
            read_by_one=read_by_one,
        )

    def _go_on(self, session: Session) -> None:
        # The marks first: what is said meanwhile is looked at now, and once more next time.
        now = find_marks(session)
        spoken = find_spoken_between(session, self._marks, now) if self._marks else None
        if spoken is None or len(spoken) > _MANY:
            self._decisions, self._annotations, self._places = {}, {}, {}
            self._read_by_one = {task: {} for task in Task}
            self._look(session, None)
        else:
            for some in batches(sorted(spoken), 500):
                self._look(session, some)
        self._marks = now

    def _look(self, session: Session, report_ids: Collection[int] | None) -> None:
        """Look at these reports, or at all."""
        some = None if report_ids is None else list(report_ids)
        for report_id in some or ():
            self._decisions.pop(report_id, None)
            self._annotations.pop(report_id, None)
            self._places.pop(report_id, None)
            for read in self._read_by_one.values():
                read.pop(report_id, None)
        for place in find_disputed_decisions(session, report_ids=some):
            self._decisions.setdefault(place[0], []).append(place)
        for dispute in find_disputed_annotations(session, report_ids=some):
            self._annotations.setdefault(dispute.said[0].report_id, []).append(dispute)
        for at in find_disputed_places(session, some):
            self._places.setdefault(at.item.report_id, []).append(at)
        for task, read in self._read_by_one.items():
            read |= find_read_by_one(session, task, some)
