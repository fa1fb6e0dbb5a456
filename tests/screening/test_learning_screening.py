"""A model is learnt from labels, the same from the same, and tested on what it has not seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from review.errors import InputError
from review.language import Encoder
from review.protocol import Protocol
from screening.classifier import calibrate, calibrated
from screening.fit import fit_sheet, group_folds, prepare_sheet
from screening.labelled import LabelledReport
from screening.learn import fit_screening, learn_screening

NOW = datetime(2026, 1, 5, tzinfo=UTC)


# No study stands on both sides of a fold, every real report is tested once, none made up is, and
# what was made up after a report is not learnt from where that report is tested.
def test_folds_keep_studies_together(garden_reports: list[LabelledReport]):
    paired = [replace(r, group=f"study {n // 2}") for n, r in enumerate(garden_reports)]
    after = replace(paired[0], constructed=True)
    reports = [*paired, after, replace(after, group="of its own")]
    tested: list[int] = []
    for train, test in group_folds(reports, seed=1):
        assert not {reports[n].group for n in test} & {reports[n].group for n in train}
        assert len(reports) - 1 in train
        assert (len(reports) - 2 in train) == (0 not in test)
        tested += test
    assert sorted(tested) == list(range(len(paired)))


# The same labels and seed give the same model and the same figures.
def test_learning_is_repeatable(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    first, figures = fit_screening(gardens, garden_reports, encoder, version="1", repeats=1)
    again, same = fit_screening(gardens, garden_reports, encoder, version="1", repeats=1)
    assert figures == same
    assert first.cut == again.cut
    for key, judge in first.judges.items():
        assert np.array_equal(judge.met.dense.coef_, again.judges[key].met.dense.coef_)
    assert figures["figures"]["include_recall"]["mean"] == 1
    assert figures["figures"]["specificity"]["mean"] >= 0.9


# A criterion whose labels are all alike cannot be learnt: its cues judge, and the card says so.
def test_one_class_only_is_left_to_cues(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    alike = [replace(r, labels={**r.labels, "plastic": "no"}) for r in garden_reports]
    sheet = prepare_sheet(gardens, alike, encoder)
    model = fit_sheet(gardens, sheet, encoder.fingerprint, "1", seed=0, repeats=1)
    assert set(model.judges) == {"garden"}


# Contradicting labels teach nothing, and no confidence comes of them.
def test_contradicting_labels_make_nobody_sure(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    same = replace(garden_reports[0], abstract="A bed.", title="Beds")
    told = [
        replace(same, group=f"s{n}", labels={"garden": "yes" if n % 2 else "no", "plastic": "no"},
                included=bool(n % 2), evidence={})
        for n in range(40)
    ]  # fmt: skip
    sheet = prepare_sheet(gardens, told, encoder)
    model = fit_sheet(gardens, sheet, encoder.fingerprint, "1", seed=0, repeats=1)
    judge = model.judges["garden"]
    row = sheet.described.dense["garden"][:1]
    words = model.vectorizer.transform(sheet.described.words()[:1])
    assert 0.2 < judge.met.probability(row, words)[0] < 0.8


def test_too_few_labels_are_refused(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    with pytest.raises(InputError, match="label more reports"):
        fit_screening(gardens, garden_reports[:6], encoder, version="1")


# Made-up reports teach, but neither figures nor the number of labels count them.
def test_constructed_reports_are_not_counted(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    extra = [replace(r, constructed=True) for r in garden_reports[:10]]
    _, metrics = fit_screening(gardens, [*garden_reports, *extra], encoder, version="1", repeats=1)
    assert metrics["data"]["reports"] == len(garden_reports)
    assert metrics["data"]["constructed"] == 10
    with pytest.raises(InputError):
        made_up = [replace(r, constructed=True) for r in garden_reports]
        fit_screening(gardens, made_up, encoder, version="1")


# Platt's targets keep a perfect ranking from being called certain.
def test_a_perfect_ranking_is_not_certain():
    raw = np.array([-2.0, -1.0, 1.0, 2.0])
    labels = raw > 0
    slope, offset = calibrate(raw, labels)
    assert slope > 0
    assert calibrated(raw, slope, offset)[-1] < 0.95
    assert calibrate(-raw, labels)[0] == 0


# The whole errand: a folder of a review becomes a version with model, metrics and card.
def test_a_review_is_learnt_from_its_folder(
    tmp_path: Path, gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    folder = tmp_path / "gardens"
    (folder / "labelled").mkdir(parents=True)
    (folder / "protocol.yaml").write_text(yaml.safe_dump(gardens.model_dump(mode="json")))
    lines = [
        json.dumps(
            {
                "id": r.report_id,
                "title": r.title,
                "abstract": r.abstract,
                "language": r.language,
                "labels": r.labels,
                "decision": "include" if r.included else "exclude",
                "evidence": r.evidence,
                "group": r.group,
            }
        )
        for r in garden_reports
    ]
    (folder / "labelled/criteria.jsonl").write_text("\n".join(lines))
    learnt = learn_screening(folder, tmp_path / "models", encoder, NOW)
    assert learnt.folder == tmp_path / "models/screening/1"
    assert set(learnt.learnt) == {"garden", "plastic"}
    assert "2026-01-05" in (learnt.folder / "card.md").read_text()
    assert learn_screening(folder, tmp_path / "models", encoder, NOW).version == "2"


# The shipped model is the one its labels give: fitted afresh, it reaches the figures it states.
@pytest.mark.slow
def test_the_shipped_figures_can_be_had_again(tmp_path: Path, checkout: Path, encoder: Encoder):
    learnt = learn_screening(checkout / "data/protocol/peer-support", tmp_path, encoder, NOW)
    stated = json.loads((checkout / "models/screening/1/metrics.json").read_text())["figures"]
    for name, figure in learnt.figures.items():
        assert figure["mean"] == pytest.approx(stated[name]["mean"], abs=0.02), name
