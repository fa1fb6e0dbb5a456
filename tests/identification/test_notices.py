"""A notice counts on the report it is about, and never on the notice itself."""

from __future__ import annotations

import json
from datetime import date
from xml.etree.ElementTree import fromstring, parse

import pytest

from identification.sources.notices import (
    NoticeKind,
    find_crossref_notices,
    find_europepmc_notices,
    find_pubmed_notices,
)


def _article(links: str = "", types: str = ""):
    return fromstring(
        "<PubmedArticle><MedlineCitation><Article><PublicationTypeList>"
        f"{types}</PublicationTypeList></Article><CommentsCorrectionsList>{links}"
        "</CommentsCorrectionsList></MedlineCitation></PubmedArticle>"
    )


def _link(kind: str, source: str = "", pmid: str = "") -> str:
    number = f"<PMID>{pmid}</PMID>" if pmid else ""
    return (
        f'<CommentsCorrections RefType="{kind}"><RefSource>{source}</RefSource>'
        f"{number}</CommentsCorrections>"
    )


# What stands on the report counts, what stands on a notice, a comment or an update does not.
@pytest.mark.parametrize(
    ("kind", "notice"),
    [
        ("RetractionIn", NoticeKind.RETRACTION),
        ("RetractedandRepublishedIn", NoticeKind.RETRACTION),
        ("PartialRetractionIn", NoticeKind.PARTIAL_RETRACTION),
        ("ExpressionOfConcernIn", NoticeKind.EXPRESSION_OF_CONCERN),
        ("ErratumIn", NoticeKind.CORRECTION),
        *((kind, None) for kind in (
            "RetractionOf", "ErratumFor", "ExpressionOfConcernFor", "UpdateOf", "UpdateIn",
            "CommentIn", "CommentOn", "Cites", "RetractedandRepublishedFrom",
        )),
    ],
)  # fmt: skip
def test_links_in_pubmed(kind, notice):
    found = find_pubmed_notices(_article(_link(kind, "Lancet. 2010 Feb 6;375(9713):445", "2013")))
    assert [n.kind for n in found] == ([notice] if notice else [])
    assert all((n.notice_id, n.dated) == ("2013", date(2010, 2, 6)) for n in found)


# The name of a notice is its PMID, else its DOI, else its place; a month alone is no day.
@pytest.mark.parametrize(
    ("source", "name", "day"),
    [
        ("J Inv. 2020 Feb;7(2):9. doi: 10.5555/Notice.", "10.5555/notice", None),
        ("J Inv. 2020 Feb 30;7(2):9", "J Inv. 2020 Feb 30;7(2):9", None),
        ("J Inv. 2020 Sept 3;7(2):9", "J Inv. 2020 Sept 3;7(2):9", date(2020, 9, 3)),
        ("", "", None),
    ],
)
def test_names_and_days_of_notices(source, name, day):
    (found,) = find_pubmed_notices(_article(_link("RetractionIn", source)))
    assert (found.notice_id, found.dated) == (name, day)


# A mark alone is a retraction; beside its link it is not counted twice; the notice has its own.
def test_marks_in_pubmed():
    retracted = "<PublicationType>Retracted Publication</PublicationType>"
    (found,) = find_pubmed_notices(_article(types=retracted))
    assert (found.kind, found.notice_id, found.dated) == (NoticeKind.RETRACTION, "", None)
    assert len(find_pubmed_notices(_article(_link("RetractionIn", "", "9"), retracted))) == 1
    notice = "<PublicationType>Retraction of Publication</PublicationType>"
    assert find_pubmed_notices(_article(_link("RetractionOf", "", "8"), notice)) == ()


def test_links_and_marks_in_europepmc():
    bare = {"type": "Retraction in", "id": 456, "source": "MED", "reference": "X. 2020 Feb 3;1:2"}
    (found,) = find_europepmc_notices({"commentCorrectionList": {"commentCorrection": bare}})
    assert (found.kind, found.notice_id, found.dated) == (
        NoticeKind.RETRACTION, "456", date(2020, 2, 3),
    )  # fmt: skip
    links = [{"type": kind} for kind in ("Comment in", "Retraction of", "Update in", None)]
    assert find_europepmc_notices({"commentCorrectionList": {"commentCorrection": links}}) == ()
    marked = find_europepmc_notices({"pubTypeList": {"pubType": ["Retracted Publication"]}})
    assert [notice.kind for notice in marked] == [NoticeKind.RETRACTION]
    assert find_europepmc_notices({}) == ()


