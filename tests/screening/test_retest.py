"""A phrase that was changed counts at once, and it is said which model judges beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from review.errors import InputError
from review.language import Encoder
from review.protocol import Protocol
from screening.classifier import ScreeningModel
from screening.labelled import LabelledReport
from screening.model_files import keep_screening_model
from screening.retest import Retest, retest_screening


@pytest.fixture
def folder(tmp_path: Path, gardens: Protocol, garden_reports: list[LabelledReport]) -> Path:
    """The garden review as a folder, with its labelled reports."""
    (tmp_path / "review/labelled").mkdir(parents=True)
    write_protocol(tmp_path / "review", gardens)
    write_reports(tmp_path / "review/labelled/criteria.jsonl", garden_reports)
    return tmp_path / "review"


def write_protocol(folder: Path, protocol: Protocol) -> None:
    (folder / "protocol.yaml").write_text(yaml.safe_dump(protocol.model_dump(mode="json")))


def write_reports(path: Path, reports: list[LabelledReport]) -> None:
    lines = [
        json.dumps(
            {
                "title": r.title,
                "abstract": r.abstract,
                "labels": r.labels,
                "decision": "include" if r.included else "exclude",
                "group": r.group,
            }
        )
        for r in reports
    ]
    path.write_text("\n".join(lines))


def with_cue(protocol: Protocol, cue: str) -> Protocol:
    first, *rest = protocol.criteria
    changed = first.model_copy(update={"cues": (*first.cues, cue)})
    return protocol.model_copy(update={"criteria": (changed, *rest)})


def recalls(done: Retest) -> dict[str, float]:
    return {key: agreement.recall for key, agreement in done.by_cues.criteria.items()}


# Reports that call a garden by another name are found once that name is a cue, and no sooner.
def test_a_new_cue_shows_in_the_figures(
    folder: Path, gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    renamed = [
        replace(r, title=r.title.replace("chool garden", "chool plot"),
                abstract=r.abstract.replace("school garden", "school plot"))
        for r in garden_reports
    ]  # fmt: skip
    file = folder / "others.jsonl"
    write_reports(file, renamed)
    before = retest_screening(folder, folder / "models", file, encoder)
    write_protocol(folder, with_cue(gardens, "school plot*"))
    after = retest_screening(folder, folder / "models", file, encoder)
    assert recalls(before)["garden"] < 0.5 < recalls(after)["garden"]
    assert recalls(before)["plastic"] == recalls(after)["plastic"]
    # The twenty reports of other things were not renamed, and the review learns from them.
    assert (after.by_model, after.model, after.learnt_from) == (None, "", 20)


# The kept model is named, with whether it knows the cues and has seen the reports.
def test_the_model_beside_the_cues_is_named(
    folder: Path, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    keep_screening_model(folder / "models/screening/1", garden_model, {})
    file = folder / "labelled/criteria.jsonl"
    done = retest_screening(folder, folder / "models", file, encoder)
    assert (done.model, done.same_cues) == ("screening/gardens/1", True)
    assert done.learnt_from == done.reports == 50
    assert done.by_model is not None
    assert done.by_model.criteria["garden"].f1 > 0.9
    write_protocol(folder, with_cue(gardens, "school plot*"))
    assert not retest_screening(folder, folder / "models", file, encoder).same_cues


# Judged unseen, labels that follow no rule are not learnt by heart.
def test_unseen_reports_are_not_judged_by_heart(
    folder: Path,
    garden_reports: list[LabelledReport],
    garden_model: ScreeningModel,
    encoder: Encoder,
):
    drawn = np.random.default_rng(1).integers(2, size=len(garden_reports)).astype(bool)
    turned = [
        replace(r, labels={**r.labels, "garden": "yes" if yes else "no"},
                included=bool(yes) and r.labels["plastic"] != "yes")
        for r, yes in zip(garden_reports, drawn, strict=True)
    ]  # fmt: skip
    file = folder / "labelled/criteria.jsonl"
    write_reports(file, turned)
    done = retest_screening(folder, folder / "models", file, encoder, unseen=True)
    assert done.unseen
    assert done.by_model is not None
    assert done.by_model.criteria["garden"].f1 < 0.8


def test_a_file_that_is_none_is_refused(folder: Path, encoder: Encoder):
    with pytest.raises(InputError, match="no such file"):
        retest_screening(folder, folder / "models", folder / "none.jsonl", encoder)
