"""Screening: one report at a time, decided by its criteria, blind where it must be, and undone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.decisions import (
    Answer,
    Decision,
    Stage,
    Verdict,
)
from review.reviewers import Assignment, Task
from review.settings import Settings
from review.store.audits import find_audit_queue
from review.store.decisions import find_decisions, keep_reviewer
from review.store.full_texts import FullTextRow, FullTextState, keep_full_text
from review.store.notes import find_notes
from review.store.queues import find_open_audits
from review.store.raw import keep_raw
from review.store.reviewers import keep_assignment
from review.store.schema import decision
from review.store.session import Session, open_store
from tests.standins.waiting import WORDS
from workbench.lanes import interleave


@pytest.fixture
def open_as(queue_settings: Settings, visit: Any) -> Iterator[Callable[..., TestClient]]:
    """Opens the workbench for one person, with a share of reports that is answered blind."""
    with ExitStack() as stack:
        yield lambda name="ana", share=0.0: stack.enter_context(
            visit(replace(queue_settings, blind_share=share), name)
        )


def _in_store(settings: Settings, step: Callable[[Session], Any]) -> Any:
    store = open_store(settings.database)
    with store.session() as session:
        found = step(session)
        session.commit()
    store.close()
    return found


def _said(settings: Settings) -> list[Decision]:
    found: list[Decision] = _in_store(settings, find_decisions)
    return found


def _shown(page: str) -> int:
    """The number of the report on the page."""
    [number] = re.findall(r"number (\d+)</p>", page)
    return int(number)


def _text(page: str) -> str:
    """What can be read on a page, or heard from it, without the ids and tokens of its forms."""
    spoken = " ".join(re.findall(r'data-say="([^"]*)"', page))
    return spoken + re.sub(r"<[^>]*>", " ", page)


def _send(client: TestClient, report_id: int, root: str = "/screening", **fields: str) -> Any:
    sent = {"decision_id": str(uuid.uuid4()), **fields}
    return client.post(f"{root}/{report_id}", data=sent)


# The report ranked first comes first, with its abstract whole, its quote marked, and the machine's
# answer beside the criterion; what strangers wrote stays words.
def test_the_next_report_comes_with_its_marks_and_its_why(open_as: Any) -> None:
    page = open_as().get("/screening").text
    assert _shown(page) == 12
    assert "number 1 of 10 in the ranking" in page
    assert f"</sup>{WORDS}</mark> They rang bell 12." in page
    assert "&lt;i&gt;of bells&lt;/i&gt;" in page
    assert "The machine says <strong>no</strong>" in page


# The verdict follows from the answers, with the first failing criterion's reason.
def test_the_verdict_follows_from_the_answers(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    page = _send(client, 12, **{"answer-informal": "met", "answer-substance_use": "met"}).text
    [said] = _said(queue_settings)
    assert (said.verdict, said.exclusion_reason) == (Verdict.EXCLUDE, "substance_use")
    assert {a.criterion: a.answer for a in said.answers} == {
        "substance_use": Answer.MET,
        "informal": Answer.MET,
    }
    assert (said.lane, said.saw_assessment, said.reviewer) == ("ranked", True, "ana")
    assert _shown(page) == 11


def test_a_person_may_overrule_what_follows(open_as: Any, queue_settings: Settings) -> None:
    _send(open_as(), 12, **{"answer-informal": "met", "verdict": "include"})
    assert [d.verdict for d in _said(queue_settings)] == [Verdict.INCLUDE]


# Refused in a sentence, with the answers still on the page; nothing is kept.
def test_an_exclusion_needs_a_reason(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    for fields in (
        {"verdict": "exclude"},
        {"verdict": "exclude", "reason": "dull"},
        {"verdict": "exclude", "answer-informal": "not_met"},
        {},
        {"answer-informal": "perhaps"},
    ):
        answer = _send(client, 12, **fields)
        assert answer.status_code == 409, fields
        assert 'role="alert"' in answer.text
        assert _shown(answer.text) == 12
    assert 'value="not_met" class="not_met" data-key="n"' in answer.text
    given = _send(client, 12, **{"verdict": "exclude", "answer-informal": "not_met"}).text
    assert re.search(r'name="answer-informal" value="not_met"[^>]* checked', given)
    assert _said(queue_settings) == []
    assert _send(client, 12, verdict="exclude", reason="informal").status_code == 200
    assert [d.exclusion_reason for d in _said(queue_settings)] == ["informal"]


# Blind: nothing of the machine's view is on the page or in its source before the person answered;
# then both are side by side, and a change of mind is a new row that says it was led.
def test_blind_means_that_nothing_of_the_machine_is_sent(
    open_as: Any, queue_settings: Settings
) -> None:
    client = open_as(share=1.0)
    page = client.get("/screening").text
    assert "kept back until you have answered" in page
    for leak in ("The machine", "<mark>", "87 %", "90 %", "ranking of", "0.12"):
        assert leak not in page, leak
    after = _send(client, 12, verdict="include", saw_assessment="true").text
    assert _shown(after) == 12
    assert "before you saw the machine" in after
    assert "eligible with a probability of 90 %" in after
    assert "<mark>" in after
    [said] = _said(queue_settings)
    assert said.saw_assessment is False
    _send(client, 12, verdict="unsure", standing=said.decision_id)
    [changed] = _said(queue_settings)
    assert (changed.verdict, changed.saw_assessment) == (Verdict.UNSURE, True)
    assert _shown(client.get("/screening").text) == 11


# Taken back, a report the person has seen with the machine's view is not blind again.
def test_undoing_does_not_make_blind_again(open_as: Any, queue_settings: Settings) -> None:
    client = open_as(share=1.0)
    _send(client, 12, verdict="include")
    [said] = _said(queue_settings)
    ids = {"decision_id": said.decision_id, "withdrawal_id": str(uuid.uuid4())}
    page = client.post("/screening/12/undo", data=ids).text
    assert "The machine says" in page
    _send(client, 12, verdict="include")
    assert [d.saw_assessment for d in _said(queue_settings)] == [True]


# What was drawn from the machine's exclusions stands unmarked among other reports, blind for
# everyone, and is in no list of exclusions until it is decided on.
def test_the_audit_comes_unmarked_and_blind(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    assert _in_store(queue_settings, find_open_audits) == [13]
    assert _in_store(queue_settings, find_audit_queue) == [13]
    assert ">Study number 13" not in client.get("/screening?lane=excluded").text
    seen = []
    for _ in range(5):
        page = client.get("/screening").text
        seen.append(_shown(page))
        if seen[-1] == 13:
            assert "The machine says" not in page
            assert "<mark>" not in page
            assert "drawn" not in page
        _send(client, seen[-1], verdict="include")
    assert seen == [12, 11, 10, 9, 13]
    kept = {d.report_id: d for d in _said(queue_settings)}
    assert (kept[13].lane, kept[13].saw_assessment) == ("audit", False)
    assert "drawn at random" in client.get("/screening/13").text
    assert _in_store(queue_settings, find_open_audits) == []
    assert _in_store(queue_settings, find_audit_queue) == []


def test_the_audit_is_each_fifth_wherever_one_begins() -> None:
    assert list(interleave([1, 2, 3, 4, 5], [13, 14], 3)) == [1, 13, 2, 3, 4, 5, 14]
    assert list(interleave([1, 2], [13], 4)) == [13, 1, 2]
    assert list(interleave([], [13], 0)) == [13]
    assert list(interleave([], [], 0)) == []


# Whoever reads second sees nothing of the first reader's vote, note or name before voting.
def test_the_second_reader_sees_no_vote(
    open_as: Any, queue_settings: Settings, now: datetime
) -> None:
    ana = open_as("ana")
    _send(ana, 12, verdict="exclude", reason="informal")
    ana.post("/screening/12/note", data={"note_id": str(uuid.uuid4()), "text": "A secret of ana."})

    def ask(session: Session) -> None:
        keep_reviewer(session, "ben", "reviewer", now)
        keep_reviewer(session, "zoe", "maintainer", now)
        keep_assignment(
            session,
            Assignment(
                assignment_id="a",
                report_id=12,
                task=Task.TITLE_ABSTRACT,
                reviewer="ben",
                assigned_by="zoe",
                assigned_at=now,
            ),
        )

    _in_store(queue_settings, ask)
    ben = open_as("ben")
    page = ben.get("/screening?lane=second").text
    assert _shown(page) == 12
    assert "zoe asked you" in page
    assert "Second reading (1)" in page
    for leak in ("ana", "secret", "What was said of it"):
        assert not re.search(rf"\b{leak}\b", _text(page)), leak
    _send(ben, 12, verdict="include", lane="second")
    after = ben.get("/screening/12?lane=second").text
    assert '<th scope="row">ana</th><td><strong>exclude: ' in after
    assert "secret" not in after
    assert "Nothing is left in this lane" in ben.get("/screening?lane=second").text
    assert [d.lane for d in _said(queue_settings)] == ["ranked", "second_reading"]


# Two people who begin at once are not given the same report.
def test_two_people_begin_with_two_reports(
    open_as: Any, queue_settings: Settings, now: datetime
) -> None:
    for name in ("ana", "ben"):
        _in_store(queue_settings, lambda s, name=name: keep_reviewer(s, name, "reviewer", now))
    first = {_shown(open_as(name).get("/screening").text) for name in ("ana", "ben")}
    assert first == {12, 11}


def test_what_anybody_decided_is_in_nobodys_queue(open_as: Any, queue_settings: Settings) -> None:
    _send(open_as("ana"), 12, verdict="include")
    assert 12 not in {_shown(open_as(name).get("/screening").text) for name in ("ben", "cem")}


# Skipping leaves a report where it is; next and previous go through the queue and back.
def test_one_can_skip_and_go_back(open_as: Any) -> None:
    client = open_as()
    first = client.get("/screening").text
    for key in "js":
        assert re.search(rf'href="/screening/11\?lane=queue" data-key="{key}"', first)
    page = client.get("/screening/11?lane=queue").text
    assert re.search(r'href="/screening/12\?lane=queue" data-key="k"', page)
    assert re.search(r'href="/screening/10\?lane=queue" data-key="j"', page)
    assert _shown(client.get("/screening").text) == 12


# The last ten can be taken back one after the other, each by a new row; nothing is deleted.
def test_the_last_ten_are_undone_by_new_rows(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    for _ in range(10):
        _send(client, _shown(client.get("/screening").text), verdict="include")
    assert len(_said(queue_settings)) == 10
    undone = []
    for _ in range(10):
        page = client.get("/screening").text
        action, decision_id = re.search(  # type: ignore[union-attr]
            r'action="(/screening/\d+/undo)".*?name="decision_id" value="([^"]+)"', page, re.DOTALL
        ).groups()
        answer = client.post(
            action, data={"decision_id": decision_id, "withdrawal_id": str(uuid.uuid4())}
        )
        undone.append(_shown(answer.text))
    assert _said(queue_settings) == []
    assert undone[0] != undone[-1] and len(set(undone)) == 10
    rows = _in_store(queue_settings, lambda s: len(s.execute(decision.select()).all()))
    assert rows == 20


def test_nobody_undoes_what_another_said(open_as: Any, queue_settings: Settings) -> None:
    _send(open_as("ana"), 12, verdict="include")
    [said] = _said(queue_settings)
    ids = {"decision_id": said.decision_id, "withdrawal_id": str(uuid.uuid4())}
    open_as("ben").post("/screening/12/undo", data=ids)
    assert _said(queue_settings) == [said]


# Sent twice it is one decision; sent from a tab that does not know what stands, it is refused.
def test_two_tabs_do_not_overwrite_each_other(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    once = str(uuid.uuid4())
    for _ in range(2):
        answer = _send(client, 12, decision_id=once, verdict="include", standing="")
        assert _shown(answer.text) == 11
    stale = _send(client, 12, verdict="exclude", reason="informal", standing="")
    assert stale.status_code == 409
    assert "since this page was drawn" in stale.text
    assert [(d.decision_id, d.verdict) for d in _said(queue_settings)] == [(once, Verdict.INCLUDE)]
    _send(client, 12, verdict="exclude", reason="informal", standing=once)
    assert [d.verdict for d in _said(queue_settings)] == [Verdict.EXCLUDE]


# A note is kept apart: saving one touches no decision, and the same note is not kept twice.
def test_notes_are_kept_apart_from_votes(open_as: Any, queue_settings: Settings) -> None:
    client = open_as()
    for text in ("One word", "One word", "One word more"):
        client.headers["HX-Request"] = "true"
        answer = client.post(
            "/screening/12/note", data={"note_id": str(uuid.uuid4()), "text": text}
        )
        assert "The note is kept" in answer.text
    notes = _in_store(queue_settings, lambda s: find_notes(s, [12]))
    assert [n.text for n in notes] == ["One word more"]
    assert _said(queue_settings) == []
    del client.headers["HX-Request"]
    assert "One word more</textarea>" in client.get("/screening/12").text
    assert "One word" not in open_as("ben").get("/screening/12").text


# Anyone may look through what the machine excluded, with its reason and words, and overrule it.
def test_a_machine_exclusion_is_overruled(open_as: Any, queue_settings: Settings) -> None:
    client = open_as(share=1.0)
    page = client.get("/screening?lane=excluded").text
    assert _shown(page) == 16
    assert "you can overrule the machine" in page
    assert "<mark>" in page
    assert re.search(r'href="/screening/15\?lane=excluded" data-key="j"', page)
    back = client.get("/screening/15?lane=excluded").text
    assert re.search(r'href="/screening/16\?lane=excluded" data-key="k"', back)
    after = _send(client, 16, verdict="include", lane="excluded").text
    assert _shown(after) == 15
    [said] = _said(queue_settings)
    assert (said.lane, said.saw_assessment) == ("excluded", True)


def test_a_report_is_found_by_words_number_or_doi(open_as: Any) -> None:
    client = open_as()
    for words in ("rang BELL 7.", "7", "10.5555/BELL.7"):
        page = client.get("/screening/find", params={"q": words}).text
        assert '<a href="/screening/7">' in page, words
    assert "No report has all" in client.get("/screening/find", params={"q": "100%_"}).text
    assert client.get("/screening/99").status_code == 404
    assert _send(client, 99, verdict="include").status_code == 404


# The full text is decided on by whoever is next, once people included the report.
def test_full_texts_have_their_own_queue_and_reasons(
    open_as: Any, queue_settings: Settings
) -> None:
    client = open_as()
    assert "No included report waits" in client.get("/screening/full-text").text
    _send(client, 12, verdict="include")
    page = client.get("/screening/full-text").text
    assert _shown(page) == 12
    assert "now its full text decides" in page
    _send(client, 12, "/screening/full-text", verdict="exclude", reason="online_only")
    stages = {d.stage: (d.verdict, d.exclusion_reason) for d in _said(queue_settings)}
    assert stages == {
        Stage.TITLE_ABSTRACT: (Verdict.INCLUDE, None),
        Stage.FULL_TEXT: (Verdict.EXCLUDE, "online_only"),
    }
    assert "No included report waits" in client.get("/screening/full-text").text


def test_what_changed_comes_in_its_lane(changed_review: Any, visit: Any) -> None:
    with visit(changed_review.settings, "ana") as client:
        page = client.get("/screening?lane=changed").text
        assert _shown(page) == 1
        assert "the text changed, and it was retracted" in page
        other = client.get("/screening/full-text?lane=changed").text
        assert _shown(other) == 2
        for leak in ("ben", "cem"):
            assert not re.search(rf"\b{leak}\b", _text(other)), leak


# A part of the page is sent to the script that asks for it, with the address to reload.
def test_a_script_gets_the_next_card_alone(open_as: Any) -> None:
    client = open_as()
    client.headers["HX-Request"] = "true"
    answer = _send(client, 12, verdict="include")
    assert answer.text.lstrip().startswith('<section id="screening"')
    assert answer.headers["HX-Replace-Url"] == "/screening?lane=queue"
    assert 'data-say="Kept. Next: Study number 11' in answer.text


# The full text on file is read on the page, as words; where it cannot be, a sentence says why.
def test_the_full_text_is_read_beside_the_criteria(
    open_as: Any, queue_settings: Settings, now: datetime
) -> None:
    client = open_as()
    assert "No full text is on file" in client.get("/screening/full-text/12").text
    body = (
        b"<article><body><sec><title>Results</title><p>Bells rang &lt;b&gt;loud&lt;/b&gt; in all "
        b"of the wards that we went to.</p></sec></body></article>"
    )
    sha256 = keep_raw(body, queue_settings.raw)
    row = FullTextRow(
        report_id=12, source="europepmc", state=FullTextState.RETRIEVED, sha256=sha256
    )
    _in_store(queue_settings, lambda s: keep_full_text(s, row, 1, now))
    page = client.get("/screening/full-text/12").text
    assert "Results</bdi></h3>" in page
    assert "Bells rang &lt;b&gt;loud&lt;/b&gt; in all" in page
    assert "Bells rang" not in client.get("/screening/12").text
    [kept] = [file for file in queue_settings.raw.rglob("*") if file.is_file()]
    kept.chmod(0o600)
    kept.write_bytes(b"something else")
    broken = client.get("/screening/full-text/12")
    assert broken.status_code == 200
    assert "cannot be shown" in broken.text
