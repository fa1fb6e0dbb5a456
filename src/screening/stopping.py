"""Whether people may stop screening, and what may then be claimed of what they did not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import hypergeom, nchypergeom_wallenius

from review.audits import CONFIDENCE as AUDIT_CONFIDENCE
from review.audits import Audit

RECALL = 0.95
CONFIDENCE = 0.9
# How much likelier a relevant report is to be next than another one. No such number holds for all
# reviews: where many reports are relevant and the ranking hardly tells them from the others, it is
# near 1 at the end. There the ranking expects more of them than may be missed, and that keeps one
# from stopping; by the order alone odds of 2 are the most on which one may rely. Chosen on the
# sets of benchmarks/stopping.py, which tells what each choice gives.
ODDS = 3.0
# A report expected by less than a half is none.
_HALF = 0.5
# Fewer finds than these are no order to learn from, and 95 % of fewer than 20 reports is all of
# them; no set of the benchmark has fewer relevant reports, or fewer reports.
FEWEST_FOUND = 10
FEWEST_REPORTS = 100
# Of more moments the p value is hardly smaller, and it takes seconds.
_MOST_MOMENTS = 1000


@dataclass(frozen=True, kw_only=True)
class StopCheck:
    """What an order of screening, and the ranking behind it, say of the reports not screened.

    ``p`` is the probability of finds so few as the last ones were, had fewer than ``target`` of the
    relevant reports been found, if a relevant report is ``ODDS`` times as likely to be next as
    another; ``p_random`` is the same where the order is taken to be no better than chance, which
    needs no such assumption. ``expected`` is how many more relevant reports the ranking expects,
    None where ``p`` is too large already for that to matter. ``why_not`` is the reason not to stop,
    empty where one may.
    """

    screened: int
    found: int
    reports: int
    target: float
    confidence: float
    p: float
    p_random: float
    expected: float | None
    why_not: str

    @property
    def may_stop(self) -> bool:
        """Whether the claim may be made that ``target`` of the relevant reports were found."""
        return not self.why_not


def check_stop(
    found: Sequence[bool],
    reports: int,
    expect: Callable[[], float],
    *,
    target: float = RECALL,
    confidence: float = CONFIDENCE,
) -> StopCheck:
    """Whether screening may stop after ``found``, of ``reports`` that were to be screened.

    ``found`` says in the order of screening whether each report was relevant. The order must be
    that of a ranking, and nothing is known of reports that were not in it. ``expect`` gives the
    number of relevant reports that the ranking expects among those not screened, see
    ``expect_relevant``; as it takes a while it is asked only where all else allows to stop.
    """
    p = miss_probability(found, reports, target=target, odds=ODDS)
    why_not = _why_not(sum(found), len(found), reports, p, confidence)
    expected = None if why_not else expect()
    if expected is not None:
        why_not = _expects_too_many(expected, may_expect(sum(found), target))
    return StopCheck(
        screened=len(found),
        found=sum(found),
        reports=reports,
        target=target,
        confidence=confidence,
        p=p,
        p_random=miss_probability(found, reports, target=target),
        expected=expected,
        why_not=why_not,
    )


def may_expect(found: int, target: float = RECALL) -> float:
    """How many more relevant reports may be expected at most: those the target lets one miss."""
    return found * (1 / target - 1) + _HALF


def miss_probability(
    found: Sequence[bool], reports: int, *, target: float = RECALL, odds: float = 1.0
) -> float:
    """The p value of the hypothesis that fewer than ``target`` of the relevant were found.

    The test of Callaghan and Müller-Hansen (Syst Rev 2020;9:273): the reports screened since any
    earlier moment are taken for a draw from the urn of all that were open then, in which there are
    just so many relevant ones as would break the target; of all moments, or a thousand spread
    evenly over them, the smallest p value counts. With ``odds`` of 1 the draw is random, which is
    on the safe side for every order better than chance. Above 1 relevant reports are drawn with
    those odds (Wallenius' distribution, the authors' biased urns). Raises ValueError where more
    reports were screened than there are.
    """
    if len(found) > reports:
        raise ValueError(f"{len(found)} reports were screened of {reports}")
    if not len(found):
        return 1.0
    seen = np.concatenate([[0], np.cumsum(np.asarray(found, dtype=np.int64))])
    start = np.unique(np.linspace(0, len(found) - 1, _MOST_MOMENTS).astype(np.int64))
    # The smallest number of relevant reports under which the target is missed. The hair's breadth
    # is for quotients such as 19 / 0.95 that may come out below the whole number they are.
    total = np.floor(seen[-1] / target + 1e-9) + 1
    if total > seen[-1] + reports - len(found):
        return 0.0  # not so many are left: the target is met whatever they are
    since, relevant = seen[-1] - seen[start], total - seen[start]
    urn, drawn = reports - start, len(found) - start
    if odds == 1:
        return float(np.min(hypergeom.cdf(since, urn, relevant, drawn)))
    return float(np.min(nchypergeom_wallenius.cdf(since, urn, relevant, drawn, odds)))


def _why_not(found: int, screened: int, reports: int, p: float, confidence: float) -> str:
    if screened == reports:
        return "every report put before people was screened"
    if reports < FEWEST_REPORTS:
        return f"of fewer than {FEWEST_REPORTS} reports none may be left out by a stopping rule"
    if found < FEWEST_FOUND:
        return f"fewer than {FEWEST_FOUND} relevant reports were found"
    if p >= 1 - confidence:
        return f"the target may be missed (p = {p:.2g}, to be below {1 - confidence:.2g})"
    return ""


def _expects_too_many(expected: float, most: float) -> str:
    if np.isinf(expected):
        return (
            "too few reports are settled for the ranking to say how many relevant ones it expects"
        )
    if expected > most:
        return (
            f"the ranking expects {expected:,.1f} more relevant reports, and {most:,.1f} at most "
            "are allowed"
        )
    return ""


class Regime(StrEnum):
    """On what ground a review stands in which not every report was seen by a person, or was."""

    UNDER_WAY = "under_way"
    ALL_SCREENED = "all_screened"
    MACHINE_EXCLUDED = "machine_excluded"
    STATISTICAL_STOP = "statistical_stop"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The regime a review is in, why, and the claim that may be made; empty where none may."""

    regime: Regime
    reason: str
    claim: str


