"""Protocol: what the review promised, and each change to it since, to be read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from reporting.compile import SOURCE_NAMES
from review.amendments import Amendment, find_amendments
from review.reviewers import Role
from review.store.protocols import ProtocolVersion, find_protocol_versions
from workbench.access import least
from workbench.pages.desk import desk_of, draw

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class VersionCard:
    """One version with what it changed in the one before; ``again`` where none was raised."""

    version: ProtocolVersion
    amendments: Sequence[Amendment]
    again: bool


@router.get("/protocol", dependencies=[least(Role.GUEST)])
def show_protocol(request: Request) -> HTMLResponse:
    """The protocol and codebook of today, and the versions that runs were made under."""
    desk = desk_of(request)
    with desk.store.session() as session:
        versions = find_protocol_versions(session)
    used = {version.fingerprint for version in versions}
    return draw(
        request,
        "protocol",
        cards=_cards(versions)[::-1],
        is_used=desk.protocol.fingerprint() in used,
        awaited=find_amendments(versions[-1].body, desk.protocol.model_dump(mode="json"))
        if versions
        else [],
        criteria=sorted(desk.protocol.criteria, key=lambda c: c.order),
        sources=SOURCE_NAMES,
    )


def _cards(versions: Sequence[ProtocolVersion]) -> list[VersionCard]:
    earlier = [None, *versions]
    return [
        VersionCard(
            version=version,
            amendments=find_amendments(before.body, version.body) if before else [],
            again=before is not None and before.version == version.version,
        )
        for before, version in zip(earlier, versions, strict=False)
    ]
