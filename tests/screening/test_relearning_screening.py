"""People's decisions teach what they tell, and a refitted model is kept only where it is better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from review.language import Encoder
from review.protocol import Protocol
from screening.fit import fit_sheet, prepare_sheet
from screening.labelled import LabelledReport


# What nobody said of a criterion is not said against it: without a word on plastic the gardens
# change nothing of what was learnt about plastic.
def test_an_unknown_answer_is_no_negative(
    gardens: Protocol, garden_reports: list[LabelledReport], encoder: Encoder
):
    silent = [
        replace(r, report_id=f"s{n}", labels={"garden": r.labels["garden"]}, group=f"silent {n}")
        for n, r in enumerate(garden_reports)
    ]
    sheet = prepare_sheet(gardens, [*garden_reports, *silent], encoder)
    told = sheet.take(range(len(garden_reports)))
    without = fit_sheet(gardens, told, encoder.fingerprint, "1", seed=0, repeats=1)
    with_them = fit_sheet(gardens, sheet, encoder.fingerprint, "1", seed=0, repeats=1)
    same, other = (
        [m.judges[key].met.dense.coef_ for m in (without, with_them)]
        for key in ("plastic", "garden")
    )
    assert np.array_equal(*same)
    assert not np.array_equal(*other)
