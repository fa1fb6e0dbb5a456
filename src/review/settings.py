"""Where this review is kept and what it runs with: read once, at the outer doors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from review.language import DEFAULT_ENCODER

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person may set, each through one environment variable.

    ``database`` is an SQLAlchemy address; ``home`` holds ``raw/``, ``review.db``, ``editions/``
    and ``models/``; ``protocol`` is the folder of the review; ``models`` the folder of the models
    it begins with; ``encoder`` and ``encoder_revision`` name the sentence encoder. ``email`` is
    where a source can write to when a search troubles it: without one no source is asked.
    ``keys`` are per source, ``addresses`` replace a source's own address (a proxy, a stand-in).
    """

    database: str
    home: Path
    protocol: Path
    models: Path
    encoder: str = DEFAULT_ENCODER
    encoder_revision: str = ""
    email: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

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
            email=env.get("LIVING_REVIEW_EMAIL") or "",
            keys=_per_source(env, "_KEY"),
            addresses=_per_source(env, "_ADDRESS"),
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
    def model_folders(self) -> tuple[Path, Path]:
        """Where models are looked for, newest version first.

        The first holds those refitted from this review's own decisions; nothing is ever added to
        the second, which may be kept in git, but by ``learn``.
        """
        return self.home / "models", self.models

    @property
    def editions(self) -> Path:
        """One folder per published edition."""
        return self.home / "editions"


def _per_source(env: Mapping[str, str], ending: str) -> dict[str, str]:
    """What is set per source: LIVING_REVIEW_PUBMED_KEY gives {"pubmed": …} for "_KEY"."""
    start = "LIVING_REVIEW_"
    return {
        name.removeprefix(start).removesuffix(ending).lower(): value
        for name, value in env.items()
        if name.startswith(start) and name.endswith(ending) and value
    }
