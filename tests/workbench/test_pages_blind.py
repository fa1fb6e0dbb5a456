"""No page shows a reviewer what others said of what they have not answered themselves."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from review.annotations import Annotation, AnnotationVerdict
from review.decisions import Decision, Stage, Verdict
from review.store.annotations import find_suggestions, keep_annotation
from review.store.decisions import keep_consensus, keep_decision, keep_reviewer
from review.store.reviewers import keep_password
from review.store.session import Session, open_store
from workbench.passwords import hash_password

PASSWORD = "three blue herons fly"
# What only another's vote on the first report would put on a page.
OTHERS = re.compile(r"\b(ana|ben|eve)\b|ANA-NOTE|BEN-NOTE|THEY-TALKED|[da]-(ana|ben)\b")
LOOKS = (
    *("", "?a=1&b=2", "?report=1", "?stage=full_text", "?place=1", "?page=1", "?kind=passages"),
    *("?report_id=1", "?lane=changed", "?lane=second", "?lane=disagreement", "?theme="),
)


@pytest.fixture
def blind_review(disputed_review: Any, changed_review: Any, now: datetime) -> Any:
    """Reports that ana and ben decided on and disagree about, settled by eve; dan has not read."""
    del changed_review
    _in_store(disputed_review, lambda session: _settle(session, now))
    return disputed_review


def _settle(session: Session, now: datetime) -> None:
    keep_reviewer(session, "dan", "reviewer", now)
    keep_password(session, "dan", hash_password(PASSWORD))
    said = Decision(
        decision_id="c-eve",
        report_id=1,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="eve",
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )
    keep_consensus(session, said, "THEY-TALKED")


def _in_store(review: Any, step: Any) -> None:
    store = open_store(review.settings.database)
    with store.session() as session:
        step(session)
        session.commit()
    store.close()


def _addresses(client: TestClient) -> list[str]:
    """Every address that gives something to read, with what can be asked of it."""
    paths = set()
    for context in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in route.methods:
            paths |= {
                re.sub(r"\{[^}]*\}", str(key), route.path) for key in (1, 2, "title_abstract")
            }
    return [path + look for path in sorted(paths) for look in LOOKS]


# Walks the whole route table: a page that is added is walked as well.
def test_no_page_gives_others_votes_away(blind_review: Any, visit: Any, now: datetime) -> None:
    with visit(blind_review.settings, None) as client:
        client.post("/sign-in", data={"name": "dan", "password": PASSWORD})
        read = 0
        for address in _addresses(client):
            answer = client.get(address)
            if answer.status_code == 200:
                read += 1
                found = OTHERS.search(_said(answer.text))
                assert found is None, f"{address} tells of {found and found.group()}"
        assert read > 50
        # Once dan has said the same, what others said of it is no secret any more.
        _in_store(blind_review, lambda session: _answer_all(session, now))
        assert "ana" in client.get("/reopened").text


def _answer_all(session: Session, now: datetime) -> None:
    [row] = find_suggestions(session, report_ids=[1])
    for report_id in (1, 2):
        for stage in Stage:
            decision = Decision(
                decision_id=f"{report_id}-{stage}-dan",
                report_id=report_id,
                stage=stage,
                reviewer="dan",
                verdict=Verdict.UNSURE,
                decided_at=now,
            )
            keep_decision(session, decision)
    annotation = Annotation(
        annotation_id="a-dan",
        report_id=1,
        text_hash=row.text_hash,
        quote=row.quote,
        theme=row.theme,
        verdict=AnnotationVerdict.REJECT,
        direction=row.direction,
        reviewer="dan",
        annotated_at=now,
        codebook_version="1",
    )
    keep_annotation(session, annotation)


def _said(html: str) -> str:
    """The page without what it links to, whose names are not votes."""
    return re.sub(r'(src|href)="[^"]*"', "", html)


VERBS = {
    "find_decisions",
    "find_consensus",
    "find_annotations",
    "find_annotation_consensus",
    "find_notes",
    "find_standing_annotations",
    "find_unsure_annotations",
}

# Who reads votes without saying for whom, and why that shows nobody what they may not see.
PICKED = {
    "conflict_cards.py: find_decisions": "for adjudicators",
    "conflict_cards.py: find_notes": "for adjudicators",
    "settling.py: find_annotation_consensus": "whether it was sent before",
    "settling.py: find_consensus": "whether it was sent before",
    "lanes.py: find_annotations": "others' words only on passages that one has answered",
    "lanes.py: find_standing_annotations": "others' words only once one has answered the text",
    "lanes.py: find_decisions": "for stages alone",
    "lanes.py: find_notes": "others' notes only on passages that one has answered",
    "looking_again.py: find_consensus": "for stages alone",
    "looking_again.py: find_decisions": "for stages alone",
}


# Whoever adds a call that reads votes says for whom, or is named with a reason.
def test_pages_read_votes_for_somebody(checkout: Path) -> None:
    unnamed = []
    folder = checkout / "src/workbench"
    for file in [*folder.glob("*.py"), *folder.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in VERBS:
                continue
            is_own_notes = node.func.id == "find_notes" and len(node.args) == 3  # type: ignore[attr-defined]
            if not is_own_notes and "reader" not in {k.arg for k in node.keywords}:
                unnamed.append(f"{file.name}: {node.func.id}")  # type: ignore[attr-defined]
    assert set(unnamed) - PICKED.keys() == set()
