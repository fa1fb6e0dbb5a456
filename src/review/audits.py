"""The blind audit of machine exclusions: who is looked at, and what may be said of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scipy.stats import hypergeom

from review.decisions import Verdict

CONFIDENCE = 0.95
# The first number of which none being eligible bounds the share of a large population below 5 %.
FEWEST_ANSWERED = 59


@dataclass(frozen=True, kw_only=True)
class Audit:
    """How far the audit of one model's exclusions has come.

    ``excluded`` are the reports the model excludes today that nobody decided on but in the audit;
    ``drawn`` of them were drawn, ``answered`` of these are the random sample that people have
    decided on blind, and ``eligible`` of the sample were not excluded by people. A report people
    disagree on, or are unsure of, counts as eligible until they settle it.
    """

    model: str
    excluded: int
    drawn: int
    answered: int
    eligible: int

    @property
    def bound(self) -> int | None:
        """At most so many of ``excluded`` are eligible, with 95 % confidence; None: no claim.

        No claim is made on fewer than 59 answers, unless they are all there is to look at.
        """
        if self.answered < min(FEWEST_ANSWERED, self.excluded) or not self.excluded:
            return None
        return bound_eligible(self.excluded, self.answered, self.eligible)


def bound_eligible(
    excluded: int, answered: int, eligible: int, confidence: float = CONFIDENCE
) -> int:
    """The exact upper limit on the eligible among ``excluded``, from a sample drawn from them.

    The largest number under which ``eligible`` or fewer among ``answered`` drawn without
    replacement still has a probability above 1 - ``confidence``: the finite population's
    counterpart of the limit of Clopper and Pearson (Biometrika 1934;26:404-413). It holds for one
    look at one time; of many looks at a growing sample one in twenty may miss.
    """
    low, high = eligible, excluded - (answered - eligible)
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeom.cdf(eligible, excluded, middle, answered) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low


def audit_place(model: str, report_id: int) -> int:
    """Where a report stands in the model's random order, in which reports are audited.

    The order never changes (permanent random numbers, Ohlsson 1995), so its first reports are at
    any time a simple random sample of all that are excluded by then: small weeks and large ones,
    old exclusions and new ones, are in it by their share.
    """
    named = f"{model}\x1f{report_id}".encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest())


def count_audit(
    model: str, excluded: Collection[int], drawn: Collection[int], said: Mapping[int, Verdict]
) -> Audit:
    """How far the audit has come.

    ``said`` holds people's verdict on those of ``drawn`` that were decided on blind. Only the
    reports up to the first of the model's order without an answer count as the sample: which
    reports people come to first may depend on what is in them.
    """
    sample: list[Verdict] = []
    for report_id in sorted(excluded, key=lambda report_id: audit_place(model, report_id)):
        if report_id not in drawn or report_id not in said:
            break
        sample.append(said[report_id])
    return Audit(
        model=model,
        excluded=len(excluded),
        drawn=len(set(excluded) & set(drawn)),
        answered=len(sample),
        eligible=sum(verdict is not Verdict.EXCLUDE for verdict in sample),
    )
