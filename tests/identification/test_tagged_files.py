"""Web of Science, Refer and Ovid: formats of tags, and how their records are told apart."""

from pathlib import Path

import pytest

from identification.files import FileContents, FileFormat, read_file
from review.records import Record


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str) -> FileContents:
        path = tmp_path / "export.txt"
        path.write_text(text, encoding="utf-8")
        return read_file(path)

    return read_text


def only(contents: FileContents) -> Record:
    assert len(contents.records) == 1
    assert not contents.refused
    return contents.records[0].record


def titles(contents: FileContents) -> list[str]:
    return [r.record.title for r in contents.records]


# Web of Science: full names before short ones, texts and lists that go on in further lines, and
# never a DOI of the references.
def test_a_web_of_science_record_is_read(read):
    contents = read(
        "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Doe, J\n   Roe, RB\n"
        "AF Doe, Jane\n   Roe, Richard B.\nTI Peer support\n   in wards\nSO JOURNAL OF CARE\n"
        "LA English\nDT Article\nDE peers; wards\nID RECOVERY;\n   STIGMA\nAB They\n   help.\n"
        "CR Cited A, 2001, J, DOI 10.1000/cited\n   Cited B, DOI 10.1000/b\nPY 2020\nVL 3\nIS 2\n"
        "BP 11\nEP 19\nDI 10.1000/ABC\nPM 123\nER\n\nEF"
    )
    record = only(contents)
    assert (contents.format, contents.records[0].line) == (FileFormat.WOS, 3)
    assert (record.title, record.abstract) == ("Peer support in wards", "They help.")
    assert record.authors == ("Doe, Jane", "Roe, Richard B.")
    assert (record.journal, record.volume, record.issue) == ("JOURNAL OF CARE", "3", "2")
    assert (record.pages, record.doi, record.pmid) == ("11-19", "10.1000/abc", "123")
    assert (record.year, record.language) == (2020, "en")
    assert record.keywords == ("peers", "wards", "RECOVERY", "STIGMA")
    assert record.publication_types == ("Article",)


# Web of Science: a missing ER does not make two records one; lines between records are no record.
def test_web_of_science_records_are_told_apart_by_pt(read):
    text = (
        "FN Clarivate\nVR 1.0\nPT J\nTI One\nPT J\nTI Two\nER\n\nstray\n\nPT J\nTI Three\nER\nEF\n"
    )
    assert titles(read(text)) == ["One", "Two", "Three"]


# Refer: all fields, keywords one a line, a PubMed number from NLM's databases only.
def test_a_refer_record_is_read(read):
    contents = read(
        "%0 Journal Article\n%T Peer support\nin wards\n%A Doe, Jane\n%A Peers in Care,\n"
        "%D 2020\n%J Journal of Care\n%V 3\n%N 2\n%P 11-19\n%R 10.1000/ABC\n%K peers\nwards\n"
        "%X They help.\n\nAnd heal.\n%G eng\n%M 123\n%W NLM\n%U https://example.org/a\n"
    )
    record = only(contents)
    assert contents.format is FileFormat.REFER
    assert (record.title, record.abstract) == ("Peer support in wards", "They help. And heal.")
    assert record.authors == ("Doe, Jane", "Peers in Care")
    assert (record.journal, record.volume, record.issue) == ("Journal of Care", "3", "2")
    assert (record.pages, record.doi, record.pmid) == ("11-19", "10.1000/abc", "123")
    assert (record.keywords, record.language) == (("peers", "wards"), "en")
    assert only(read("%0 Book\n%T A\n%M 123\n%W PsycINFO\n")).pmid == ""


# Refer: programs begin with the type or the title, part records by empty lines or do not.
@pytest.mark.parametrize(
    "text",
    [
        "%0 Book\n%T One\n\n%0 Book\n%T Two\n",
        "%0 Book\n%T One\n%0 Book\n%T Two\n",
        "%T One\n%0 Book\n\n\n%T Two\n",
        "%T One\n%T Two\n%0 Book\n",
        "%0 Book\n%T One\n\n%A Doe, J\n%X A\n\ntext\n\n%T Two\n",
    ],
)
def test_refer_records_are_told_apart(read, text):
    assert titles(read(text)) == ["One", "Two"]


# Ovid: names without marks and degrees, the source parted, kinds behind titles dropped.
def test_an_ovid_record_is_read(read):
    contents = read(
        "<12>\nAuthor\n  Doe, Jane MD *;  van der Berg, J J PhD +;  Roe, Max [Ed]\nTitle\n"
        "  Peer support in\n  wards.[Article]\nSource\n  Journal of Care.   8(6):1948-1964, "
        "September 2015.\nAbstract\n  They help.\n\n  And heal.\nAuthor Keywords\n  peers;  wards."
        "\nLanguage\n  English.\nDocument Type\n  Article.\nReferences\n  Cited A. 10.1000/cited\n"
        "DOI Number\n  10.1000/ABC\n"
    )
    record = only(contents)
    assert contents.format is FileFormat.OVID
    assert (record.title, record.abstract) == ("Peer support in wards", "They help. And heal.")
    assert record.authors == ("Doe, Jane", "van der Berg, J J", "Roe, Max")
    assert (record.journal, record.volume, record.issue) == ("Journal of Care", "8", "6")
    assert (record.pages, record.year, record.doi) == ("1948-1964", 2015, "10.1000/abc")
    assert (record.keywords, record.language) == (("peers", "wards"), "en")


# Ovid: other shapes of the source, and records that say nothing are refused with their line.
def test_ovid_sources_in_other_shapes(read):
    text = (
        "<2>\nTitle\n  One\nSource\n  Care. Vol 28(2) April 2015, 103-106.\n"
        "<1>  \nTitle\n  Two\nSource\n  Care.\nStatus\n  Publish Ahead of Print, 16 March 2016\n"
        "<0>\nLanguage\n  English.\n"
    )
    contents = read(text)
    one, two = (r.record for r in contents.records)
    assert (one.journal, one.volume, one.issue, one.pages) == ("Care", "28", "2", "103-106")
    assert (one.year, two.year) == (2015, 2016)
    assert [refusal.line for refusal in contents.refused] == [13]
