"""People answer whether two records are one report, and no machine run undoes what they said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from identification.grouping import regroup
from identification.identify import identify
from identification.join import JoinedRecords, join_duplicates
from identification.settle import settle_pair, take_back
from review.decisions import Decision, Sameness, Stage, Verdict, agree
from review.errors import InputError, StoreError
from review.protocol import Protocol
from review.records import Record
from review.store.decisions import find_decisions, keep_decision, keep_reviewer
from review.store.duplicates import (
    find_open_questions,
    find_studies,
    find_study_links,
)
from review.store.pages import keep_notices
from review.store.records import find_members, find_reports, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store
from review.store.standings import find_standings

SAME, DIFFERENT, LINKED = Sameness.SAME, Sameness.DIFFERENT, Sameness.LINKED
FIRST = Record(
    source="a",
    source_id="sha256:1",
    title="Implementing peer support work in community mental health services",
    abstract="We interviewed peer workers in acute wards about their pay.",
    authors=("Doe, Jane", "Roe, Richard"),
    year=2018,
    journal="Journal of Mental Health",
    volume="27",
    issue="3",
    pages="365-371",
    doi="10.1000/jmh.1",
)
COPY = replace(FIRST, source_id="sha256:2", url="http://example.org/2")
# Alike, but nothing says where they appeared: the machine asks.
VAGUE = Record(
    source="a",
    source_id="sha256:5",
    title="Peer support in prisons: what staff say about new colleagues",
    authors=("Poe, Edgar",),
    year=2020,
)
VAGUE_TOO = replace(VAGUE, source_id="sha256:6", title=f"{VAGUE.title} on wards")


@dataclass
class Desk:
    """A session with short words for what people and machines do in it."""

    session: Session
    now: datetime
    protocol: Protocol
    place: int = 0

    def receive(self, *records: Record) -> JoinedRecords:
        run_id = open_run(self.session, "import", self.protocol, self.now)
        search_id = open_search(self.session, run_id, source="a", address="a", now=self.now)
        keep_records(self.session, search_id, list(enumerate(records, start=1)), self.now)
        self.session.commit()
        return join_duplicates(self.session, run_id=run_id, now=self.now)

    def say(self, a: int, b: int, verdict: Sameness, who: str = "ana") -> str:
        vote_id = str(uuid.uuid4())
        settle_pair(self.session, vote_id, a, b, verdict, who, self.now)
        return vote_id

    def undo(self, vote_id: str, who: str = "ana") -> bool:
        again = str(uuid.uuid4())
        return take_back(self.session, vote_id, withdrawal_id=again, reviewer=who, now=self.now)

    def decide(self, report_id: int, who: str, verdict: Verdict) -> None:
        keep_reviewer(self.session, who, "reviewer", self.now)
        said = Decision(
            decision_id=str(uuid.uuid4()),
            report_id=report_id,
            stage=Stage.TITLE_ABSTRACT,
            reviewer=who,
            verdict=verdict,
            exclusion_reason="informal" if verdict is Verdict.EXCLUDE else None,
            decided_at=self.now,
        )
        keep_decision(self.session, said)
        self.session.commit()

    @property
    def members(self) -> dict[int, int]:
        return find_members(self.session)

    def is_whole(self) -> bool:
        """Every record in one report, each report drawn, and named by its earliest record."""
        members = self.members
        drawn = find_reports(self.session, set(members.values()))
        return drawn.keys() == set(members.values()) and all(
            list(report.record_ids) == sorted(r for r in members if members[r] == report_id)
            and report_id == min(report.record_ids)
            for report_id, report in drawn.items()
        )


@pytest.fixture
def desk(store: Store, protocol: Protocol, now: datetime) -> Iterator[Desk]:
    with store.session() as session:
        yield Desk(session, now, protocol)


# Two reports that a person says are one have one name, one view and the decisions of both, which
# differ: people disagree. Undone, each is what it was, with the decision made on it.
def test_reports_are_joined_and_the_joining_is_undone(desk: Desk) -> None:
    desk.receive(VAGUE, VAGUE_TOO)
    assert desk.members == {1: 1, 2: 2}
    before = find_reports(desk.session, [1, 2])
    [question] = find_open_questions(desk.session)
    assert (question.record_a, question.record_b) == (1, 2)
    desk.decide(1, "ana", Verdict.INCLUDE)
    desk.decide(2, "ben", Verdict.EXCLUDE)
    said = desk.say(1, 2, SAME)
    assert desk.members == {1: 1, 2: 1}
    assert desk.is_whole()
    assert find_open_questions(desk.session) == []
    assert [d.reviewer for d in find_decisions(desk.session, [1])] == ["ana", "ben"]
    [standing] = find_standings(desk.session)
    verdicts = [verdict for verdict, _ in standing.people[Stage.TITLE_ABSTRACT]]
    assert agree(verdicts) is Verdict.UNSURE
    assert desk.undo(said)
    assert desk.members == {1: 1, 2: 2}
    assert find_reports(desk.session, [1, 2]) == before
    assert [d.reviewer for d in find_decisions(desk.session, [2])] == ["ben"]
    assert find_open_questions(desk.session) == [question]


# What the machine joined is parted, each part named by its earliest record; nothing is deleted.
def test_a_machines_join_is_parted(desk: Desk) -> None:
    desk.receive(FIRST, COPY)
    assert desk.members == {1: 1, 2: 1}
    desk.decide(1, "ana", Verdict.INCLUDE)
    said = desk.say(2, 1, DIFFERENT)
    assert desk.members == {1: 1, 2: 2}
    assert desk.is_whole()
    assert [d.report_id for d in find_decisions(desk.session)] == [1]
    assert find_open_questions(desk.session) == []
    assert find_studies(desk.session) == {}
    assert desk.undo(said)
    assert desk.members == {1: 1, 2: 1}
    votes = desk.session.execute(sa.text("SELECT verdict FROM duplicate_vote ORDER BY seq"))
    assert votes.scalars().all() == ["same", "different", "withdrawn"]


# Two reports of one study stay two, and are told as one study, until a person says otherwise.
def test_a_person_links_two_reports_and_unlinks_them(desk: Desk) -> None:
    desk.receive(FIRST, COPY, VAGUE)
    desk.say(1, 2, LINKED)
    assert desk.members == {1: 1, 2: 2, 3: 3}
    assert find_studies(desk.session) == {1: 1, 2: 1}
    desk.say(2, 3, LINKED)
    assert find_studies(desk.session) == {1: 1, 2: 1, 3: 1}
    last = desk.say(1, 2, DIFFERENT, "ben")
    assert find_studies(desk.session) == {2: 2, 3: 2}
    desk.undo(last, "ben")
    assert [link.words for link in find_study_links(desk.session)] == ["ana said so"] * 2


# A person's word outranks the machine's link, and the machine's holds again without it.
def test_a_machines_link_is_outranked(desk: Desk) -> None:
    preprint = replace(FIRST, journal="medRxiv", volume="", issue="", pages="", doi="", year=2017)
    desk.receive(FIRST, replace(preprint, source_id="sha256:3"))
    assert find_studies(desk.session) == {1: 1, 2: 1}
    said = desk.say(1, 2, DIFFERENT)
    assert find_studies(desk.session) == {}
    desk.undo(said)
    assert find_studies(desk.session) == {1: 1, 2: 1}
    desk.say(1, 2, SAME)
    assert desk.members == {1: 1, 2: 1}
    assert find_studies(desk.session) == {}


# A third copy that is like both of two parted records comes to one of them; whether it is the
# other's is asked, and the parted two stay parted.
def test_a_third_copy_comes_to_one_of_the_parted(desk: Desk) -> None:
    desk.receive(FIRST, replace(COPY, issue=""))
    desk.say(1, 2, DIFFERENT)
    third = replace(FIRST, source_id="sha256:3", pages="365", url="http://example.org/3")
    joined = desk.receive(third)
    assert (joined.duplicates, joined.asked) == (1, 1)
    members = desk.members
    assert members[1] != members[2]
    [question] = find_open_questions(desk.session)
    assert 3 in (question.record_a, question.record_b)
    assert {members[question.record_a], members[question.record_b]} == {1, 2}
    assert "told apart" in question.reason
    desk.say(question.record_a, question.record_b, SAME)
    assert desk.members == {1: 1, 2: 1, 3: 1}
    assert desk.is_whole()


# The nearer one: a new version of the second record is not given to the first because it is older.
def test_a_new_version_comes_to_the_record_it_is_of(desk: Desk) -> None:
    second = replace(COPY, source_id="7", pages="365")
    desk.receive(replace(FIRST, doi=""), second)
    desk.say(1, 2, DIFFERENT)
    desk.receive(replace(second, url="http://example.org/new"))
    assert desk.members == {1: 1, 2: 2, 3: 2}


# A record that comes to a joined report goes, when the joining is undone, with the record it
# matched.
def test_what_came_to_a_joined_report_is_parted_with_its_own(desk: Desk) -> None:
    desk.receive(FIRST, VAGUE)
    said = desk.say(1, 2, SAME)
    desk.receive(replace(VAGUE, source_id="sha256:9", url="http://example.org/9"), COPY)
    assert desk.members == {1: 1, 2: 1, 3: 1, 4: 1}
    desk.undo(said)
    assert desk.members == {1: 1, 2: 2, 3: 2, 4: 1}
    assert desk.is_whole()


# The same file read again joins nothing that a person parted.
def test_the_same_file_again_changes_nothing(
    store: Store, protocol: Protocol, now: datetime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    text = "TY  - JOUR\nTI  - {}\nDO  - 10.1000/x\nPY  - 2018\n{}ER  - \n"
    title = "Implementing peer support work in community services"
    file = folder / "two.ris"
    file.write_text(text.format(title, "") + text.format(title, "SP  - 12\n"), encoding="utf-8")
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        for parted in (False, True):
            identify(session, [file], run_id=run_id, raw=folder / "raw", now=now)
            assert find_members(session) == ({1: 1, 2: 2} if parted else {1: 1, 2: 1})
            settle_pair(session, "5", 1, 2, DIFFERENT, "ana", now)
        join_duplicates(session, run_id=run_id, now=now)
        assert find_members(session) == {1: 1, 2: 2}


# The same answer sent twice is one; an id used for another answer is refused.
def test_an_answer_sent_again_is_one_answer(desk: Desk) -> None:
    desk.receive(VAGUE, VAGUE_TOO)
    later = desk.now + timedelta(minutes=1)
    for moment, (a, b) in ((desk.now, (1, 2)), (later, (2, 1))):
        settle_pair(desk.session, "v", a, b, SAME, "ana", moment)
    count = "SELECT count(*) FROM duplicate_vote WHERE voter = 'ana'"
    assert desk.session.execute(sa.text(count)).scalar_one() == 1
    with pytest.raises(StoreError, match="used for another"):
        settle_pair(desk.session, "v", 1, 2, DIFFERENT, "ana", later)
    assert not desk.undo("v", "ben")
    assert not desk.undo("nothing")
    assert desk.members == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("a", "b", "verdict", "who", "sentence"),
    [
        (1, 99, SAME, "ana", "record 99 is in no report"),
        (1, 1, SAME, "ana", "named twice"),
        (1, 2, Sameness.ASK, "ana", "same, different or linked"),
        (1, 2, SAME, " ", "say who you are"),
        (1, 2, SAME, "machine:duplicates-2", "say who you are"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    desk: Desk, a: int, b: int, verdict: Sameness, who: str, sentence: str
) -> None:
    desk.receive(VAGUE, VAGUE_TOO)
    with pytest.raises(InputError, match=sentence):
        desk.say(a, b, verdict, who)
    assert desk.members == {1: 1, 2: 2}


class StoppingSession(Session):
    """A session whose process ends at a statement that begins with these words."""

    def __init__(self, session: Session, words: str) -> None:
        super().__init__(session.connection)
        self._words = words

    def execute(self, statement: sa.Executable) -> sa.CursorResult[object]:
        if str(statement).startswith(self._words):
            raise KeyboardInterrupt
        return super().execute(statement)


# Stopped at any moment, an answer is kept whole or not at all.
@pytest.mark.parametrize("words", ["UPDATE report_member SET report_id=?", "DELETE FROM report"])
def test_an_answer_that_was_stopped_left_nothing(
    store: Store, protocol: Protocol, now: datetime, words: str
) -> None:
    with store.session() as session:
        Desk(session, now, protocol).receive(VAGUE, VAGUE_TOO)
    with suppress(KeyboardInterrupt), store.session() as session:
        settle_pair(StoppingSession(session, words[:32]), "v", 1, 2, SAME, "ana", now)
        raise AssertionError("it was to be stopped")
    with store.session() as session:
        desk = Desk(session, now, protocol)
        assert desk.members == {1: 1, 2: 2}
        assert desk.is_whole()
        assert len(find_open_questions(session)) == 1
        desk.say(1, 2, SAME)
        assert desk.members == {1: 1, 2: 1}


# Of two reports only the likeliest question is asked, and one answer settles them all.
def test_each_two_reports_are_asked_about_once(desk: Desk) -> None:
    desk.receive(VAGUE, VAGUE_TOO, replace(VAGUE_TOO, source_id="sha256:8", url="http://e.org"))
    assert len(set(desk.members.values())) == 2
    assert len(find_open_questions(desk.session)) == 1
    said = desk.say(1, 3, DIFFERENT)
    assert find_open_questions(desk.session) == []
    # Nor does a further copy of what a person told apart raise the question anew.
    desk.receive(replace(VAGUE_TOO, source_id="sha256:9", url="http://e.org/9"))
    assert find_open_questions(desk.session) == []
    desk.undo(said)
    assert len(find_open_questions(desk.session)) == 1


# A source that names a preprint links it to its article, whichever of the two came first.
@pytest.mark.parametrize("named", ["10.1101/2017.05.06.1", "31112233", "PPR:PPR77"])
@pytest.mark.parametrize("article_first", [True, False])
def test_a_preprint_a_source_names_is_linked(desk: Desk, named: str, article_first: bool) -> None:
    article = replace(FIRST, source_id="MED:1", source="europepmc")
    preprint = Record(
        source="europepmc",
        source_id="PPR:PPR77",
        title="Peer workers: early words under quite another title",
        doi="10.1101/2017.05.06.1",
        pmid="31112233",
    )
    pair = (article, preprint) if article_first else (preprint, article)
    desk.receive(pair[0])
    notice = (1, "preprint", named, "europepmc", None) if article_first else None
    if notice:
        keep_notices(desk.session, 1, [notice], desk.now)
    else:
        run_id = open_run(desk.session, "import", desk.protocol, desk.now)
        search_id = open_search(desk.session, run_id, source="a", address="a", now=desk.now)
        keep_records(desk.session, search_id, [(1, pair[1])], desk.now)
        keep_notices(desk.session, search_id, [(2, "preprint", named, "pubmed", None)], desk.now)
    desk.receive(*([pair[1]] if article_first else []))
    assert desk.members == {1: 1, 2: 2}
    assert find_studies(desk.session) == {1: 1, 2: 1}
    desk.receive()
    assert len(find_study_links(desk.session)) == 1
    [link] = find_study_links(desk.session)
    assert link.words == "a source says that one is the preprint of the other"


ANSWERS = st.lists(
    st.tuples(
        st.integers(1, 7), st.integers(1, 7), st.sampled_from([SAME, DIFFERENT, LINKED])
    ).filter(lambda said: said[0] != said[1]),
    max_size=8,
)


# After any answers every record is in one report, named by its earliest; the last answer holds;
# with none, all is as the machine has it.
@given(
    blocks=st.lists(st.integers(1, 7), min_size=7, max_size=7),
    joins=st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), max_size=12),
    answers=ANSWERS,
)
def test_after_any_answers_every_record_is_in_one_report(
    blocks: Sequence[int], joins: Sequence[tuple[int, int]], answers: Sequence[tuple]
) -> None:
    placed = dict(enumerate(blocks, start=1))
    placed = {r: min(o for o in placed if placed[o] == block) for r, block in placed.items()}
    found = regroup(placed, answers, joins)
    assert found.keys() == placed.keys()
    assert all(found[report] == report <= record for record, report in found.items())
    assert regroup(placed, [], joins) == placed
    if answers:
        a, b, verdict = answers[-1]
        assert (found[a] == found[b]) is (verdict is SAME)
    joined = {r for a, b, verdict in answers for r in (a, b)}
    untouched = [r for r in placed if not joined & {o for o in placed if placed[o] == placed[r]}]
    assert all(found[r] == placed[r] for r in untouched)


# In the store it is the same, with new records between the answers and every answer taken back.
def test_any_answers_in_the_store_leave_it_whole(desk: Desk) -> None:
    desk.receive(FIRST, COPY, VAGUE, VAGUE_TOO, replace(FIRST, title="", source_id="sha256:4"))
    before = desk.members
    pairs = [(1, 2, DIFFERENT), (2, 3, SAME), (3, 4, SAME), (1, 4, LINKED), (1, 4, SAME)]
    pairs += [(2, 4, DIFFERENT), (1, 3, DIFFERENT), (1, 5, SAME)]
    said = []
    for n, (a, b, verdict) in enumerate(pairs):
        said.append(desk.say(a, b, verdict, "ana" if n % 2 else "ben"))
        assert (desk.members[a] == desk.members[b]) is (verdict is SAME)
        assert desk.is_whole()
    for n, vote_id in list(enumerate(said))[::2] + list(enumerate(said))[1::2]:
        assert desk.undo(vote_id, "ana" if n % 2 else "ben")
        assert desk.is_whole()
    assert desk.members == before
