"""A small review of its own, labelled reports of it, and the shipped encoder and model."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.language import Encoder
from review.protocol import Criterion, Protocol
from screening.classifier import ScreeningModel
from screening.fit import fit_sheet, prepare_sheet
from screening.labelled import LabelledReport
from screening.model_files import find_screening_model, load_screening_model

# Nothing here may lean on the shipped review: gardens at schools, not with plastic plants.
_PLACES = ("Leeds", "Lyon", "Turin", "Graz", "Porto", "Ghent", "Malmo", "Cork", "Basel", "Brno")
_GARDEN = (
    "Pupils of a school in {0} dug a school garden. The school garden fed the canteen.",
    "School gardens in {0}: what teachers say. Teachers of {0} liked the school garden.",
)
_OTHER = (
    "Farms around {0} grow wheat. Yields of a farm in {0} were weighed.",
    "Traffic in {0} at night. Cars in {0} were counted by hand.",
)
_PLASTIC = "Plastic plants in a school garden in {0}. The plastic plants were washed each week."


@pytest.fixture(scope="session")
def gardens() -> Protocol:
    return Protocol(
        key="gardens",
        version="1",
        title="School gardens",
        question="What helps school gardens?",
        languages=("en", "fr"),
        criteria=(
            Criterion(
                key="garden",
                question="Is it about a school garden?",
                kind="inclusion",
                exclusion_reason="no_garden",
                reason_text="Not about a school garden",
                order=2,
                cues=("school garden*",),
                counter_cues=("farm*", "allotment*"),
            ),
            Criterion(
                key="plastic",
                question="Are the plants made of plastic?",
                kind="exclusion",
                exclusion_reason="plastic",
                reason_text="Plastic plants",
                order=1,
                cues=("plastic plant*", "artificial ... plant*", "plastic ?"),
                counter_cues=("living plant*",),
            ),
        ),
    )


def labelled(number: int, text: str, *, garden: str, plastic: str) -> LabelledReport:
    title, abstract = text.split(". ", 1)
    evidence = {"garden": "school garden"} if garden == "yes" and "school garden" in text else {}
    return LabelledReport(
        report_id=f"g{number}",
        title=title,
        abstract=abstract,
        language="en",
        labels={"garden": garden, "plastic": plastic},
        included=garden != "no" and plastic != "yes",
        reason="plastic" if plastic == "yes" else "no_garden" if garden == "no" else "",
        evidence=evidence,
        group=f"study {number}",
    )


@pytest.fixture(scope="session")
def garden_reports() -> list[LabelledReport]:
    """Fifty reports, each of a study of its own: twenty gardens, twenty others, ten plastic."""
    told = [(t.format(p), "yes", "no") for p in _PLACES for t in _GARDEN]
    told += [(t.format(p), "no", "no") for p in _PLACES for t in _OTHER]
    told += [(_PLASTIC.format(p), "yes", "yes") for p in _PLACES]
    return [labelled(n, text, garden=g, plastic=p) for n, (text, g, p) in enumerate(told)]


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def garden_model(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
) -> ScreeningModel:
    sheet = prepare_sheet(gardens, garden_reports, encoder)
    return fit_sheet(gardens, sheet, encoder.fingerprint, "1", seed=0, repeats=1)


@pytest.fixture(scope="session")
def shipped(checkout: Path, protocol: Protocol, encoder: Encoder) -> ScreeningModel:
    folder = find_screening_model(checkout / "models", protocol.key)
    assert folder is not None
    return load_screening_model(folder, protocol, encoder.fingerprint)
