"""The versions of the protocol under which runs were made, as each was first used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.store.schema import protocol_version, run
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class ProtocolVersion:
    """One text of the protocol: ``body`` is all it says, ``runs`` how many runs were made by it."""

    fingerprint: str
    version: str
    first_seen_at: datetime
    runs: int
    body: Mapping[str, Any]


def find_protocol_versions(session: Session) -> list[ProtocolVersion]:
    """Every text of the protocol that a run was made under, the first first."""
    runs = (
        sa.select(sa.func.count())
        .select_from(run)
        .where(run.c.protocol == protocol_version.c.fingerprint)
        .scalar_subquery()
    )
    query = sa.select(protocol_version, runs.label("runs")).order_by(
        protocol_version.c.first_seen_at, protocol_version.c.fingerprint
    )
    return [
        ProtocolVersion(
            fingerprint=row["fingerprint"],
            version=row["version"],
            first_seen_at=row["first_seen_at"],
            runs=row["runs"],
            body=row["body"],
        )
        for row in session.execute(query).mappings()
    ]
