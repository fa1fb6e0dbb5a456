"""PubMed/MEDLINE text and its traps."""

from datetime import date

import pytest

from identification.files import read_file
from identification.medline import count_medline_markers, read_medline
from identification.normalise import normalise_record

RECORD = """PMID- {pmid}
OWN - NLM
DP  - 2019 Winter
TI  - A title that goes on
      in a second line.
LID - S1769(19)30059-X [pii]
LID - 10.1000/ABC [doi]
AB  - Peers help
      others.
FAU - Doe, Jane A
AU  - Doe JA
CN  - Peer Support Group
LA  - eng
PT  - Journal Article
MH  - Mental Disorders/*therapy
OT  - a keyword that is
      wrapped
JT  - Journal of care
PG  - 637-41
"""


def records(text):
    return [normalise_record(entry.fields, "file") for entry in read_medline(text)]


# All fields arrive, wrapped lines are joined, and each author stands once.
def test_a_record_is_read():
    (record,) = records(RECORD.format(pmid=123))
    assert record.title == "A title that goes on in a second line."
    assert record.abstract == "Peers help others."
    assert record.authors == ("Doe, Jane A", "Peer Support Group")
    assert (record.pmid, record.doi, record.pages) == ("123", "10.1000/abc", "637-41")
    assert (record.year, record.language, record.journal) == (2019, "en", "Journal of care")
    assert record.keywords == ("a keyword that is wrapped", "Mental Disorders/therapy")


# A missing empty line between two records does not make them one, nor does one inside split one.
def test_empty_lines_decide_nothing():
    glued = RECORD.format(pmid=1) + RECORD.format(pmid=2)
    assert [r.pmid for r in records(glued)] == ["1", "2"]
    torn = RECORD.format(pmid=1).replace("AB  -", "\nAB  -") + "\n" + RECORD.format(pmid=2)
    assert [r.pmid for r in records(torn)] == ["1", "2"]
    assert [r.abstract for r in records(torn)] == ["Peers help others."] * 2
    assert count_medline_markers(torn) == 2


# A title in brackets is a translation and stays the title; where there is none, that of the book
# or the one in the author's language takes its place; another language's abstract never does.
@pytest.mark.parametrize(
    ("lines", "title", "abstract"),
    [
        ("TI  - [Peers on wards].\nTT  - Genesungsbegleitung.\n", "[Peers on wards].", ""),
        ("TT  - Genesungsbegleitung.\n", "Genesungsbegleitung.", ""),
        ("BTI - A Book of Peers\n", "A Book of Peers", ""),
        ("TI  - P\nOAB - Publisher: Des pairs.\nOABL- fre\n", "P", ""),
        ("TI  - P\nAB  - Peers.\nOAB - Publisher: Des pairs.\n", "P", "Peers."),
    ],
)
def test_titles_and_abstracts_in_other_places(lines, title, abstract):
    (record,) = records(f"PMID- 1\nOWN - NLM\n{lines}")
    assert (record.title, record.abstract) == (title, abstract)


# The last record is read though the file ends without a line end.
def test_no_final_line_end_is_needed():
    assert [r.pmid for r in records(RECORD.format(pmid=9).rstrip("\n"))] == ["9"]


# PMC writes its own number above the PMID.
def test_lines_above_the_pmid_belong_to_its_record():
    text = "PMC - PMC1\nPMID- 1\nTI  - One\n\nPMC - PMC2\nPMID- 2\nTI  - Two\n"
    assert [(r.pmid, r.title) for r in records(text)] == [("1", "One"), ("2", "Two")]


# A PMID without a blank behind its hyphen keeps all its digits.
def test_a_pmid_without_a_blank_keeps_its_digits():
    assert [r.pmid for r in records("PMID-22664220\nAID - doi:10.1000/x\n")] == ["22664220"]


# ERIC's records have no PMID: their owner line begins them, and addresses between are no fields.
def test_records_without_a_pmid_are_counted_by_owner():
    text = "OWN - ERIC\nTI  - One\nhttps://eric.example/1\n\nOWN - ERIC\nTI  - Two\n"
    assert [r.title for r in records(text)] == ["One", "Two"]
    assert count_medline_markers(text) == 2


# What tells a retraction, its notice or a concern stays with the record.
def test_publication_types_tell_retractions():
    types = ["Journal Article", "Retracted Publication", "Retraction of Publication"]
    types.append("Expression of Concern")
    lines = "".join(f"PT  - {kind}\n" for kind in types)
    (record,) = records(f"PMID- 1\nOWN - NLM\nTI  - One\n{lines}")
    assert record.publication_types == tuple(types)


# What stands on the report counts, with its day and id; what a notice says of others does not.
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("RIN - J Inv. 2020 Feb 6;3(2):9. doi: 10.5555/n. PMID:\n      77\n",
         [("retraction", "77", date(2020, 2, 6))]),
        ("ECI - J Inv. 2020 Oct;3(2):9. doi: 10.5555/n.\n",
         [("expression_of_concern", "10.5555/n", None)]),
        ("EIN - J Inv. 2020;3:9. PMID: 77\nEIN - J Inv. 2021;4:9. PMID: 78\n",
         [("correction", "77", None), ("correction", "78", None)]),
        ("PRIN- J Inv. 2020;3:9. PMID: 77\n", [("partial_retraction", "77", None)]),
        ("PT  - Retracted Publication\n", [("retraction", "", None)]),
        ("PT  - Preprint\nUIN - J Inv. 2020;3:9. PMID: 77\n", [("published", "77", None)]),
        ("UOF - medRxiv. 2020:1. doi: 10.1101/1. PMID: 77\n",
         [("preprint", "10.1101/1", None)]),
        ("ROF - Doe J. J Inv. 2020;3:9. PMID: 77\nPT  - Retraction of Publication\n", []),
        ("CIN - J Inv. 2020;3:9. PMID: 77\nECF - J Inv. 2020;3:9.\nEFR - J Inv. 2020;3:9.\n", []),
    ],
)  # fmt: skip
def test_notices_on_the_report_are_read(lines, said):
    (entry,) = read_medline(f"PMID- 1\nOWN - NLM\nTI  - Peers\n{lines}")
    assert [(n.kind.value, n.notice_id, n.dated) for n in entry.notices] == said
    assert all(notice.source == "pubmed" for notice in entry.notices)


# The real retracted report, its notice, and the real report under concern, told apart.
def test_recorded_notices(shared_data):
    folder = shared_data / "fixtures/nbib"
    names = ("compare_pubmed_wakefield_retracted", "pubmed_eci_concern", "pubmed_retraction_notice")
    files = [folder / f"bibaudit__{name}.txt" for name in names]
    if not all(file.exists() for file in files):
        pytest.skip("the recorded notices are not beside this checkout")
    retracted, concern, notice = (
        [(n.kind.value, n.notice_id) for r in read_file(file).records for n in r.notices]
        for file in files
    )
    assert retracted == [
        ("retraction", "15016483"),
        ("retraction", "20137807"),
        ("expression_of_concern", "21971344"),
    ]
    assert concern == [("expression_of_concern", "34710116")]
    assert notice == []
