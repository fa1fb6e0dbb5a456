"""People's decisions teach what they tell, and a refitted model is kept only where it is better."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from review.decisions import Decision, Sameness, Stage, Verdict
from review.language import Encoder
from review.protocol import Protocol
from review.records import Record, Report
from review.relearning import Relearnt
from review.reopenings import Cause, Reopening
from review.store.assessments import count_unassessed, find_assessments
from review.store.decisions import keep_decision, keep_reviewer, withdraw_decision
from review.store.duplicates import find_studies, keep_duplicate_votes
from review.store.records import keep_members, keep_records
from review.store.reopenings import keep_reopenings
from review.store.runs import open_run, open_search
from review.store.session import Session, Store, open_store
from screening.decided import learn_from_decisions
from screening.fit import fit_sheet, prepare_sheet
from screening.labelled import LabelledReport
from screening.model_files import load_screening_model
from screening.relearn import relearn_screening
from screening.screen import open_screener, screen

_PLACES = ("Leeds", "Lyon", "Turin", "Graz", "Porto", "Ghent", "Malmo", "Cork", "Basel", "Brno")
# What the labelled examples do not show: gardens that are called farms, and gardens never dug.
_INCLUDES = (
    "A farm for pupils of {0}. Children of {0} grow wheat behind their classrooms.",
    "Wheat and lessons in {0}. Teachers of {0} weigh what the children of the farm class grew.",
)
_EXCLUDES = (
    "Plans of a school garden in {0}. The school garden was drawn and never dug for want of money.",
    "A painted school garden in {0}. The mural of a school garden fills the canteen in {0}.",
)
_TOLD = [(text.format(place), True) for text in _INCLUDES for place in _PLACES] + [
    (text.format(place), False) for text in _EXCLUDES for place in _PLACES
]


@pytest.fixture
def folder(tmp_path: Path, gardens: Protocol, garden_reports: list[LabelledReport]) -> Path:
    """The folder of the gardens' review with its fifty labelled examples."""
    made = tmp_path / "gardens"
    (made / "labelled").mkdir(parents=True)
    (made / "protocol.yaml").write_text(yaml.safe_dump(gardens.model_dump(mode="json")))
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
        for r in garden_reports
    ]
    (made / "labelled/criteria.jsonl").write_text("\n".join(lines))
    return made


def _keep_reports(
    session: Session, protocol: Protocol, texts: Sequence[str], now: datetime
) -> list[int]:
    run_id = open_run(session, "import", protocol, now)
    search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
    records = [
        Record(source="file", source_id=str(n), title=title, abstract=abstract)
        for n, (title, abstract) in enumerate(text.split(". ", 1) for text in texts)
    ]
    ids = list(keep_records(session, search_id, list(enumerate(records)), now).ids)
    keep_members(session, {record_id: record_id for record_id in ids})
    keep_reviewer(session, "ana", "reviewer", now)
    keep_reviewer(session, "ben", "reviewer", now)
    return ids


def _decide(
    session: Session,
    report_id: int,
    included: bool | None,
    now: datetime,
    *,
    reviewer: str = "ana",
    reason: str = "no_garden",
    stage: Stage = Stage.TITLE_ABSTRACT,
    blind: bool = False,
) -> str:
    verdict = {True: Verdict.INCLUDE, False: Verdict.EXCLUDE, None: Verdict.UNSURE}[included]
    decision_id = f"{reviewer}-{report_id}-{stage}"
    keep_decision(
        session,
        Decision(
            decision_id=decision_id,
            report_id=report_id,
            stage=stage,
            reviewer=reviewer,
            verdict=verdict,
            exclusion_reason=reason if included is False else None,
            decided_at=now,
            saw_assessment=not blind,
        ),
    )
    return decision_id


Relearn = Callable[..., Relearnt]


@pytest.fixture
def relearn(folder: Path, tmp_path: Path, gardens: Protocol, encoder: Encoder, now: datetime):
    """Relearns from a store: models of the review itself in own/, those it began with in begun/."""

    def call(store: Store, fewest: int = 30, **how: object) -> Relearnt:
        with store.session() as session:
            run_id = open_run(session, "relearn", gardens, now)
            return relearn_screening(
                session,
                folder,
                (tmp_path / "own", tmp_path / "begun"),
                encoder,
                run_id=run_id,
                now=now,
                fewest=fewest,
                draws=1,
                **how,
            )

    return call


