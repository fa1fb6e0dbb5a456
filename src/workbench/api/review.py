"""Operations that tell of the review: where it stands, its runs and editions, what it promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from review.amendments import find_amendments
from review.protocol import Codebook, Protocol
from review.reviewers import Role
from review.store.editions import find_editions
from review.store.protocols import find_protocol_versions
from review.store.runs import RunState, find_run, find_runs, find_searches
from workbench.access import least
from workbench.api.models import Limit, Listing, Shape
from workbench.api.problems import PROBLEMS, ROOT, AbsentError
from workbench.editions import count_blind
from workbench.pages.agreement import Figures
from workbench.pages.desk import desk_of
from workbench.remembered import Remembered
from workbench.sent import RowId
from workbench.standing import Standing

router = APIRouter(prefix=ROOT, tags=["The review"], responses={**PROBLEMS})


class Counts(Shape):
    """Where the reports stand, counted for the flow diagram (PRISMA 2020)."""

    counted_at: datetime = Field(description="A large review is counted every few minutes.")
    identified: dict[str, int] = Field(description="Records by source.")
    duplicates_removed: int
    reports: int = Field(description="What is left to screen.")
    excluded_automatic: int = Field(description="Reports that only the machine excludes.")
    awaiting_screening: int
    screened: int
    excluded_screening: int
    excluded_screening_reasons: dict[str, int]
    sought: int
    not_retrieved: int
    awaiting_full_text: int
    assessed: int
    excluded_full_text: int
    excluded_full_text_reasons: dict[str, int]
    included: int
    studies: int
    reopened: int = Field(description="Reports that changed since people decided on them.")
    full_texts: int
    open_suggestions: int = Field(description="Suggested themes that nobody has answered.")
    open_questions: int = Field(description="Pairs of records that may be one report.")
    disputed_reports: int
    disputed_passages: int
    lost: dict[str, int] = Field(
        description="By source the included records that its strategies no longer find."
    )
    changes: tuple[str, ...] = Field(description="What differs from the latest edition.")


class SearchMade(Shape):
    """One question to one source, or one file."""

    source: str
    state: RunState
    expected: int | None = Field(description="How many records were promised, null if unknown.")
    received: int | None


class Run(Shape):
    """One execution of the review's steps."""

    run_id: int
    kind: str
    state: RunState
    protocol: str = Field(description="The fingerprint of the protocol it was made under.")
    started_at: datetime
    finished_at: datetime | None


class RunWithSearches(Run):
    """A run with what it asked."""

    searches: list[SearchMade]


class Edition(Shape):
    """One published report of the review."""

    number: int
    run_id: int
    published_at: datetime
    sha256: str = Field(description="Of the published page.")
    flow: dict[str, Any] | None = Field(
        description="The numbers of its flow diagram; null while you are asked to read what it "
        "may tell of."
    )


class Change(Shape):
    """One place of the protocol whose words changed."""

    place: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


class Version(Shape):
    """A version of the protocol under which runs were made."""

    fingerprint: str
    version: str
    first_seen_at: datetime
    runs: int
    changes: list[Change] = Field(description="What differs from the version before.")


class Figure(Shape):
    """A figure with its 95 % interval; null, with the reason, where the answers give none."""

    value: float | None
    low: float | None
    high: float | None
    why: str


class Agreement(Shape):
    """How far people who read the same on their own said the same of one question."""

    group: str = Field(description="A stage of screening, influences or directions.")
    question: str = Field(description="As the protocol asks it, or the name of an influence.")
    units: int
    studies: int
    alike: int
    raw: Figure
    positive: Figure
    prevalence: Figure
    kappa: Figure
    alpha: Figure
    ac1: Figure


@router.get("/standing", dependencies=[least(Role.GUEST)])
def tell_standing(request: Request) -> Counts:
    """Where the review stands."""
    remembered: Remembered[Standing] = request.app.state.standing
    found = remembered.get()
    named = set(Counts.model_fields)
    counts: Mapping[str, Any] = {
        name: getattr(of, name)
        for of in (found.value, found.value.counts, found)
        for name in named
        if hasattr(of, name)
    }
    return Counts(**counts)


@router.get("/runs", dependencies=[least(Role.GUEST)])
def list_runs(
    request: Request, limit: Limit = 20, after: Annotated[RowId | None, Query()] = None
) -> Listing[Run]:
    """Runs, the last first."""
    with desk_of(request).store.session() as session:
        found = find_runs(session, limit + 1, before=after)
    part = [Run.model_validate(run) for run in found[:limit]]
    return Listing[Run](items=part, next=part[-1].run_id if len(found) > limit else None)


@router.get("/runs/{run_id}", dependencies=[least(Role.GUEST)])
def tell_run(request: Request, run_id: RowId) -> RunWithSearches:
    """One run with its searches."""
    with desk_of(request).store.session() as session:
        run = find_run(session, run_id)
        if run is None:
            raise AbsentError(f"there is no run {run_id}")
        searches = find_searches(session, run_id)
    return RunWithSearches(
        **Run.model_validate(run).model_dump(),
        searches=[SearchMade.model_validate(search) for search in searches],
    )


@router.get("/editions", dependencies=[least(Role.GUEST)])
def list_editions(
    request: Request, limit: Limit = 20, after: Annotated[RowId | None, Query()] = None
) -> Listing[Edition]:
    """Published editions, the last first."""
    desk = desk_of(request)
    with desk.store.session() as session:
        found = find_editions(session, limit + 1, before=after)
        part = [
            Edition(
                number=edition.number,
                run_id=edition.run_id,
                published_at=edition.published_at,
                sha256=edition.sha256,
                # As the page does: who is to read a report is not told what another said of it.
                flow=None
                if count_blind(session, desk.reviewer, edition)
                else edition.counts.get("flow", {}),
            )
            for edition in found[:limit]
        ]
    return Listing[Edition](items=part, next=part[-1].number if len(found) > limit else None)


@router.get("/protocol", dependencies=[least(Role.GUEST)])
def tell_protocol(request: Request) -> Protocol:
    """The protocol of today."""
    return desk_of(request).protocol


@router.get("/protocol/versions", dependencies=[least(Role.GUEST)])
def list_versions(request: Request) -> list[Version]:
    """Every version of the protocol that a run was made under, the first first."""
    with desk_of(request).store.session() as session:
        versions = find_protocol_versions(session)
    return [
        Version(
            fingerprint=version.fingerprint,
            version=version.version,
            first_seen_at=version.first_seen_at,
            runs=version.runs,
            changes=[
                Change.model_validate(change)
                for change in (find_amendments(before.body, version.body) if before else ())
            ],
        )
        for before, version in zip([None, *versions], versions, strict=False)
    ]


@router.get("/codebook", dependencies=[least(Role.GUEST)])
def tell_codebook(request: Request) -> Codebook:
    """The codebook of today: the themes that passages are tagged with."""
    return desk_of(request).codebook


@router.get("/agreement", dependencies=[least(Role.REVIEWER)])
def tell_agreement(request: Request) -> list[Agreement]:
    """Agreement of everyone on each question that two people have answered."""
    remembered: Remembered[Figures] = request.app.state.agreement
    return [
        Agreement.model_validate(
            {
                "group": table.caption,
                "question": row.question,
                **{
                    n: getattr(row.found, n)
                    for n in Agreement.model_fields
                    if hasattr(row.found, n)
                },
            }
        )
        for table in remembered.get().value.tables
        for row in table.rows
    ]
