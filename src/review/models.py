"""Fitted models: what one says of itself, where their versions lie, and how one is added."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from review.errors import ModelError

# One folder of models, or several that are looked through together.
Folders = Path | Sequence[Path]


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """One model a run used.

    ``task`` says in words what it did; ``thresholds`` and ``figures`` are (name, value as printed)
    pairs, the figures those of the model's own evaluation with their method in ``evaluated``.
    """

    task: str
    name: str
    version: str
    fingerprint: str
    thresholds: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    evaluated: str = ""


def find_versions(models: Folders, task: str) -> list[Path]:
    """The folders ``<models>/<task>/<number>``, newest first; of one number the first named."""
    folders = [models] if isinstance(models, Path) else models
    found = [version for folder in folders for version in (folder / task).glob("*")]
    versions = [version for version in found if version.is_dir() and version.name.isdecimal()]
    return sorted(versions, key=lambda version: -int(version.name))


def next_version(models: Folders, task: str) -> str:
    """The version after the highest there is, from "1" on."""
    versions = find_versions(models, task)
    return str(int(versions[0].name) + 1 if versions else 1)


@contextmanager
def write_version(folder: Path) -> Iterator[Path]:
    """A new folder to make and fill that takes its name only once everything in it is written.

    Work that ends before leaves no version. Raises ModelError where it cannot be written or a
    version of that name is there already: a kept model never changes.
    """
    half = folder.with_name(f".{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield half
        half.rename(folder)
    except OSError as impossible:
        raise ModelError(
            f"{folder}: the model cannot be written ({impossible.strerror}); free some space, or "
            "name a folder that can be written in LIVING_REVIEW_HOME"
        ) from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
