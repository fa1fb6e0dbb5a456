"""What people's decisions teach: labelled reports as a fit needs them, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from review.decisions import Stage, Verdict, agree
from review.protocol import Protocol
from review.records import Report
from screening.labelled import LabelledReport

# What people said per stage: the consensus alone where there is one, else a pair each.
Said = Mapping[Stage, Sequence[tuple[Verdict, str | None]]]


def learn_from_decisions(
    said: Mapping[int, Said],
    reports: Mapping[int, Report],
    studies: Mapping[int, int],
    protocol: Protocol,
    *,
    reopened: Collection[int] = (),
    known: Collection[str] = (),
) -> tuple[dict[int, LabelledReport], Counter[str]]:
    """Labelled reports by report id, and how many decided ones do not teach, by reason.

    An include says that every criterion lets the report in. An exclusion tells of the criterion
    whose reason it names and of no other. What title and abstract cannot show is not learnt: an
    exclusion at the full text leaves the verdict on title and abstract as it was, an include there
    settles it. ``reopened`` reports wait for people; ``known`` holds the titles, in lower case, of
    reports that were labelled before.
    """
    labelled: dict[int, LabelledReport] = {}
    left_out: Counter[str] = Counter()
    for report_id, stages in said.items():
        report = reports[report_id]
        verdict, reason = _settled(stages)
        labels = _labels(verdict, reason, protocol)
        if report_id in reopened:
            left_out["re-opened and not looked at since"] += 1
        elif report.title.casefold() in known:
            left_out["among the labelled examples already"] += 1
        elif verdict is Verdict.UNSURE:
            left_out["people are unsure or disagree"] += 1
        elif not labels:
            left_out["no one reason that title and abstract can show"] += 1
        else:
            labelled[report_id] = LabelledReport(
                report_id=f"report {report_id}",
                title=report.title,
                abstract=report.abstract,
                language=report.language,
                labels=labels,
                included=verdict is Verdict.INCLUDE,
                reason=reason or "",
                evidence={},
                group=f"study {studies.get(report_id, report_id)}",
            )
    return labelled, left_out


def _settled(stages: Said) -> tuple[Verdict, str | None]:
    """What people are agreed on by title and abstract, with the reason all of them name."""
    if Verdict.INCLUDE is agree(v for v, _ in stages.get(Stage.FULL_TEXT, ())):
        return Verdict.INCLUDE, None
    title = stages.get(Stage.TITLE_ABSTRACT, ())
    reasons = {reason for _, reason in title}
    return agree(v for v, _ in title), reasons.pop() if len(reasons) == 1 else None


def _labels(verdict: Verdict, reason: str | None, protocol: Protocol) -> dict[str, str]:
    criteria = [c for c in protocol.criteria if c.judged_by == "text"]
    if verdict is Verdict.INCLUDE:
        return {c.key: "yes" if c.kind == "inclusion" else "no" for c in criteria}
    failing = [c for c in criteria if c.exclusion_reason == reason]
    return {c.key: "no" if c.kind == "inclusion" else "yes" for c in failing}