def _versions(tmp_path: Path) -> list[str]:
    return sorted(str(p.relative_to(tmp_path)) for p in tmp_path.glob("[ob]*/screening/*"))


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


# An include speaks of every criterion, an exclusion of its reason's alone; a full text settles an
# include and, since the abstract need not show it, no exclusion.
def test_decisions_become_labels(gardens: Protocol):
    title, full = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
    include, exclude = (Verdict.INCLUDE, None), (Verdict.EXCLUDE, "plastic")
    said = {
        1: {title: (include, include)},
        2: {title: (exclude,)},
        3: {title: ((Verdict.EXCLUDE, "no_garden"),)},
        4: {title: (include,), full: (exclude,)},
        5: {title: ((Verdict.UNSURE, None),), full: (include,)},
        6: {title: (include, exclude)},
        7: {title: ((Verdict.UNSURE, None),)},
        8: {title: (exclude, (Verdict.EXCLUDE, "no_garden"))},
        9: {full: (exclude,)},
        10: {title: (include,)},
        11: {title: (include,)},
    }
    reports = {n: Report(report_id=n, record_ids=(n,), title=f"Title {n}") for n in said}
    labelled, left_out = learn_from_decisions(
        said, reports, {1: 1, 2: 1}, gardens, reopened={10}, known={"title 11"}
    )
    all_met = {"garden": "yes", "plastic": "no"}
    assert {n: (r.labels, r.included, r.reason) for n, r in labelled.items()} == {
        1: (all_met, True, ""),
        2: ({"plastic": "yes"}, False, "plastic"),
        3: ({"garden": "no"}, False, "no_garden"),
        4: (all_met, True, ""),
        5: (all_met, True, ""),
    }
    assert labelled[1].group == labelled[2].group != labelled[3].group
    assert left_out == {
        "people are unsure or disagree": 3,
        "no one reason that title and abstract can show": 1,
        "re-opened and not looked at since": 1,
        "among the labelled examples already": 1,
    }


# Decisions that show something new make a better model: it becomes a version of its own with card
# and figures, is found before the older ones, and judges anew what the older one had judged.
@pytest.mark.slow
def test_a_better_model_is_kept(
    relearn: Relearn, tmp_path: Path, gardens: Protocol, encoder: Encoder, now: datetime
):
    store = open_store(f"sqlite:///{tmp_path / 'review.db'}")
    models = (tmp_path / "own", tmp_path / "begun")
    with store.session() as session:
        ids = _keep_reports(session, gardens, [text for text, _ in _TOLD], now)
        for number, (report_id, (_, included)) in enumerate(zip(ids, _TOLD, strict=True)):
            _decide(session, report_id, included, now, blind=number % 2 == 0)
        cues = open_screener(models, gardens, encoder)
        screen(session, cues, run_id=1, now=now)
    tried = relearn(store, dry_run=True)
    assert tried.compared is not None
    assert tried.compared.better, tried.why
    assert (tried.folder, _versions(tmp_path)) == (None, [])
    done = relearn(store)
    assert done.compared == tried.compared
    assert (done.answers, done.new, done.blind) == (40, 40, 20)
    # Half of the decisions were led by the machine: they taught, and nothing was tested on them.
    assert done.compared.rows == 50 + 20
    assert _versions(tmp_path) == ["own/screening/1"]
    assert done.folder == tmp_path / "own/screening/1"
    metrics = json.loads((done.folder / "metrics.json").read_text())
    assert metrics["decisions"] == ids
    assert metrics["compared"]["better"] is True
    assert "only the 20 given before" in (done.folder / "card.md").read_text()
    assert load_screening_model(done.folder, gardens, encoder.fingerprint).version == "1"
    with store.session() as session:
        now_judges = open_screener(models, gardens, encoder)
        assert count_unassessed(session, now_judges.name) == len(ids)
        screen(session, now_judges, run_id=1, now=now)
        assert {a.model for a in find_assessments(session, ids).values()} == {now_judges.name}
        assert count_unassessed(session, cues.name) == 0
    again = relearn(store)
    assert again.why == "nothing to learn yet: 0 new decisions, 30 needed"
    assert again.present == "screening/gardens/1"
    store.close()


