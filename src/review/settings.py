"""Where this review is kept and what it runs with: read once, at the outer doors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from review.language import DEFAULT_ENCODER

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person may set, each through one environment variable.

    ``database`` is an SQLAlchemy address; ``home`` holds ``raw/``, ``review.db`` and
    ``editions/``; ``protocol`` is the folder of the review; ``models`` the folder of fitted
    models; ``encoder`` and ``encoder_revision`` name the sentence encoder.
    """

    database: str
    home: Path
    protocol: Path
    models: Path
    encoder: str = DEFAULT_ENCODER
    encoder_revision: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from ``LIVING_REVIEW_*``, with the checkout's own folders as defaults."""
        env = os.environ if environ is None else environ
        home = Path(env.get("LIVING_REVIEW_HOME") or CHECKOUT / "data").expanduser().resolve()
        return cls(
            database=env.get("LIVING_REVIEW_DATABASE") or f"sqlite:///{home / 'review.db'}",
            home=home,
            protocol=Path(
                env.get("LIVING_REVIEW_PROTOCOL") or CHECKOUT / "data/protocol/peer-support"
            ).expanduser(),
            models=Path(env.get("LIVING_REVIEW_MODELS") or CHECKOUT / "models").expanduser(),
            encoder=env.get("LIVING_REVIEW_ENCODER") or DEFAULT_ENCODER,
            encoder_revision=env.get("LIVING_REVIEW_ENCODER_REVISION") or "",
        )

    @property
    def raw(self) -> Path:
        """Everything received, as it was received."""
        return self.home / "raw"

    @property
    def inbox(self) -> Path:
        """Exported files put here are imported by the next update."""
        return self.home / "inbox"

    @property
    def editions(self) -> Path:
        """One folder per published edition."""
        return self.home / "editions"