def _update(doi: str, kind: str = "retraction", by: str = "publisher", day: object = None):
    parts = {"date-parts": [day]} if day else None
    return {"DOI": doi, "type": kind, "source": by, "updated": parts}


# Both documents of a pair carry both directions; the report is told from the notice.
def test_reciprocal_deposits_in_crossref():
    report = {
        "DOI": "10.5555/r",
        "title": ["RETRACTED: Peers"],
        "update-to": [_update("10.5555/n")],
        "updated-by": [_update("10.5555/N")],
    }
    notice = {
        "DOI": "10.5555/n",
        "title": ["Retraction—Peers"],
        "update-to": [_update("10.5555/r")],
        "updated-by": [_update("10.5555/R")],
    }
    assert [n.notice_id for n in find_crossref_notices(report)] == ["10.5555/n"]
    assert find_crossref_notices(notice) == ()
    watched = {**notice, "title": ["Peers"],
               "update-to": [_update("10.5555/r", by="retraction-watch")]}  # fmt: skip
    assert find_crossref_notices(watched) == ()
    # A correction may itself be retracted, by another notice.
    corrected = {**notice, "updated-by": [_update("10.5555/other")]}
    assert [n.notice_id for n in find_crossref_notices(corrected)] == ["10.5555/other"]


# What a work says of others says nothing about itself.
def test_a_notice_of_many_is_not_itself_retracted():
    notice = {"DOI": "10.5555/n", "update-to": [_update(f"10.5555/{n}") for n in range(42)]}
    assert find_crossref_notices(notice) == ()


# Every kind, the names of publishers for it, and news that are no notice.
@pytest.mark.parametrize(
    ("kind", "notice"),
    [
        ("retraction", NoticeKind.RETRACTION),
        ("Partial-Retraction", NoticeKind.PARTIAL_RETRACTION),
        ("removal", NoticeKind.WITHDRAWAL),
        ("withdrawal", NoticeKind.WITHDRAWAL),
        ("expression_of_concern", NoticeKind.EXPRESSION_OF_CONCERN),
        ("corrigendum", NoticeKind.CORRECTION),
        ("reinstatement", NoticeKind.REINSTATEMENT),
        ("new_version", None),
        (None, None),
    ],
)
def test_kinds_in_crossref(kind, notice):
    found = find_crossref_notices({"updated-by": [_update("10.5555/n", kind)]})
    assert [n.kind for n in found] == ([notice] if notice else [])


# Publisher and Retraction Watch name one notice: it is one, with the day of the one who knows it.
def test_a_notice_named_twice_is_one():
    twice = [_update("10.5555/n"), _update("10.5555/N", by="retraction-watch", day=[2020, 6, 5])]
    (found,) = find_crossref_notices({"updated-by": twice})
    assert found.dated == date(2020, 6, 5)


# A retraction in place points at the report itself: a person shall see it.
def test_a_retraction_in_place():
    work = {"DOI": "10.5555/r", "title": ["Peers and games"],
            "update-to": [_update("10.5555/r", "partial_retraction")],
            "updated-by": [_update("10.5555/r", "partial_retraction")]}  # fmt: skip
    assert [n.kind for n in find_crossref_notices(work)] == [NoticeKind.PARTIAL_RETRACTION]


# The real retracted report with reciprocal deposits: its retraction, concern and corrections.
def test_a_recorded_report(shared_data):
    file = shared_data / "fixtures/crossref_json/bibaudit__crossref_reciprocal_retracted_paper.json"
    if not file.exists():
        pytest.skip("the recorded retracted report is not beside this checkout")
    found = find_crossref_notices(json.loads(file.read_bytes()))
    kinds = {(n.kind, n.notice_id): n.dated for n in found}
    name = "10.1016/s0140-6736(20)3"
    assert kinds[(NoticeKind.RETRACTION, f"{name}1324-6")] == date(2020, 6, 5)
    assert kinds[(NoticeKind.EXPRESSION_OF_CONCERN, f"{name}1290-3")] == date(2020, 6, 3)
    assert kinds[(NoticeKind.CORRECTION, f"{name}1249-6")] == date(2020, 5, 30)


PREPRINT_TYPE = "<PublicationType>Preprint</PublicationType>"
REVIEW_TYPE = "<PublicationType>Systematic Review</PublicationType>"