def name_ground(
    *, screened: int, waiting: int, excluded: int, audits: Sequence[Audit], stop: StopCheck
) -> Ground:
    """Which regime a review is in, and why.

    ``screened`` reports people have settled; ``waiting`` were not, those with a vote that is
    missing, unsure or disputed among them; ``excluded`` are out on the machine's word alone. The
    claim on these is that of the blind audit, and none where any model's audit allows none.
    """
    reason = (
        f"Reports screened by people: {screened:,}; excluded by the machine alone: {excluded:,}; "
        f"waiting for people: {waiting:,}."
    )
    if waiting and not stop.may_stop:
        return Ground(
            regime=Regime.UNDER_WAY, reason=f"{reason} Not to be stopped: {stop.why_not}.", claim=""
        )
    bound = _bound(audits) if excluded else ""
    if waiting:
        claim = f"{_stopped(stop)} {bound}".strip() if bound or not excluded else ""
        return Ground(regime=Regime.STATISTICAL_STOP, reason=reason, claim=claim)
    if excluded:
        return Ground(regime=Regime.MACHINE_EXCLUDED, reason=reason, claim=bound)
    return Ground(
        regime=Regime.ALL_SCREENED,
        reason=reason,
        claim="No report was left out unseen by a person." if screened else "",
    )


def _stopped(stop: StopCheck) -> str:
    return (
        f"With {stop.confidence:.0%} confidence at least {stop.target:.0%} of the relevant reports "
        f"put before people were found, if a relevant report is {ODDS:g} times as likely to come "
        f"next as another (p = {stop.p:.2g}); without that assumption p = {stop.p_random:.2g}. "
        f"The ranking expects {stop.expected or 0:,.1f} more relevant reports among the others."
    )


def _bound(audits: Sequence[Audit]) -> str:
    bounds = [audit.bound for audit in audits]
    if not bounds or None in bounds:
        return ""
    return " ".join(
        f"With {AUDIT_CONFIDENCE:.0%} confidence at most {audit.bound:,} of the "
        f"{audit.excluded:,} reports that {audit.model} excluded are eligible."
        for audit in audits
    )
