"""Which machine exclusions people look at blind: the next of a random order."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil

from review.audits import audit_place

# Five a week are 59 clean answers, a bound of 5 %, within a quarter.
FEWEST_DRAWN = 5
SHARE_DRAWN = 0.01


def draw_audit(
    excluded: Collection[int], drawn: Collection[int], *, model: str, new: int
) -> list[int]:
    """The reports to audit next, of those the model excludes and that were not drawn yet.

    ``new`` is how many this run excluded: at least one in a hundred of them and at least five
    reports are drawn, as far as there are that many. More are drawn where new exclusions stand
    before old ones in the model's random order, for only an order without gaps is a fair sample.
    """
    order = sorted(excluded, key=lambda report_id: audit_place(model, report_id))
    known = set(drawn)
    places = [n for n, report_id in enumerate(order) if report_id in known]
    overtaking = [r for r in order[: places[-1]] if r not in known] if places else []
    wanted = max(FEWEST_DRAWN, ceil(SHARE_DRAWN * new), len(overtaking))
    return [report_id for report_id in order if report_id not in known][:wanted]
