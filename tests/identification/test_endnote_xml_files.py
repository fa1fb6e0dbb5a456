"""EndNote XML: values in elements of style, lists in one field, numbers of other databases."""

import re
from pathlib import Path

import pytest

from identification.endnote_xml import count_endnote_markers, read_endnote_xml
from identification.files import FileFormat, read_file
from identification.normalise import normalise_entry
from review.errors import UnreadableFileError
from review.records import Record

FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures/endnote"


def styled(text: str) -> str:
    return f'<style face="normal" font="default" size="100%">{text}</style>'


def only(inside: str) -> Record:
    text = f"<xml><records><record>{inside}</record></records></xml>"
    (entry,) = read_endnote_xml(text, "file.xml")
    return normalise_entry(entry, "file")


# Every field arrives without the elements of style it is wrapped in.
def test_a_record_is_read():
    record = only(
        f"<ref-type name='Journal Article'>17</ref-type><contributors><authors><author>"
        f"{styled('Doe, Jane')}</author><author>{styled('Peers in Care, London,')}</author>"
        f"</authors></contributors><titles><title>{styled('Peers')}</title><secondary-title>"
        f"{styled('J Care')}</secondary-title></titles><periodical><full-title>"
        f"{styled('Journal of Care')}</full-title></periodical><pages>{styled('11-19')}</pages>"
        f"<volume>{styled('3')}</volume><number>{styled('2')}</number><dates><year>"
        f"{styled('2020')}</year></dates><abstract>{styled('They help.')}</abstract>"
        f"<language>{styled('eng')}</language><electronic-resource-num>"
        f"{styled('https://doi.org/10.1000/ABC')}</electronic-resource-num>"
    )
    assert (record.title, record.abstract, record.year) == ("Peers", "They help.", 2020)
    assert record.authors == ("Doe, Jane", "Peers in Care, London")
    assert (record.journal, record.volume, record.issue) == ("Journal of Care", "3", "2")
    assert (record.pages, record.doi, record.language) == ("11-19", "10.1000/abc", "en")
    assert record.publication_types == ("Journal Article",)


# A value of several styles is one text.
def test_italics_do_not_cut_a_title():
    title = f"{styled('Growth of ')}<style face='italic'>E. coli</style>{styled(' in care')}"
    assert only(f"<titles><title>{title}</title></titles>").title == "Growth of E. coli in care"


# A carriage return inside a field parts the entries of a list and is a blank in a text.
def test_carriage_returns_part_lists_only():
    record = only(
        f"<titles><title>{styled('Peers&#xD;in care')}</title></titles><keywords><keyword/>"
        f"<keyword>{styled('one&#xD;two')}</keyword><keyword>{styled('and a&#10;half')}</keyword>"
        f"</keywords><contributors><authors><author>{styled('Doe, J&#xD;Roe, R')}</author>"
        f"</authors></contributors>"
    )
    assert record.title == "Peers in care"
    assert record.keywords == ("one", "two", "and a half")
    assert record.authors == ("Doe, J", "Roe, R")


# An accession number is a PubMed id in NLM's own databases only.
@pytest.mark.parametrize(
    ("origin", "pmid"),
    [
        ("<remote-database-provider>NLM</remote-database-provider>", "12345678"),
        ("<remote-database-name>MEDLINE</remote-database-name>", "12345678"),
        ("<remote-database-name>PsycINFO</remote-database-name>", ""),
        ("", ""),
    ],
)
def test_accession_numbers_of_others_are_no_pmids(origin, pmid):
    inside = f"<titles><title>Peers</title></titles><accession-num>12345678</accession-num>{origin}"
    assert only(inside).pmid == pmid


# A link to PubMed or to a DOI names the document.
def test_links_name_the_document():
    link = "https://pubmed.ncbi.nlm.nih.gov/12345678/&#xD;https://doi.org/10.1000/x"
    record = only(f"<urls><related-urls><url>{styled(link)}</url></related-urls></urls>")
    assert (record.pmid, record.doi) == ("12345678", "10.1000/x")
    assert record.url == "https://pubmed.ncbi.nlm.nih.gov/12345678/"


# What EndNote's import from PubMed leaves in the notes tells a retraction; a note does not.
def test_notes_tell_retractions():
    note = "Doe, Jane&#xD;Journal Article&#xD;Retracted Publication&#xD;Read this Review again"
    record = only(f"<titles><title>P</title></titles><notes>{styled(note)}</notes>")
    assert record.publication_types == ("Journal Article", "Retracted Publication")


# Merged libraries repeat their numbers: every record is kept, under an id of its own.
def test_numbers_that_repeat_lose_no_record(tmp_path: Path):
    records = "".join(
        f"<record><rec-number>1</rec-number><titles><title>{styled(title)}</title></titles></record>"
        for title in ("Peers", "Wards", "Towns")
    )
    path = tmp_path / "library.xml"
    path.write_text(f"<xml><records>{records}</records></xml>")
    contents = read_file(path)
    assert [entry.record.title for entry in contents.records] == ["Peers", "Wards", "Towns"]
    assert [entry.record_id for entry in contents.records] == ["1", "2", "3"]
    assert len({entry.record.source_id for entry in contents.records}) == 3


# A library without records is read, and one that was cut off is refused with the line.
def test_empty_and_cut_libraries(tmp_path: Path):
    path = tmp_path / "library.xml"
    path.write_text("<xml><records></records></xml>")
    assert (read_file(path).format, read_file(path).expected) == (FileFormat.ENDNOTE_XML, 0)
    path.write_text("<xml><records>\n<record></record>\n<record><titles>")
    with pytest.raises(UnreadableFileError, match="line 3: the XML is cut off"):
        read_file(path)


def fixtures() -> list[object]:
    found = sorted(FIXTURES.glob("*.xml"))
    if not found:
        skip = pytest.mark.skip(reason=f"the public exports are not at {FIXTURES}")
        return [pytest.param(Path(), marks=skip)]
    return [pytest.param(path, id=path.stem) for path in found]


# Every public library is read whole: as many records as rec-numbers, each with title and year.
@pytest.mark.parametrize("path", fixtures())
def test_every_library_is_read_whole(path: Path):
    text = path.read_text(encoding="utf-8-sig")
    contents = read_file(path)
    assert contents.format is FileFormat.ENDNOTE_XML
    assert not contents.refused
    assert len(contents.records) == text.count("<rec-number>") == count_endnote_markers(text)
    years = [re.sub(r"<[^>]+>|\s", "", y) for y in re.findall(r"(?s)<year>(.*?)</year>", text)]
    assert [str(r.record.year) for r in contents.records] == years
    assert all(r.record.title for r in contents.records)
    dois = re.findall(r"(?s)<electronic-resource-num>.*?(10\.\d+/[^<\s]+)", text)
    assert [r.record.doi for r in contents.records if r.record.doi] == [d.lower() for d in dois]
