"""People's annotations teach what they tell, and a refitted model is kept only if it is better."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from extraction.answered import learn_from_annotations
from extraction.labelled import LabelledPassage, training_rows
from extraction.learn import learn_extraction
from extraction.relearn import relearn_tagging
from extraction.tag import open_tagger
from review.annotations import (
    NOTHING,
    OFF_TOPIC,
    OUTSIDE,
    Annotation,
    AnnotationVerdict,
    Direction,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import quote_from
from review.language import Encoder
from review.protocol import Codebook, Protocol
from review.records import Record
from review.relearning import Relearnt
from review.store.annotations import (
    find_annotations,
    find_suggested_together,
    find_suggestions,
    keep_annotation,
    keep_suggestions,
)
from review.store.decisions import keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store, open_store

ACCEPT, REJECT, ADD = AnnotationVerdict
HELPS, HINDERS = Direction.FACILITATOR, Direction.BARRIER

# Water and teachers in words that neither the codebook nor the labelled passages have.
_WATER = ("pond", "puddle", "drizzle", "icicle", "swamp", "lagoon", "brook", "dew")
_TEACHERS = ("tutor", "lecturer", "professor", "instructor", "coach", "mentor", "dean", "don")
_VERBS = {"saved plot six": HELPS, "ruined plot six": HINDERS, "rescued the hedge": HELPS}
_SAID = [
    (f"The {word} {verb}.", theme)
    for verb in _VERBS
    for theme, words in (("water", _WATER), ("teachers", _TEACHERS))
    for word in words
]


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    gardens: Codebook,
    garden_passages: list[LabelledPassage],
    encoder: Encoder,
) -> Path:
    """The folder of the gardens' review, with the first model of its codebook beside it."""
    made = tmp_path_factory.mktemp("gardens")
    (made / "labelled").mkdir()
    (made / "codebook.yaml").write_text(yaml.safe_dump(gardens.model_dump(mode="json")))
    lines = [
        json.dumps(
            {
                "id": p.passage_id,
                "text": p.text,
                "themes": p.themes,
                "direction": p.directions,
                "study_group": p.study_group,
            }
        )
        for p in garden_passages
    ]
    (made / "labelled/themes.jsonl").write_text("\n".join(lines))
    learn_extraction(made, made / "begun", encoder, datetime(2026, 1, 5, tzinfo=UTC))
    return made


@pytest.fixture
def relearn(folder: Path, tmp_path: Path, protocol: Protocol, encoder: Encoder, now: datetime):
    def call(store: Store, fewest: int = 30, **how: bool) -> Relearnt:
        with store.session() as session:
            run_id = open_run(session, "relearn", protocol, now)
            return relearn_tagging(
                session,
                folder,
                (tmp_path / "own", folder / "begun"),
                encoder,
                run_id=run_id,
                now=now,
                fewest=fewest,
                **how,
            )

    return call


def _suggest(
    session: Session,
    protocol: Protocol,
    texts: list[str],
    themes: tuple[str, ...],
    now: datetime,
) -> None:
    """Reports of one passage each, for which these themes are suggested, and a reviewer."""
    run_id = open_run(session, "import", protocol, now)
    search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
    records = [
        Record(source="file", source_id=str(n), title=f"Report {n}", abstract=text)
        for n, text in enumerate(texts)
    ]
    ids = keep_records(session, search_id, list(enumerate(records)), now).ids
    keep_members(session, {record_id: record_id for record_id in ids})
    for report in find_reports(session, ids).values():
        start = len(report.title) + 1
        scores = tuple(
            ThemeScore(
                theme=theme, score=0.5, suggested=True, direction=HELPS, direction_score=0.5,
                nearest="",
            )
            for theme in themes
        )  # fmt: skip
        passage = Passage(quote=quote_from(report.text, start, len(report.text)), position=0)
        tags = [PassageTags(passage=passage, relevance=0.5, themes=scores)]
        keep_suggestions(session, run_id, "extraction/1", [(report, tags)], now)
    keep_reviewer(session, "ana", "reviewer", now)


