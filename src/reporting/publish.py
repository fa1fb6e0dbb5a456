"""publish: check the counts, write the edition's page and tables, and enter it in the store."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reporting.compile import compile_edition
from reporting.edition import EditionData, RunFacts
from reporting.prisma import PrismaCounts
from reporting.render import render_edition
from reporting.summary import summarise_edition
from reporting.tables import tables_csv
from review.errors import ReviewError
from review.models import ModelFacts
from review.protocol import Codebook, Protocol
from review.store.editions import EditionRow, find_latest_edition, keep_edition
from review.store.session import Session

PAGE = "report.html"
SUMMARY = "summary.md"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class PublicationSummary:
    """The edition that holds now; ``is_new`` is false where nothing had changed since the last."""

    number: int
    page: Path
    is_new: bool
    edition: EditionData

    @property
    def counts(self) -> PrismaCounts:
        """The numbers of its flow."""
        return self.edition.counts


def publish(
    session: Session,
    protocol: Protocol,
    codebook: Codebook,
    *,
    models: Sequence[ModelFacts],
    editions: Path,
    run_id: int,
    now: datetime,
    next_update: datetime | None = None,
) -> PublicationSummary:
    """Write the next edition into a folder of its own, whole or not at all.

    An edition that would say what the last one says is not written again. Raises ConservationError
    where the counts do not add up, ReviewError where the folder cannot be written.
    """
    edition = compile_edition(
        session,
        protocol,
        codebook,
        models=models,
        run_id=run_id,
        now=now,
        next_update=next_update,
    )
    said = _fingerprint(edition)
    latest = find_latest_edition(session)
    if latest and latest.counts.get("said") == said and (Path(latest.folder) / PAGE).is_file():
        return PublicationSummary(
            number=latest.number,
            page=Path(latest.folder) / PAGE,
            is_new=False,
            edition=replace(edition, number=latest.number, published_at=latest.published_at),
        )
    page = render_edition(edition)
    files = {PAGE: page, SUMMARY: summarise_edition(edition), **tables_csv(edition)}
    folder = _write(editions / f"edition-{edition.number:04}", files)
    keep_edition(
        session,
        EditionRow(
            number=edition.number,
            run_id=run_id,
            published_at=now,
            counts=_counts(edition, said),
            folder=str(folder),
            sha256=hashlib.sha256(page.encode()).hexdigest(),
        ),
    )
    session.commit()
    return PublicationSummary(
        number=edition.number, page=folder / PAGE, is_new=True, edition=edition
    )


def flow_counts(counts: PrismaCounts) -> dict[str, int]:
    """The numbers of the flow that are kept with an edition."""
    names = (
        "records_identified",
        "reports",
        "excluded_automatic",
        "awaiting_screening",
        "screened",
        "included",
        "reopened",
    )
    return {name: int(getattr(counts, name)) for name in names}


def _fingerprint(edition: EditionData) -> str:
    """SHA-256 of what the edition says of the review, whichever run says it and when."""
    run = RunFacts(run_id=0, state="", started_at=_LONG_AGO, models=edition.run.models)
    bare = replace(edition, number=0, published_at=_LONG_AGO, run=run, changes=(), next_update=None)
    told = "\0".join([render_edition(bare), *tables_csv(bare).values()])
    return hashlib.sha256(told.encode()).hexdigest()


def _counts(edition: EditionData, said: str) -> dict[str, object]:
    return {
        "said": said,
        "flow": flow_counts(edition.counts),
        "included_reports": [listed.report.report_id for listed in edition.included],
    }


def _write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write into a folder beside, then give it the name: readers never meet half an edition."""
    half = folder.with_name(folder.name + ".half")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for name, content in files.items():
            # Excel reads a CSV as UTF-8 only where a byte order mark says so.
            encoding = "utf-8-sig" if name.endswith(".csv") else "utf-8"
            (half / name).write_text(content, encoding=encoding)
        # A folder of that name is one that was never entered in the store: the run was stopped.
        shutil.rmtree(folder, ignore_errors=True)
        half.replace(folder)
    except OSError as impossible:
        shutil.rmtree(half, ignore_errors=True)
        raise ReviewError(
            f"{folder}: the edition cannot be written ({impossible.strerror}); free some space or "
            "name another place in LIVING_REVIEW_HOME, then publish again"
        ) from None
    return folder
