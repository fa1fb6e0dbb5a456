"""Where this review is kept and what it runs with: read once, at the outer doors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from review.errors import InputError
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
    ``blind_share`` in [0, 1] is the share of items before which a person answers without having
    seen the machine's view; ``planted_share`` in [0, 1] the share of studies in which one
    suggestion is put that is known to be wrong.
    """

    database: str
    home: Path
    protocol: Path
    models: Path
    encoder: str = DEFAULT_ENCODER
    encoder_revision: str = ""
    email: str = ""
    blind_share: float = 0.2
    planted_share: float = 0.1
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
            blind_share=_share(env, "LIVING_REVIEW_BLIND_SHARE", cls.blind_share),
            planted_share=_share(env, "LIVING_REVIEW_PLANTED_SHARE", cls.planted_share),
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


def _share(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        share = float(env.get(name) or default)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InputError(f"{name} is {env[name]!r}; give a share from 0 to 1, such as 0.2")
    return share


def _per_source(env: Mapping[str, str], ending: str) -> dict[str, str]:
    """What is set per source: LIVING_REVIEW_PUBMED_KEY gives {"pubmed": …} for "_KEY"."""
    start = "LIVING_REVIEW_"
    return {
        name.removeprefix(start).removesuffix(ending).lower(): value
        for name, value in env.items()
        if name.startswith(start) and name.endswith(ending) and value
    }
