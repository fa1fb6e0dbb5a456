"""Status: where the review stands, what the last run did, and the edition that holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from reporting.compile import SOURCE_NAMES, count_flow, count_full_texts, place_reports
from reporting.prisma import BOX_TEXT, Box, PrismaCounts
from review.reviewers import Role
from review.store.annotations import count_open_suggestions
from review.store.duplicates import find_open_questions
from review.store.editions import EditionRow, find_latest_edition
from review.store.runs import find_latest_run, find_searches
from review.store.second_reading import find_owed
from review.store.session import Session, Store
from workbench.access import least
from workbench.pages.desk import Desk, desk_of, draw
from workbench.remembered import Remembered

router = APIRouter()

# Up to here a count takes some fifty milliseconds.
_LARGE = 2_000


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the reports of the review stand."""

    counts: PrismaCounts
    full_texts: int
    open_suggestions: int
    open_questions: int


def count_standing(store: Store) -> Standing:
    """Count the boxes of the flow, and what waits for people."""
    with store.session() as session:
        states = place_reports(session, find_latest_edition(session))
        return Standing(
            counts=count_flow(session, states),
            full_texts=count_full_texts(session, states),
            open_suggestions=count_open_suggestions(session),
            open_questions=len(find_open_questions(session)),
        )


def remember_standing(store: Store) -> Remembered[Standing]:
    """The standing of this store; of a large one, the last that was counted."""
    return Remembered(lambda: count_standing(store), lambda s: s.counts.reports < _LARGE)


@router.get("/", dependencies=[least(Role.GUEST)])
def show_status(request: Request) -> Response:
    """Where the review stands today."""
    remembered: Remembered[Standing] = request.app.state.standing
    standing = remembered.get()
    counts = standing.value.counts
    with desk_of(request).store.session() as session:
        run = find_latest_run(session)
        return draw(
            request,
            "status",
            edition=find_latest_edition(session),
            standing=standing.value,
            counts=counts,
            counted_at=None if standing.is_latest else standing.counted_at,
            boxes=[(_sentence(box), counts.in_box(box)) for box in Box if counts.in_box(box)],
            run=run,
            searches=find_searches(session, run.run_id) if run else [],
            source_names=SOURCE_NAMES,
        )


@router.get("/edition", dependencies=[least(Role.GUEST)])
def show_edition(request: Request) -> Response:
    """The page of the edition published last."""
    desk = desk_of(request)
    with desk.store.session() as session:
        edition = find_latest_edition(session)
        blind = _count_blind(session, desk, edition)
    if blind:
        return _withhold(request, blind)
    page = Path(edition.folder) / "report.html" if edition else None
    if page is None or not page.is_file():
        return draw(
            request,
            "message",
            status_code=404,
            heading="There is no edition to show",
            text="None has been published, or its folder was moved. "
            "living-review publish makes one from what the store holds.",
        )
    return FileResponse(page, media_type="text/html")


@router.get("/{table}.csv", dependencies=[least(Role.GUEST)])
def download_table(request: Request, table: str) -> Response:
    """A table beside the edition's page, which links to it by its bare name."""
    desk = desk_of(request)
    with desk.store.session() as session:
        edition = find_latest_edition(session)
        blind = _count_blind(session, desk, edition)
    if blind:
        return _withhold(request, blind)
    # Only a name the edition's folder holds: never a path of the asker's making.
    files = {f.stem: f for f in Path(edition.folder).glob("*.csv")} if edition else {}
    if table not in files:
        return draw(
            request,
            "message",
            status_code=404,
            heading="There is no such table",
            text="The tables are those linked from the report.",
        )
    return FileResponse(files[table], media_type="text/csv", filename=f"{table}.csv")


def _count_blind(session: Session, desk: Desk, edition: EditionRow | None) -> int:
    """How many reports the person is asked to read blind of which the edition may tell.

    Those the person was asked to read before it was published are told of in no edition.
    """
    if edition is None:
        return 0
    asked = find_owed(session, desk.reviewer)
    return len({o.report_id for o in asked if o.assigned_at > edition.published_at})


def _withhold(request: Request, reports: int) -> Response:
    return draw(
        request,
        "message",
        status_code=403,
        heading="The report has to wait",
        text=f"Since it was published you were asked to read {reports} "
        f"{'report' if reports == 1 else 'reports'} on which somebody else has decided, and it "
        "tells what. You can open it once you have read them, or once the next edition is out.",
    )


def _sentence(box: Box) -> str:
    text = BOX_TEXT[box]
    return text[0].upper() + text[1:]
