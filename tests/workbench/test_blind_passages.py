"""Nobody is led: what must not be seen yet is not on the page, and what is planted counts not."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.annotations import (
    Annotation,
    Direction,
    Lane,
    Passage,
    PassageTags,
    ThemeScore,
    Wrong,
)
from review.decisions import quote_from
from review.store.annotations import count_open_suggestions, find_annotations, keep_suggestions
from review.store.passages import PassageRow, find_passages
from review.store.planted import count_caught, find_planted
from review.store.records import find_reports
from review.store.session import open_store
from workbench.planting import choose_wrong
from workbench.reading import Reading, is_blind

THEME = "financial_arrangements"


def _in_store(review: Any, ask: Any) -> Any:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = ask(session)
        session.commit()
    store.close()
    return found


def _said(review: Any) -> list[Annotation]:
    found: list[Annotation] = _in_store(review, find_annotations)
    return found


def _fields(page: str) -> dict[str, str]:
    form = page[page.index('id="answer"') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))


def _blind(review: Any) -> Any:
    return replace(review.settings, blind_share=1.0)


def _name(client: TestClient, passage: int, **fields: str) -> Any:
    page = client.get("/passages", params={"report": passage}).text
    return client.post(f"/passages/{passage}/themes", data={**_fields(page), **fields})


# Before the answer nothing tells what the machine says: no theme in the marks, no score, no
# direction, no example; in no lane, and not for the asking.
@pytest.mark.parametrize(
    "query",
    [
        "report=1",
        f"report=1&on={THEME}&at=40",
        f"report=1&on={THEME}&again=1",
        f"about={THEME}&report=1",
        *(f"lane={lane}" for lane in Lane),
    ],
)
def test_a_blind_passage_shows_nothing_of_the_machine(
    small_review: Any, visit: Any, query: str
) -> None:
    with visit(_blind(small_review), "ana") as client:
        page = client.get(f"/passages?{query}").text
        assert "score" not in page
        assert "0.80" not in page
        assert "An example of the codebook." not in page
        assert 'name="theme"' not in page


# In the lanes whose order would tell, such passages do not come at all.
def test_lanes_that_would_tell_leave_blind_passages_out(small_review: Any, visit: Any) -> None:
    with visit(_blind(small_review), "ana") as client:
        for lane in ("sweep", "likely", "uncertain", "rare"):
            page = client.get("/passages", params={"lane": lane, "about": THEME}).text
            assert "Nothing is open here" in page


# A form made up for a suggestion that must not be seen is refused, whatever it claims.
def test_a_blind_passage_cannot_be_answered_as_if_it_were_seen(
    small_review: Any, visit: Any
) -> None:
    with visit(_blind(small_review), "ana") as client:
        sent = {
            "annotation_id": str(uuid.uuid4()),
            "theme": THEME,
            "verdict": "accept",
            "direction": "barrier",
            "saw_suggestion": "false",
        }
        assert client.post("/passages/1", data=sent).status_code == 409
    assert _said(small_review) == []


# The answer settles every suggestion of the passage; then the machine's view is shown.
def test_naming_blind_accepts_what_agrees_and_rejects_the_rest(
    small_review: Any, visit: Any
) -> None:
    with visit(_blind(small_review), "ana") as client:
        page = _name(client, 1, named=THEME, **{f"direction-{THEME}": "both"}).text
        assert "before you saw the machine" in page
        assert "0.80" in page
        page = _name(client, 2, verdict="no-theme").text
        assert "suggests" in page or "The machine" in page
    said = {(a.theme, a.verdict.value, a.direction.value) for a in _said(small_review)}
    assert said == {
        (THEME, "accept", "both"),
        ("no-theme", "add", "unclear"),
        ("psw_wellbeing_support", "reject", "facilitator"),
    }
    assert not any(a.saw_suggestion for a in _said(small_review))
    assert _in_store(small_review, count_open_suggestions) == 0


# Sent again it is the same answer, though the machine's view has been shown since.
def test_a_blind_answer_sent_twice_is_one(small_review: Any, visit: Any) -> None:
    with visit(_blind(small_review), "ana") as client:
        fields = _fields(client.get("/passages?report=2").text)
        for _ in range(2):
            sent = client.post("/passages/2/themes", data={**fields, "verdict": "no-theme"})
            assert sent.status_code == 200
    assert len(_said(small_review)) == 2
    assert not any(a.saw_suggestion for a in _said(small_review))


# Who took a blind answer back has seen the machine's view: that is what is recorded then.
def test_after_the_first_answer_the_suggestion_was_seen(small_review: Any, visit: Any) -> None:
    with visit(_blind(small_review), "ana") as client:
        page = _name(client, 1, verdict="no-theme").text
        form = page[page.index('action="/passages/undo') :]
        undo = dict(re.findall(r'name="(annotation_id|withdrawal_id)" value="([^"]*)"', form)[:2])
        client.post("/passages/undo", data=undo)
        assert _said(small_review) == []
        page = client.get("/passages?report=1").text
        assert "Suggested:" in page
        client.post("/passages/1", data={**_fields(page), "verdict": "accept", "direction": "both"})
    [said] = _said(small_review)
    assert said.saw_suggestion


# What others said of a passage, or noted on it, is shown to whoever has answered it, and to no one
# else.
def test_others_are_hidden_until_one_has_answered(small_review: Any, visit: Any) -> None:
    with visit(small_review.settings, "benedict") as client:
        fields = _fields(client.get("/passages?report=1").text)
        client.post("/passages/1", data={**fields, "verdict": "reject", "direction": "both"})
        note = {"note_id": str(uuid.uuid4()), "text": "A doubtful one."}
        client.post("/passages/1/note", data=note)
    with visit(small_review.settings, "ana") as client:
        for query in ("report=1", "report=1&name=1", "lane=likely", "lane=disagreement"):
            page = client.get(f"/passages?{query}").text
            assert "benedict" not in page
            assert "doubtful" not in page
        fields = _fields(client.get("/passages?report=1").text)
        client.post("/passages/1", data={**fields, "verdict": "accept", "direction": "both"})
        start = _said(small_review)[0].quote.start
        page = client.get(f"/passages?report=1&at={start}").text
        assert "benedict: ✗ rejected" in page
        assert "benedict noted: A doubtful one." in page


def _tagged_again(review: Any, now: datetime) -> None:
    """Report 1 tagged with one passage that hardly speaks of anything, and one sure of itself."""

    def keep(session: Any) -> None:
        report = find_reports(session, [1])[1]
        spans = [(0, 12), (len(report.title) + 1, len(report.text))]
        tagged = [
            PassageTags(
                passage=Passage(quote=quote_from(report.text, *span), position=n),
                relevance=0.1 if n == 0 else 0.9,
                themes=(_theme(THEME, 0.9),) if n else (_theme("psw_training", 0.1),),
            )
            for n, span in enumerate(spans)
        ]
        keep_suggestions(session, 1, "m2", [(report, tagged)], now)

    _in_store(review, keep)


def _theme(key: str, score: float) -> ThemeScore:
    return ThemeScore(
        theme=key,
        score=score,
        suggested=score > 0.5,
        direction=Direction.BARRIER,
        direction_score=0.95,
        nearest="An example of the codebook.",
    )


# A planted suggestion looks like any other; its answer is told at once, counts for its reviewer
# alone, and becomes no annotation.
@pytest.mark.parametrize(("verdict", "caught"), [("reject", (1, 1)), ("accept", (0, 1))])
def test_what_is_planted_is_told_and_counted_nowhere(
    small_review: Any, visit: Any, now: datetime, verdict: str, caught: tuple[int, int]
) -> None:
    _tagged_again(small_review, now)
    settings = replace(small_review.settings, planted_share=1.0)
    with visit(settings, "ana") as client:
        page = client.get("/passages?report=1").text
        [planted] = _in_store(small_review, lambda s: find_planted(s, "ana"))
        assert "purpose" not in page
        place = _in_store(small_review, lambda s: _place(s, planted.passage_id))
        page = client.get("/passages", params={"report": 1, "at": place, "on": planted.theme}).text
        assert "Suggested:" in page
        fields = _fields(page)
        assert "planted" not in page
        said = {**fields, "verdict": verdict, "direction": planted.direction}
        for _ in range(2):
            answer = client.post(f"/passages/{planted.passage_id}", data=said)
            assert answer.status_code == 200
        page = client.get("/passages").text
        assert f"you caught {caught[0]} of 1" in page
        assert _said(small_review) == []
        assert _in_store(small_review, lambda s: count_caught(s, "ana")) == caught
        # It comes once.
        client.get("/passages?report=1")
        assert _in_store(small_review, lambda s: find_planted(s, "ana")) == []
    with visit(settings, "ben") as client:
        assert "you caught" not in client.get("/passages?report=2").text


def _hash(session: Any, report_id: int) -> str:
    return find_reports(session, [report_id])[report_id].text_hash


def _place(session: Any, passage_id: int) -> int:
    return next(
        p.quote.start
        for report_id in (1, 2)
        for p in find_passages(session, report_id, _hash(session, report_id))
        if p.passage_id == passage_id
    )


# What is chosen is wrong as far as anyone knows: no theme that is likely there, no direction that
# the machine doubts, and nothing on a passage that is answered blind.
def test_what_is_planted_is_wrong(small_review: Any, now: datetime) -> None:
    _tagged_again(small_review, now)
    report, passages = _in_store(
        small_review, lambda s: (find_reports(s, [1])[1], tuple(find_passages(s, 1, _hash(s, 1))))
    )
    kinds = set()
    for n in range(40):
        reading = Reading(
            report=report,
            passages=passages,
            reviewer=f"person {n}",
            blind_share=0.5,
            text="",
            text_hash="",
        )
        chosen = choose_wrong(reading, [THEME, "psw_training", "role_definition"])
        assert chosen is not None
        passage, theme, direction, wrong = chosen
        kinds.add(wrong)
        if wrong is Wrong.THEME:
            assert (passage.position, theme) in {(0, THEME), (0, "role_definition")}
        else:
            assert (passage.position, theme, direction) == (1, THEME, Direction.FACILITATOR)
            assert not is_blind(0.5, reading.reviewer, passage.text_hash, passage.quote.start)
    assert kinds == set(Wrong)


def test_a_report_that_gives_nothing_wrong_gets_nothing(small_review: Any) -> None:
    report, passages = _in_store(
        small_review, lambda s: (find_reports(s, [1])[1], tuple(find_passages(s, 1, _hash(s, 1))))
    )
    doubtful = tuple(_doubtful(p) for p in passages)
    reading = Reading(
        report=report, passages=doubtful, reviewer="ana", blind_share=0, text="", text_hash=""
    )
    assert choose_wrong(reading, [THEME]) is None


def _doubtful(passage: PassageRow) -> PassageRow:
    themes = tuple(replace(theme, direction_score=0.6) for theme in passage.themes)
    return replace(passage, themes=themes)