def _answer(
    session: Session, bears: Callable[[int, str], bool], now: datetime, *, blind: bool = False
):
    for number, row in enumerate(find_suggestions(session)):
        said = Annotation(
            annotation_id=f"a{number}",
            report_id=row.report_id,
            text_hash=row.text_hash,
            quote=row.quote,
            theme=row.theme,
            verdict=ACCEPT if bears(number // 2, row.theme) else REJECT,
            direction=next(d for verb, d in _VERBS.items() if verb in row.quote.exact),
            reviewer="ana",
            annotated_at=now,
            codebook_version="1",
            suggestion_id=row.suggestion_id,
            saw_suggestion=not (blind and number % 4 < 2),
        )
        keep_annotation(session, said)
    session.commit()


def _said(
    theme: str,
    verdict: AnnotationVerdict,
    *,
    start: int = 0,
    direction: Direction = HELPS,
    suggestion: int | None = 1,
    saw: bool = True,
) -> Annotation:
    return Annotation(
        annotation_id="a",
        report_id=7,
        text_hash="h" * 64,
        quote=quote_from("Pay was low. Hopes were high.", start, start + 12),
        theme=theme,
        verdict=verdict,
        direction=direction,
        reviewer="ana",
        annotated_at=datetime(2026, 3, 2, tzinfo=UTC),
        codebook_version="1",
        suggestion_id=suggestion,
        saw_suggestion=saw,
    )


def _learn(*said: Annotation, **how: Sequence[str] | Sequence[Annotation]):
    together = {1: frozenset({"water", "teachers"})}
    return learn_from_annotations(said, together, {7: 3}, ["water", "teachers"], **how)


# A passage of which every suggestion is answered teaches the themes it bears and that it bears no
# other; all rejected, it teaches that it reports no influence.
def test_answers_become_labels():
    labelled, blind, left_out = _learn(
        _said("water", ACCEPT),
        _said("teachers", REJECT),
        _said("water", ADD, start=13, suggestion=None, direction=HINDERS, saw=False),
    )
    assert [(p.text, p.themes, p.directions) for p in labelled] == [
        ("Pay was low.", ("water",), {"water": HELPS}),
        ("Hopes were h", ("water",), {"water": HINDERS}),
    ]
    assert {p.study_group for p in labelled} == {"study 3"}
    assert (blind, dict(left_out)) == ({labelled[1].passage_id}, {})
    nothing, _, _ = _learn(_said("water", REJECT), _said("teachers", REJECT))
    assert [p.themes for p in nothing] == [()]


# A theme on which people disagree, or that nobody answered, is unknown: the passage is left out.
# Where they differ on the direction alone, the theme teaches and the direction does not.
def test_what_is_not_settled_is_left_out():
    both = (_said("water", ACCEPT), _said("teachers", REJECT))
    ben_rejects = replace(_said("water", REJECT), reviewer="ben")
    assert _learn(*both, ben_rejects)[2] == {"people disagree": 1}
    assert _learn(both[0])[2] == {"not every suggestion is answered": 1}
    assert _learn(*both, known=("Pay was low.",))[2] == {"among the labelled examples already": 1}
    ben_differs = replace(_said("water", ACCEPT, direction=HINDERS), reviewer="ben")
    labelled, _, _ = _learn(*both, ben_differs)
    assert (labelled[0].themes, labelled[0].directions) == (("water",), {})
    gone = _said("weather", ACCEPT)
    assert _learn(gone) == ([], frozenset(), {})


# That a passage bears no theme, or is not about peer work, answers every suggestion on it and
# teaches that it bears none; of one person the later word counts, in either order.
@pytest.mark.parametrize("whole", [NOTHING, OFF_TOPIC])
def test_that_there_is_no_theme_teaches(whole: str):
    none, water = _said(whole, ADD, suggestion=None), _said("water", ACCEPT)
    assert [(p.themes, p.outside, p.study_group) for p in _learn(none)[0]] == [
        ((), False, "study 3")
    ]
    assert [p.themes for p in _learn(water, none)[0]] == [()]
    assert [p.themes for p in _learn(none, water)[0]] == [("water",)]
    assert _learn(water, replace(none, reviewer="ben"))[2] == {"people disagree": 1}


# An influence outside the codebook is none of its themes, and yet no example of a passage without
# an influence; beside a theme it changes nothing.
def test_an_influence_outside_the_codebook_is_no_theme(gardens: Codebook, encoder: Encoder):
    outside = _said(OUTSIDE, ADD, suggestion=None)
    [passage] = _learn(_said("water", REJECT), _said("teachers", REJECT), outside)[0]
    assert (passage.themes, passage.outside, passage.study_group) == ((), True, "")
    rows = training_rows(gardens, [passage, replace(passage, outside=False)], encoder)
    assert (rows.judged[:2].tolist(), rows.tested[0]) == ([False, True], False)
    assert _learn(_said("water", REJECT), outside)[2] == {"not every suggestion is answered": 1}
    [beside] = _learn(_said("water", ACCEPT), _said("teachers", REJECT), outside)[0]
    assert (beside.themes, beside.outside) == (("water",), False)


# What an adjudicator settled is what the passage teaches, whoever said otherwise; on words
# elsewhere, or of a theme nobody answered there, it changes nothing.
def test_a_settlement_outranks_what_people_said():
    said = (
        _said("water", ACCEPT),
        _said("teachers", REJECT),
        replace(_said("water", REJECT), reviewer="ben"),
    )
    there = _said("water", ACCEPT, direction=HINDERS, suggestion=None)
    [passage] = _learn(*said, settled=[there])[0]
    assert (passage.themes, passage.directions) == (("water",), {"water": HINDERS})
    [passage] = _learn(*said, settled=[_said("water", REJECT)])[0]
    assert passage.themes == ()
    assert _learn(*said, settled=[_said("water", ACCEPT, start=13)])[2] == {"people disagree": 1}
    assert _learn(*said, settled=[replace(there, theme="weather")])[2] == {"people disagree": 1}


# For an answered suggestion all that was suggested for its passage is found, and nothing for one
# that nobody answered.
def test_what_was_suggested_together_is_found(store: Store, protocol: Protocol, now: datetime):
    with store.session() as session:
        _suggest(session, protocol, ["A pond.", "A dean."], ("water", "teachers"), now)
        first = find_suggestions(session)[0]
        said = _said("water", ACCEPT, suggestion=first.suggestion_id)
        keep_annotation(session, replace(said, report_id=first.report_id))
        assert find_suggested_together(session) == {
            first.suggestion_id: frozenset({"water", "teachers"})
        }


# Annotations that show something new make a better model: a version of its own, found before the
# one the review began with, and the next time there is nothing new.
@pytest.mark.slow
def test_a_better_model_is_kept(
    relearn: Callable[..., Relearnt],
    folder: Path,
    tmp_path: Path,
    gardens: Codebook,
    protocol: Protocol,
    encoder: Encoder,
    now: datetime,
):
    store = open_store(f"sqlite:///{tmp_path / 'review.db'}")
    with store.session() as session:
        _suggest(session, protocol, [text for text, _ in _SAID], ("water", "teachers"), now)
        _answer(session, lambda n, theme: _SAID[n][1] == theme, now, blind=True)
    tried = relearn(store, dry_run=True)
    assert tried.compared is not None
    assert tried.compared.better, tried.why
    assert (tried.folder, (tmp_path / "own").exists()) == (None, False)
    done = relearn(store)
    assert (done.answers, done.new, done.blind) == (48, 48, 24)
    assert done.compared == tried.compared
    assert done.compared.rows == 24 + 24
    assert done.present == "extraction/1"
    assert done.folder == tmp_path / "own/extraction/2"
    metrics = json.loads((done.folder / "metrics.json").read_text())
    assert len(metrics["annotated"]) == 48
    assert "## Against the version before" in (done.folder / "card.md").read_text()
    models = (tmp_path / "own", folder / "begun")
    assert open_tagger(models, gardens, encoder).facts.name == "extraction/2"
    again = relearn(store)
    assert again.why == "nothing to learn yet: 0 new passages, 30 needed"
    store.close()


# Annotations that follow no rule teach nothing: the present model stays.
@pytest.mark.slow
def test_annotations_without_a_rule_are_not_learnt(
    relearn: Callable[..., Relearnt], tmp_path: Path, protocol: Protocol, now: datetime
):
    store = open_store(f"sqlite:///{tmp_path / 'review.db'}")
    with store.session() as session:
        _suggest(session, protocol, [text for text, _ in _SAID], ("water", "teachers"), now)
        drawn = np.random.default_rng(0).random(len(_SAID)) < 0.5
        _answer(session, lambda n, theme: bool(drawn[n]) == (theme == "water"), now)
        assert len(find_annotations(session)) == 2 * len(_SAID)
    done = relearn(store)
    assert done.compared is not None
    assert not done.compared.better
    assert not (tmp_path / "own").exists()
    store.close()
