"""What re-opens a report is news to those who decided on it: other words, or another notice."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identification.changes import find_due_notices, find_text_change
from identification.sources.notices import NoticeKind
from review.reopenings import TEXT_CAUSES, Cause, Reopening, ReportNotice, standing_notices

TITLE = "Implementing peer support work in mental health services: a qualitative study"
ABSTRACT = (
    "Peer support workers are increasingly employed in mental health services, yet little is "
    "known about what helps or hinders their work. We interviewed 36 peer workers and 12 managers "
    "in four services in two countries. Interviews were transcribed and analysed thematically. "
    "Training of 10 000 hours in all, supervision and fair pay helped peer workers to stay "
    "(p = 0.03); unclear roles and the behaviour of colleagues hindered them. Half of those who "
    "left did so within 6.5 months. Managers did not always know what peer workers do. Services "
    "that wish to employ peer workers should define the role, prepare the team and pay fairly."
)
LABELLED = "BACKGROUND: " + ABSTRACT.replace("We interviewed", "METHODS: We interviewed").replace(
    "Training of", "RESULTS: Training of"
).replace("Services that", "CONCLUSIONS: Services that")
COPIES = {
    "copyright line": ABSTRACT + " © 2020 The Author(s). Published by Invented Press.",
    "copyright first": "© 2020 Invented Press Ltd. " + ABSTRACT,
    "section headings": LABELLED,
    "headings without colons": LABELLED.replace(":", ""),
    "markup": ABSTRACT.replace("Interviews", "<jats:p>Interviews").replace(
        "fairly.", "fairly.</p>"
    ),
    "typography": ABSTRACT.replace("10 000", "10,000").replace("0.03", "·03").replace(" - ", "–"),
    "escaped": ABSTRACT.replace("(p = 0.03)", "(p&nbsp;=&nbsp;0.03)"),
    "capitals": ABSTRACT.upper(),
    "american spelling": ABSTRACT.replace("behaviour", "behavior").replace("analysed", "analyzed"),
    "joined words": ABSTRACT.replace("peer workers", "peer-workers"),
    "glued words": ABSTRACT.replace("peer workers to stay", "peerworkersto stay"),
    "cut without a mark": " ".join(ABSTRACT.split()[:60]),
    "cut with a mark": " ".join(ABSTRACT.split()[:60]) + " (ABSTRACT TRUNCATED AT 250 WORDS)",
    "cut with dots": " ".join(ABSTRACT.split()[:60]) + "...",
    "one word dropped": ABSTRACT.replace("fair pay", "pay"),
}
CHANGES = {
    "a number": ABSTRACT.replace("36 peer", "63 peer"),
    "a decimal": ABSTRACT.replace("0.03", "0.3"),
    "a comparison": ABSTRACT.replace("p = 0.03", "p > 0.03"),
    "a denial": ABSTRACT.replace("did not always know", "did always know"),
    "a sentence more": ABSTRACT + " The second author was employed by one of the services.",
    "a last sentence less": ABSTRACT[: ABSTRACT.index(" Services that")],
    "another text": "The review of the literature is described in another publication.",
}


# One source's copy of an abstract is seldom another's letter by letter: nobody need read it twice.
@pytest.mark.parametrize("copy", COPIES)
def test_another_copy_of_the_same_words_is_no_change(copy: str) -> None:
    assert COPIES[copy] != ABSTRACT
    assert find_text_change((TITLE, ABSTRACT), (TITLE, COPIES[copy])) is None


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_is_said_is_one(change: str) -> None:
    assert CHANGES[change] != ABSTRACT
    found = find_text_change((TITLE, ABSTRACT), (TITLE, CHANGES[change]))
    assert found is Cause.TEXT_CHANGED


def test_the_rest_of_an_abstract_that_broke_off_is_news() -> None:
    cut = COPIES["cut with a mark"]
    assert find_text_change((TITLE, cut), (TITLE, ABSTRACT)) is Cause.TEXT_CHANGED


def test_a_first_abstract_is_added_not_changed() -> None:
    assert find_text_change((TITLE, ""), (TITLE, ABSTRACT)) is Cause.ABSTRACT_ADDED
    assert find_text_change((TITLE, ""), (TITLE, "")) is None


@pytest.mark.parametrize(
    ("title", "found"),
    [
        (TITLE + ".", None),
        (TITLE.title(), None),
        (TITLE.replace("peer support", "peersupport"), None),
        (TITLE.replace("Implementing", "<i>Implementing</i>"), None),
        (TITLE.replace("mental health", "addiction"), Cause.TEXT_CHANGED),
        ("RETRACTED: " + TITLE, Cause.TEXT_CHANGED),
    ],
)
def test_a_title_is_compared_like_an_abstract(title: str, found: Cause | None) -> None:
    assert find_text_change((TITLE, ABSTRACT), (title, ABSTRACT)) is found


# The notice re-opens a retracted report already: its publisher's mark does not do it again.
@pytest.mark.parametrize(
    "title", [f"RETRACTED: {TITLE}", f"Retracted Article: {TITLE}", f"{TITLE} (Retracted article)"]
)
def test_the_mark_of_a_retraction_is_no_change_where_a_notice_tells_it(title: str) -> None:
    assert find_text_change((TITLE, ""), (title, ""), is_retracted=True) is None
    other = title.replace("mental", "primary")
    assert find_text_change((TITLE, ""), (other, ""), is_retracted=True) is Cause.TEXT_CHANGED


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_and_a_text_is_never_other_than_itself(
    a: str, b: str
) -> None:
    assert find_text_change((a, b), (a, b)) is None
    find_text_change((a, b), (b, a))


DECIDED = datetime(2026, 1, 12, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def told(
    kind: Cause, notice_id: str = "", source: str = "pubmed", weeks: int = 1, dated: str = ""
) -> ReportNotice:
    return ReportNotice(
        report_id=1,
        kind=kind,
        notice_id=notice_id,
        source=source,
        dated=date.fromisoformat(dated) if dated else None,
        seen_at=DECIDED + weeks * WEEK,
    )


def opened(notice: ReportNotice) -> Reopening:
    return Reopening(
        report_id=1,
        cause=notice.kind,
        notice_id=notice.notice_id,
        source=notice.source,
        text_before="",
        text_after="",
        opened_at=notice.seen_at,
    )


# PubMed names a notice by its PMID, Crossref by its DOI, OpenAlex only marks the report.
RETRACTION = [
    told(Cause.RETRACTION, "99", "pubmed", 1, "2026-01-15"),
    told(Cause.RETRACTION, "10.5555/n", "crossref", 2, "2026-01-15"),
    told(Cause.RETRACTION, "", "openalex", 3),
    told(Cause.WITHDRAWAL, "10.5555/n", "crossref", 3, "2026-01-15"),
]


def test_one_retraction_told_by_all_sources_re_opens_once() -> None:
    [due] = find_due_notices(RETRACTION, [], DECIDED)
    assert (due.kind, due.notice_id) == (Cause.RETRACTION, "10.5555/n")
    for first in RETRACTION:
        assert find_due_notices([first], [], DECIDED) == [first]
        assert find_due_notices(RETRACTION, [opened(first)], DECIDED) == []


# Nobody was shown it when they decided: an old retraction is as due as a new one.
def test_a_retraction_from_before_the_decision_is_due_and_a_correction_is_not() -> None:
    old = told(Cause.RETRACTION, "99", weeks=-1)
    assert find_due_notices([old], [], DECIDED) == [old]
    assert find_due_notices([told(Cause.CORRECTION, "98", weeks=-1)], [], DECIDED) == []


def test_several_corrections_re_open_once_each_however_many_tell_them() -> None:
    first = told(Cause.CORRECTION, "98", "pubmed", 1)
    echo = told(Cause.CORRECTION, "10.5555/c", "crossref", 2)
    second = told(Cause.CORRECTION, "97", "pubmed", 3)
    assert find_due_notices([first], [], DECIDED) == [first]
    assert find_due_notices([first, echo], [opened(first)], DECIDED) == []
    assert find_due_notices([first, echo, second], [opened(first)], DECIDED) == [second]
    everything = [first, echo, second, told(Cause.CORRECTION, "10.5555/d", "crossref", 4)]
    assert find_due_notices(everything, [opened(first), opened(second)], DECIDED) == []
    both = find_due_notices([first, second, echo], [], DECIDED)
    assert {n.source for n in both} == {"pubmed"}
    assert len(both) == 2


# A source may name a notice in words until it has a number for it.
def test_a_correction_that_gets_its_number_later_is_the_same_one() -> None:
    words = told(Cause.CORRECTION, "J Invented Stud. 2026 Jan;7(2):10", "pubmed", 1)
    number = told(Cause.CORRECTION, "98", "pubmed", 2)
    assert find_due_notices([words, number], [opened(words)], DECIDED) == []


def test_an_old_correction_told_late_by_another_source_is_not_new() -> None:
    old = told(Cause.CORRECTION, "98", "pubmed", -1)
    echo = told(Cause.CORRECTION, "10.5555/c", "crossref", 1)
    new = told(Cause.CORRECTION, "97", "pubmed", 2)
    assert find_due_notices([old, echo], [], DECIDED) == []
    assert find_due_notices([old, echo, new], [], DECIDED) == [new]


def test_a_preprint_that_came_out_re_opens_once() -> None:
    article = told(Cause.PUBLISHED, "10.5555/a", "crossref", 1)
    echo = told(Cause.PUBLISHED, "77", "europepmc", 2)
    assert find_due_notices([article], [], DECIDED) == [article]
    assert find_due_notices([article, echo], [opened(article)], DECIDED) == []


# A reinstatement undoes what was before it, also marks that sources keep, and not what follows.
def test_reinstated_and_retracted_again() -> None:
    back = told(Cause.REINSTATEMENT, "10.5555/r", "crossref", 4, "2026-02-01")
    assert standing_notices([*RETRACTION, back]) == ()
    shown = [opened(RETRACTION[0])]
    assert find_due_notices([*RETRACTION, back], shown, DECIDED) == [back]
    shown.append(opened(back))
    stale = told(Cause.RETRACTION, "", "europepmc", 5)
    assert find_due_notices([*RETRACTION, back, stale], shown, DECIDED) == []
    again = told(Cause.RETRACTION, "96", "pubmed", 6, "2026-02-20")
    assert standing_notices([*RETRACTION, back, again]) == (again,)
    assert find_due_notices([*RETRACTION, back, again], shown, DECIDED) == [again]
    assert find_due_notices([*RETRACTION, back, again], [*shown, opened(again)], DECIDED) == []


notices = st.lists(
    st.builds(
        told,
        st.sampled_from([c for c in Cause if c not in (Cause.ABSTRACT_ADDED, Cause.TEXT_CHANGED)]),
        st.sampled_from(["", "99", "98", "10.5555/n", "J Inv 2026;7"]),
        st.sampled_from(["pubmed", "crossref", "openalex"]),
        st.integers(-2, 4),
        st.sampled_from(["", "2026-01-02", "2026-02-02"]),
    ),
    max_size=8,
)


# Whatever is told, and in whatever order it is read: once shown, nothing is due a second time.
@given(notices, st.randoms(use_true_random=False))
def test_what_was_shown_is_not_due_again(told_: list[ReportNotice], chance: random.Random) -> None:
    due = find_due_notices(told_, [], DECIDED)
    assert find_due_notices(told_, [opened(n) for n in due], DECIDED) == []
    chance.shuffle(told_)
    assert {n.kind for n in find_due_notices(told_, [], DECIDED)} == {n.kind for n in due}


# The sources' kinds of notices and the causes to re-open a report are two lists of one thing.
def test_every_kind_of_notice_but_the_preprint_of_an_article_is_a_cause() -> None:
    assert {kind.value for kind in NoticeKind if kind is not NoticeKind.PREPRINT} == {
        cause.value for cause in Cause if cause not in TEXT_CAUSES
    }
