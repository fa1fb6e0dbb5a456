"""An edition tells nobody what a second reader is not to know, and all of it once it is settled."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from reporting.compile import compile_edition
from reporting.render import render_edition
from reporting.tables import tables_csv
from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import Decision, Stage, Verdict, quote_from
from review.records import Record
from review.reviewers import Assignment, Task
from review.store.annotations import find_suggestions, keep_annotation, keep_suggestions
from review.store.decisions import keep_consensus, keep_decision, keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.reviewers import keep_assignment, keep_retirement
from review.store.runs import open_run, open_search
from review.store.second_reading import find_owed
from review.store.session import open_store

ABSTRACT = "Bells were loud."
FULL_TEXT, TITLE = Stage.FULL_TEXT, Stage.TITLE_ABSTRACT


class Review:
    """Three reports with a suggested passage each. Ana has read the first on its full text, the
    second on title and abstract, and the passages of the third; ben is asked to read the same.
    """

    def __init__(self, session, protocol, codebook, now):
        self.session, self.protocol, self.codebook, self.now = session, protocol, codebook, now
        self.votes = 0
        self.run_id = open_run(session, "update", protocol, now)
        search_id = open_search(session, self.run_id, source="file", address="x.ris", now=now)
        records = [
            Record(source="file", source_id=str(n), title=f"Bell {n}", abstract=ABSTRACT)
            for n in (1, 2, 3)
        ]
        keep_records(session, search_id, list(enumerate(records)), now)
        keep_members(session, {1: 1, 2: 2, 3: 3})
        for name in ("ana", "ben", "eve"):
            keep_reviewer(session, name, "reviewer", now)
        tagged = [(r, [_tags(r.text)]) for r in find_reports(session, [1, 2, 3]).values()]
        keep_suggestions(session, self.run_id, "m", tagged, now)
        self.decide("ana", 1, TITLE, "include")
        self.decide("ana", 3, TITLE, "include")
        for report_id, task in ((1, Task.FULL_TEXT), (2, Task.TITLE_ABSTRACT), (3, Task.PASSAGES)):
            self.ask("ben", report_id, task)

    def decide(self, who, report_id, stage, said, keep=keep_decision, **more):
        self.votes += 1
        decision = Decision(
            decision_id=f"v{self.votes}",
            report_id=report_id,
            stage=stage,
            reviewer=who,
            verdict=Verdict(said),
            exclusion_reason="no_bell" if said == "exclude" else None,
            decided_at=self.now,
        )
        keep(self.session, decision, **more)

    def ask(self, who, report_id, task):
        asked = Assignment(
            assignment_id=f"{who} {report_id}",
            report_id=report_id,
            task=task,
            reviewer=who,
            assigned_by="eve",
            assigned_at=self.now,
        )
        keep_assignment(self.session, asked)

    def annotate(self, who, said, place=-1):
        row = find_suggestions(self.session, report_ids=[3])[place]
        self.votes += 1
        annotation = Annotation(
            annotation_id=f"v{self.votes}",
            report_id=3,
            text_hash=row.text_hash,
            quote=row.quote,
            theme="loudness",
            verdict=AnnotationVerdict(said),
            direction=Direction.BARRIER,
            reviewer=who,
            annotated_at=self.now,
            codebook_version="1",
        )
        keep_annotation(self.session, annotation)

    def edition(self):
        return compile_edition(
            self.session,
            self.protocol,
            self.codebook,
            models=(),
            run_id=self.run_id,
            now=self.now + timedelta(days=1),
        )


def _tags(text):
    start = text.index(ABSTRACT)
    scored = ThemeScore(
        theme="loudness",
        score=0.9,
        suggested=True,
        direction=Direction.FACILITATOR,
        direction_score=0.9,
        nearest="",
    )
    passage = Passage(quote=quote_from(text, start, start + len(ABSTRACT)), position=0)
    return PassageTags(passage=passage, relevance=0.9, themes=(scored,))


@pytest.fixture
def make_review(protocol, codebook, now, request, tmp_path):
    def make(verdict, word):
        store = open_store(f"sqlite:///{tmp_path / verdict}.db")
        request.addfinalizer(store.close)
        session = request_session(store)
        review = Review(session, protocol, codebook, now)
        review.decide("ana", 1, FULL_TEXT, verdict)
        review.decide("ana", 2, TITLE, verdict)
        review.annotate("ana", word)
        return review

    def request_session(store):
        opened = store.session()
        session = opened.__enter__()
        request.addfinalizer(lambda: opened.__exit__(None, None, None))
        return session

    return make


def _told(edition):
    return render_edition(edition), tables_csv(edition)


# Whatever the first reader said, the edition is the same to the letter while the second reader is
# still to speak, and counts what it withholds. Once both have read it, it tells.
def test_an_edition_is_the_same_whatever_a_first_reader_said(make_review):
    one, other = make_review("include", "accept"), make_review("exclude", "reject")
    assert _told(one.edition()) == _told(other.edition())
    edition = one.edition()
    assert (edition.people.decisions, edition.people.annotations) == (4, 1)
    assert edition.people.withheld == 3
    assert "3 decisions and annotations are told once somebody else" in render_edition(edition)
    assert [d.report.report_id for d in edition.decisions] == [1, 3]
    assert (edition.counts.included, edition.counts.excluded_full_text) == (0, 0)
    assert (edition.counts.awaiting_full_text, edition.counts.awaiting_settlement) == (2, 1)
    assert edition.people.awaiting == 2
    for review in (one, other):
        review.decide("ben", 1, FULL_TEXT, "include")
        review.decide("ben", 2, TITLE, "include")
        review.annotate("ben", "accept")
    assert _told(one.edition()) != _told(other.edition())
    assert one.edition().people.withheld == 0
    assert (one.edition().counts.included, one.edition().people.verified) == (1, 1)


# A passage that is suggested later keeps back nothing of those that both have answered.
def test_a_new_passage_withholds_no_old_one(make_review):
    review = make_review("include", "accept")
    review.annotate("ben", "accept")
    assert review.edition().people.verified == 1
    tagged = find_reports(review.session, [3])[3]
    later = replace(
        _tags(tagged.text), passage=Passage(quote=quote_from(tagged.text, 0, 4), position=0)
    )
    keep_suggestions(
        review.session, review.run_id, "m2", [(tagged, [later, _tags(tagged.text)])], review.now
    )
    review.annotate("ana", "accept", place=0)
    assert find_owed(review.session, "ben")
    edition = review.edition()
    assert (edition.people.annotations, edition.people.verified) == (3, 1)
    review.annotate("ben", "accept", place=0)
    assert review.edition().people.verified == 2


# Nobody waits for a person who retired.
def test_who_retired_is_not_waited_for(make_review):
    review = make_review("include", "accept")
    keep_retirement(review.session, "ben", review.now)
    assert review.edition().people.withheld == 0
    assert review.edition().counts.included == 1


# The table of decisions shows the votes and after them the consensus, which is where the report
# stands in the flow; what is settled is told though another reader is still to come.
def test_a_settled_report_shows_votes_and_consensus(make_review):
    review = make_review("exclude", "accept")
    review.decide("ben", 2, TITLE, "include")
    review.decide("eve", 2, TITLE, "include", keep_consensus, reason="they talked")
    review.decide("eve", 1, FULL_TEXT, "exclude", keep_consensus, reason="no bell at all")
    edition = review.edition()
    text = tables_csv(edition)["decisions.csv"]
    rows = [
        (r["Report"], r["Stage"], r["Reviewer"], r["Verdict"], r["Settled"])
        for r in csv.DictReader(io.StringIO(text))
    ]
    assert rows == [
        ("1", "title abstract", "ana", "include", "no"),
        ("1", "full text", "ana", "exclude", "no"),
        ("1", "full text", "eve", "exclude", "yes"),
        ("2", "title abstract", "ana", "exclude", "no"),
        ("2", "title abstract", "ben", "include", "no"),
        ("2", "title abstract", "eve", "include", "yes"),
        ("3", "title abstract", "ana", "include", "no"),
    ]
    assert Counter(row[-1] for row in rows) == {
        "no": edition.people.decisions,
        "yes": edition.people.settlements,
    }
    counts = edition.counts
    assert (counts.excluded_full_text, counts.awaiting_full_text) == (1, 2)
    assert edition.people.reviewers == 3