# An update is news of a preprint only: Cochrane's next version is told by the same word.
@pytest.mark.parametrize(
    ("kind", "source", "types", "said"),
    [
        ("UpdateIn", "J Inv. 2026 Feb 3;7(2):9. doi: 10.5555/art.", PREPRINT_TYPE,
         (NoticeKind.PUBLISHED, "77", date(2026, 2, 3))),
        ("UpdateIn", "Cochrane Database Syst Rev. 2026 Feb 3;2:CD1.", REVIEW_TYPE, None),
        ("UpdateOf", "medRxiv. 2025 Feb 3:2025.02.03.1. doi: 10.1101/2025.02.03.1.", "",
         (NoticeKind.PREPRINT, "10.1101/2025.02.03.1", date(2025, 2, 3))),
        ("UpdateOf", "Res Sq. 2022 Jun 29:rs.3.rs-1.", "",
         (NoticeKind.PREPRINT, "77", date(2022, 6, 29))),
        ("UpdateOf", "Cochrane Database Syst Rev. 2020;(1):CD1.", REVIEW_TYPE, None),
        ("UpdateOf", "Prepr J Inv. 2020;(1):1.", "", None),
    ],
)  # fmt: skip
def test_preprints_in_pubmed(kind, source, types, said):
    found = find_pubmed_notices(_article(_link(kind, source, "77"), types))
    assert [(n.kind, n.notice_id, n.dated) for n in found] == ([said] if said else [])


# Europe PMC names the article by PMID, and the preprint as its own records are named here.
def test_preprints_in_europepmc():
    links = [
        {"id": "77", "source": "MED", "type": "Preprint of"},
        {"id": "PMC5", "source": "PMC", "type": "Preprint of"},
        {"id": "PPR9", "source": "PPR", "type": "Preprint in", "note": "by title and author"},
    ]
    found = find_europepmc_notices({"commentCorrectionList": {"commentCorrection": links}})
    assert [(n.kind, n.notice_id) for n in found] == [
        (NoticeKind.PUBLISHED, "77"),
        (NoticeKind.PUBLISHED, "PMC:PMC5"),
        (NoticeKind.PREPRINT, "PPR:PPR9"),
    ]


# A preprint that was withdrawn or removed is marked by its type, beside what it is.
@pytest.mark.parametrize("mark", ["Preprint-withdrawal", "Preprint-removal"])
def test_withdrawn_preprints_in_europepmc(mark):
    found = find_europepmc_notices({"pubTypeList": {"pubType": ["Preprint", mark]}})
    assert [(n.kind, n.notice_id) for n in found] == [(NoticeKind.WITHDRAWAL, "")]
    assert find_europepmc_notices({"pubTypeList": {"pubType": ["Preprint"]}}) == ()


# Crossref's relations name the other document once; other relations are no news.
def test_preprints_in_crossref():
    article = {"id": "https://doi.org/10.5555/ART", "id-type": "doi", "asserted-by": "object"}
    work = {
        "DOI": "10.5555/pre",
        "relation": {
            "is-preprint-of": [article, {**article, "asserted-by": "subject"}],
            "has-review": [{"id": "10.5555/review", "id-type": "doi"}],
        },
    }
    found = find_crossref_notices(work)
    assert [(n.kind, n.notice_id) for n in found] == [(NoticeKind.PUBLISHED, "10.5555/art")]
    others = [{"id": "10.5555/PRE"}, {"id": "2302.04668v2", "id-type": "arxiv"}, {"id": None}]
    found = find_crossref_notices({"DOI": "10.5555/pre", "relation": {"has-preprint": others}})
    assert [(n.kind, n.notice_id) for n in found] == [(NoticeKind.PREPRINT, "2302.04668v2")]
    assert find_crossref_notices({"relation": {}}) == find_crossref_notices({"relation": None})


# The real articles that came out of preprints name them; a real type marks no preprint.
def test_recorded_articles_name_their_preprints(shared_data):
    work = shared_data / "fixtures/crossref_json/colrev__10.2196_22081.json"
    article = shared_data / "fixtures/pubmed_xml/metapub__pmid_36156117.xml"
    if not work.exists() or not article.exists():
        pytest.skip("the recorded articles are not beside this checkout")
    data = json.loads(work.read_bytes())
    assert [(n.kind, n.notice_id) for n in find_crossref_notices(data.get("message", data))] == [
        (NoticeKind.PREPRINT, "10.2196/preprints.22081")
    ]
    (element,) = parse(article).getroot().iter("PubmedArticle")
    assert [(n.kind, n.notice_id) for n in find_pubmed_notices(element)] == [
        (NoticeKind.PREPRINT, "10.21203/rs.3.rs-1800050/v1")
    ]