# Decisions that follow no rule teach nothing: the present model stays, and the figures say why.
@pytest.mark.slow
def test_decisions_without_a_rule_are_not_learnt(
    relearn: Relearn, tmp_path: Path, gardens: Protocol, now: datetime
):
    store = open_store(f"sqlite:///{tmp_path / 'review.db'}")
    with store.session() as session:
        ids = _keep_reports(session, gardens, [text for text, _ in _TOLD], now)
        for number, report_id in enumerate(np.random.default_rng(0).permutation(ids)):
            _decide(session, int(report_id), number % 2 == 0, now)
        session.commit()
    done = relearn(store)
    assert done.compared is not None
    assert not done.compared.better
    assert done.why.startswith("the present model stays")
    assert "which may favour the present model" in done.as_markdown()
    assert _versions(tmp_path) == []
    store.close()


# Too few decisions, one verdict only, and people who contradict each other: a sentence, no model.
def test_what_cannot_teach_is_told(
    store: Store, relearn: Relearn, folder: Path, gardens: Protocol, now: datetime
):
    with store.session() as session:
        ids = _keep_reports(session, gardens, [text for text, _ in _TOLD], now)
        for report_id in ids[:20]:
            _decide(session, report_id, True, now)
        for report_id in ids[20:24]:
            _decide(session, report_id, True, now)
            _decide(session, report_id, False, now, reviewer="ben")
        session.commit()
    done = relearn(store)
    assert done.why == "nothing to learn yet: 20 new decisions, 30 needed"
    assert done.left_out == {"people are unsure or disagree": 4}
    (folder / "labelled/criteria.jsonl").unlink()
    one_sided = relearn(store, fewest=20)
    assert one_sided.why == (
        "nothing to compare yet: 20 studies with an include and 0 with an exclusion, 10 of each "
        "needed"
    )
    assert (one_sided.present, one_sided.compared) == ("screening/gardens/cues", None)


# A decision that was taken back, and one on a report re-opened since, teach nothing; what was
# decided blind is told apart from what was not, also where only one of two people was blind.
def test_only_what_stands_teaches(store: Store, relearn: Relearn, gardens: Protocol, now: datetime):
    with store.session() as session:
        ids = _keep_reports(session, gardens, [text for text, _ in _TOLD[:5]], now)
        decided = [_decide(session, i, True, now, blind=i in ids[:2]) for i in ids[:4]]
        _decide(session, ids[1], True, now, reviewer="ben")
        withdraw_decision(session, decided[2], withdrawal_id="w", reviewer="ana", now=now)
        opened = Reopening(
            report_id=ids[3],
            cause=Cause.TEXT_CHANGED,
            notice_id="",
            source="file",
            text_before="a",
            text_after="b",
            opened_at=now + timedelta(days=1),
        )
        keep_reopenings(session, 1, [opened])
        session.commit()
    done = relearn(store)
    assert (done.answers, done.blind) == (2, 1)
    assert done.left_out == {"re-opened and not looked at since": 1}


# Reports that were linked, however indirectly, are of one study.
def test_linked_reports_are_one_study(store: Store, gardens: Protocol, now: datetime):
    with store.session() as session:
        a, b, c, d, e = _keep_reports(session, gardens, [text for text, _ in _TOLD[:5]], now)
        pairs = [(c, d), (a, b), (b, d)]
        votes = [(f"v{n}", *pair, Sameness.LINKED, 0.9, "") for n, pair in enumerate(pairs)]
        keep_duplicate_votes(session, votes, "machine:1", now)
        keep_duplicate_votes(session, [("w", a, e, Sameness.DIFFERENT, 0.9, "")], "machine:1", now)
        assert find_studies(session) == dict.fromkeys((a, b, c, d), a)
