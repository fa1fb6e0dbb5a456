"""Status: where the review stands, what it needs next, and the edition that holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from reporting.compile import SOURCE_NAMES
from reporting.prisma import BOX_TEXT, Box
from review.annotations import Lane
from review.errors import InputError
from review.reviewers import Role, Task
from review.schedule import PlannedRun, find_planned_runs
from review.settings import CHECKOUT
from review.store.editions import find_latest_edition
from review.store.runs import (
    RunState,
    find_alarms,
    find_last_begun,
    find_last_ground,
    find_last_runs,
    find_searches,
    find_standing_searches,
)
from workbench.access import least
from workbench.editions import count_blind
from workbench.pages.desk import desk_of, draw
from workbench.people import TASKS
from workbench.remembered import Remembered
from workbench.source_states import describe_sources
from workbench.standing import Standing

router = APIRouter()

_RUNS_SHOWN = 5
_REGIMES = {
    "under_way": "Screening is under way.",
    "all_screened": "People have screened every report.",
    "machine_excluded": "People have screened all that the machine did not exclude.",
    "statistical_stop": "Screening may stop: enough was found, with the probability stated.",
}

# Where each finds what they are asked to read as well.
_OWED_AT = {
    Task.TITLE_ABSTRACT: "/screening?lane=second",
    Task.FULL_TEXT: "/screening/full-text?lane=second",
    Task.PASSAGES: f"/passages?lane={Lane.ASKED}",
}


@router.get("/", dependencies=[least(Role.GUEST)])
def show_status(request: Request) -> Response:
    """Where the review stands today, and what it needs next."""
    desk = desk_of(request)
    remembered: Remembered[Standing] = request.app.state.standing
    standing = remembered.get()
    counts = standing.value.counts
    with desk.store.session() as session:
        runs = find_last_runs(session, _RUNS_SHOWN)
        ground = find_last_ground(session)
        planned, unreadable = _find_planned(find_last_begun(session))
        return draw(
            request,
            "status",
            edition=find_latest_edition(session),
            standing=standing.value,
            counts=counts,
            counted_at=None if standing.is_latest else standing.counted_at,
            boxes=[(_sentence(box), counts.in_box(box)) for box in Box if counts.in_box(box)],
            runs=runs,
            alarms=find_alarms(session),
            searches=find_searches(session, runs[0].run_id) if runs else [],
            sources=describe_sources(
                desk.protocol,
                find_standing_searches(session),
                standing.value.lost,
                has_address=bool(desk.settings.email),
                is_running=bool(runs) and runs[0].state is RunState.RUNNING,
            ),
            ground=ground,
            regimes=_REGIMES,
            planned=planned,
            unreadable=unreadable,
            names_people=desk.may(Role.REVIEWER),
            settles=desk.may(Role.ADJUDICATOR),
            tasks=TASKS,
            owed_at=_OWED_AT,
            source_names=SOURCE_NAMES,
        )


@router.get("/edition", dependencies=[least(Role.GUEST)])
def show_edition(request: Request) -> Response:
    """The page of the edition published last."""
    desk = desk_of(request)
    with desk.store.session() as session:
        edition = find_latest_edition(session)
        blind = count_blind(session, desk.reviewer, edition)
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
        blind = count_blind(session, desk.reviewer, edition)
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


def _find_planned(
    begun: Mapping[str, datetime],
) -> tuple[list[tuple[PlannedRun, bool]], str]:
    """The runs that are planned, each with whether its last one is missing; or why none is told."""
    try:
        planned = find_planned_runs(CHECKOUT / "prefect.yaml", datetime.now(UTC))
    except InputError as unreadable:
        return [], str(unreadable)
    return [(run, run.is_missing(begun)) for run in planned], ""


def _sentence(box: Box) -> str:
    text = BOX_TEXT[box]
    return text[0].upper() + text[1:]
