"""A changed report is told with what changed in it, and a retracted one stands out."""

import csv
import io
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.changed import list_changed, list_questioned
from reporting.difference import Fate, Piece, compare_texts, compare_words
from reporting.prisma import Box, ReportState
from reporting.render import render_edition
from reporting.summary import summarise_edition
from reporting.tables import tables_csv
from review.decisions import Stage
from review.errors import ConservationError
from review.reopenings import Cause, Reopening, ReportNotice

OPENED = datetime(2026, 1, 19, 6, tzinfo=UTC)
BEFORE = "Bells on bicycles\nBells helped 36 riders to be heard."
AFTER = "Bells on bicycles\nBells did not help 63 riders to be heard."


def opening(cause=Cause.TEXT_CHANGED, before=BEFORE, after=AFTER, report_id=1, **fields):
    return Reopening(
        report_id=report_id,
        cause=cause,
        text_before=before,
        text_after=after,
        opened_at=fields.pop("opened_at", OPENED),
        **fields,
    )


def notice(report_id, kind=Cause.RETRACTION, notice_id="10.5555/n", source="crossref"):
    return ReportNotice(
        report_id=report_id,
        kind=kind,
        notice_id=notice_id,
        source=source,
        dated=date(2026, 1, 15),
        seen_at=OPENED,
    )


@pytest.fixture
def changed(make_report):
    def make(report_id, *causes, box=Box.INCLUDED, reason=None):
        state = ReportState(report_id=report_id, box=box, exclusion_reason=reason, reopened=True)
        [made] = list_changed(
            [state], {report_id: make_report(report_id)}, {report_id: causes or [opening()]}
        )
        return made

    return make


def words_of(pieces, without):
    return " ".join(p.text for p in pieces if p.fate is not without).split()


# Whatever the texts: leaving out what is new gives the words before, what is gone those after.
@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_a_difference_holds_both_texts(old, new):
    pieces = compare_words(" ".join(old), "  ".join(new))
    assert words_of(pieces, without=Fate.ADDED) == old
    assert words_of(pieces, without=Fate.REMOVED) == new
    for one, next_ in pairwise(pieces):
        assert one.fate is not next_.fate
    assert all(piece.text for piece in pieces)


def test_a_difference_names_the_words_and_the_part():
    difference = compare_texts(BEFORE, AFTER)
    assert difference.changed == ("abstract",)
    assert difference.abstract == (
        Piece(fate=Fate.KEPT, text="Bells"),
        Piece(fate=Fate.REMOVED, text="helped 36"),
        Piece(fate=Fate.ADDED, text="did not help 63"),
        Piece(fate=Fate.KEPT, text="riders to be heard."),
    )
    assert compare_texts("Bell\n", "Bells\nNew.").changed == ("title", "abstract")
    assert compare_texts(BEFORE, BEFORE).changed == ()


# Changed twice before anyone looked: the difference is from what people decided on to today.
def test_the_last_change_of_the_text_is_shown(changed):
    later = opening(after=AFTER.replace("63", "64"))
    told = changed(1, opening(), opening(Cause.CORRECTION, after=BEFORE), later).difference
    assert told == compare_texts(BEFORE, later.text_after)
    assert changed(1, opening(Cause.RETRACTION, after=BEFORE)).difference is None


def test_the_page_tells_cause_verdict_and_difference(make_edition, listed, out, changed):
    retraction = opening(Cause.RETRACTION, after=BEFORE, notice_id="10.5555/n", source="crossref")
    edition = make_edition(
        included=[listed(1)],
        excluded=[out(2, stage=Stage.FULL_TEXT)],
        changed=[
            changed(1, opening(), retraction),
            changed(2, box=Box.EXCLUDED_FULL_TEXT, reason="no_bell"),
        ],
        source_names={"crossref": "Crossref"},
    )
    page = render_edition(edition)
    section = page[page.index('<section id="changed"') :]
    section = section[: section.index("</section>")]
    assert "2 reports are no longer what people decided on" in section
    assert "People's decision: <strong>included</strong>." in section
    assert "excluded by people on the full text</strong> (No bell)" in section
    assert 'href="https://doi.org/10.5555/n"' in section
    assert "The text changed" in section
    # Told without colour: the words are marked, and read out as gone or new.
    assert '<del><span class="unseen">[gone: </span>helped 36' in section
    assert '<ins><span class="unseen">[new: </span>did not help 63' in section
    assert "2 reports have <a" in page
    assert "<strong>2 reports have changed since people decided</strong>" in page
    assert "| changed since people decided on them " in summarise_edition(edition)


def test_without_a_change_the_section_is_one_line(make_edition, listed):
    page = render_edition(make_edition(included=[listed(1)]))
    assert "No report has changed since people decided on it" in page
    assert "<del>" not in page
    assert "None of the reports that are or may be included is known to be retracted" in page


def test_the_table_holds_whole_texts_and_no_formula(make_edition, listed, changed):
    cause = opening(before="=1+1\nOld.", after="=1+2\nNew.")
    told = changed(1, cause, opening(Cause.CORRECTION, after=BEFORE, notice_id="98"))
    edition = make_edition(included=[listed(1)], changed=[told])
    rows = list(csv.DictReader(io.StringIO(tables_csv(edition)["changed.csv"])))
    assert [row["What changed"] for row in rows] == [
        "the text changed",
        "a correction was published",
    ]
    assert (rows[0]["Text before"], rows[0]["Text after"]) == ("'=1+1\nOld.", "'=1+2\nNew.")
    assert (rows[1]["Notice"], rows[1]["Text before"]) == ("98", "")


def test_an_edition_whose_list_of_changes_is_not_what_it_counts_is_refused(
    make_edition, listed, changed
):
    edition = make_edition(included=[listed(1)], changed=[changed(1)])
    with pytest.raises(ConservationError, match="list of reports changed since people decided"):
        render_edition(type(edition)(**{**vars(edition), "changed": ()}))


# The machine moves none of them; the page must not let a reader miss one either.
def test_a_retracted_report_among_the_included_stands_out(make_edition, listed, make_report):
    states = [
        ReportState(report_id=1, box=Box.INCLUDED),
        ReportState(report_id=2, box=Box.INCLUDED),
        ReportState(report_id=3, box=Box.AWAITING_INCLUDE),
        ReportState(report_id=4, box=Box.EXCLUDED_AUTOMATIC),
    ]
    concern = notice(2, Cause.EXPRESSION_OF_CONCERN, "97", "pubmed")
    questioned = list_questioned(
        states,
        {n: make_report(n) for n in range(1, 5)},
        {2: [concern], 1: [notice(1), notice(1, Cause.EXPRESSION_OF_CONCERN)], 3: [notice(3)]}
        | {4: [notice(4)]},
    )
    assert [(q.report.report_id, q.is_retracted) for q in questioned] == [
        (1, True),
        (3, True),
        (2, False),
    ]
    assert questioned[0].words == "retracted"
    edition = make_edition(
        included=[listed(1), listed(2)], provisional=[listed(3)], questioned=questioned
    )
    page = render_edition(edition)
    assert "2 included reports are retracted or under concern," in page
    assert page.count("This report is retracted.") == 2
    assert page.count("This report is under an expression of concern.") == 1
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/97/"' in page
    rows = list(csv.DictReader(io.StringIO(tables_csv(edition)["retractions.csv"])))
    assert [(row["Report"], row["What is told"], row["Dated"]) for row in rows] == [
        ("1", "retracted", "2026-01-15"),
        ("3", "retracted", "2026-01-15"),
        ("2", "under an expression of concern", "2026-01-15"),
    ]
