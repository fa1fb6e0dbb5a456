"""Each vendor's RIS: where it hides what, in constructed records, and nothing of it lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from identification import reading
from identification.files import FileFormat, read_file
from identification.ris import read_ris
from review.errors import UnreadableFileError
from review.records import Record

ABSTRACT = "Peer workers were met with goodwill, and with doubts."
TITLE = "Peer workers on two wards"


@pytest.fixture
def read_all(tmp_path: Path):
    def go(data: str | bytes) -> list[Record]:
        path = tmp_path / "export.ris"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        contents = read_file(path)
        assert contents.format is FileFormat.RIS
        assert contents.refused == ()
        return [entry.record for entry in contents.records]

    return go


@pytest.fixture
def read(read_all):
    """Two records of the dialect, one behind the other; the second is returned."""

    def go(text: str) -> Record:
        first, second = read_all(text + text)
        assert first.content_hash() == second.content_hash()
        return second

    return go


def facts(record: Record) -> tuple[object, ...]:
    return record.title, record.abstract, record.year, record.journal, record.doi


WHOLE = (TITLE, ABSTRACT, 2019, "Journal of Invented Care", "10.5555/care.7")


# Ovid: a number before the record, Y1 with slashes, T1 and N2, the link's label on a line without
# a tag, and thousands of characters of cited documents whose DOIs are not the record's.
def test_ovid(read):
    cited = "\n".join(f"Roe, R ({n}). Cited. doi: 10.5555/cited.{n}" for n in range(300))
    record = read(
        f"1. \nTY  - JOUR\nDB  - APA PsycInfo <2019>\nT1  - {TITLE}\nA1  - Doe, Jane\n"
        f"Y1  - 2019//\nN2  - {ABSTRACT} (PsycInfo Database Record (c) 2020 APA, all rights "
        "reserved)\nJF  - Journal of Invented Care\nN1  - Cited references:\n"
        f"{cited}\nUR  - https://ovidsp.example/ovidweb.cgi?T=JS&AN=2019-1\nLink to the Ovid Full "
        "Text or citation:\nhttps://ovidsp.example/10.5555/other\nDO  - "
        "https://dx.doi.org/10.5555/care.7\nER  - \n\n"
    )
    assert facts(record) == WHOLE
    assert record.authors == ("Doe, Jane",)
    assert record.url == "https://ovidsp.example/ovidweb.cgi?T=JS&AN=2019-1"


# EBSCO: the DOI in L3, the publisher's claim as a second abstract, a year that ends in a slash.
def test_ebsco(read):
    record = read(
        f"TY  - JOUR\nID  - 123\nT1  - {TITLE}\nAU  - Doe, Jane\nJF  - Journal of Invented Care\n"
        f"PY  - 2019/04/03/\nVL  - 3\nSP  - 11\nEP  - 19\nAB  - {ABSTRACT} [ABSTRACT FROM AUTHOR]\n"
        "AB  - Copyright of Journal of Invented Care is the property of Nobody and its content may "
        "not be copied.\nN1  - Accession Number: 123; Doe, Jane 1\nL3  - 10.5555/CARE.7\n"
        "DP  - EBSCOhost\nDB  - ccm\nER  - \n\n"
    )
    assert facts(record) == WHOLE
    assert record.pages == "11-19"


# ProQuest: blank lines inside a file, T1, three dates, the DOI in a note where DO is missing.
@pytest.mark.parametrize(
    "doi", ["DO  - https://doi.org/10.5555/care.7", "N1  - DOI - 10.5555/care.7"]
)
def test_proquest(read, doi):
    record = read(
        f"TY  - JOUR\nT1  - {TITLE}\nAN  - 2214991469; 51887\nAB  - {ABSTRACT}\n"
        "JF  - Journal of Invented Care\nAU  - Doe, Jane\nY1  - 2019/03//\nPY  - 2019\n"
        f"DA  - Mar 2019\nN1  - Last updated - 2021-01-01\n{doi}\nM3  - Journal Article\n"
        "L2  - https://sfx.example/url_ver=Z39.88-2004&rft_id=info:doi/\nDB  - PTSDpubs\n"
        "ER  -\n\n\n\n"
    )
    assert facts(record) == WHOLE
    assert record.pmid == ""


# Scopus: a mark of byte order, an article's number in C7, its own kind of type, the address last.
def test_scopus(read_all):
    one = (
        f"TY  - JOUR\nAU  - Doe, J.\nAU  - Roe, R.B.\nTI  - {TITLE}\nPY  - 2019\n"
        f"T2  - Journal of Invented Care\nVL  - 3\nC7  - 2864\nDO  - 10.5555/care.7\n"
        "UR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-1&doi=10.5555%2fother&md5=6\n"
        f"AD  - Ward 1, Town\nAB  - {ABSTRACT} © 2019, The Author(s).\nM3  - Article\n"
        "DB  - Scopus\nN1  - Export Date: 5 June 2020; Cited By: 2\nER  -\n\n"
    )
    first, second = read_all(("\ufeff" + one + one).encode())
    assert facts(first) == facts(second) == WHOLE
    assert (first.pages, first.publication_types) == ("2864", ("Journal Article", "Article"))
    assert first.authors == ("Doe, J.", "Roe, R.B.")


# Web of Science: its own RIS has the title in capitals no more, and numbers of its own in AN.
def test_web_of_science(read):
    record = read(
        f"TY  - JOUR\nAU  - Doe, Jane\nTI  - {TITLE}\nT2  - Journal of Invented Care\nAN  - "
        f"WOS:000123456700001\nAB  - {ABSTRACT}\nDA  - MAR\nPY  - 2019\nVL  - 3\nIS  - 2\n"
        "DO  - 10.5555/care.7\nM3  - Article\nER  - \n\n"
    )
    assert facts(record) == WHOLE
    assert record.pmid == ""


# IEEE Xplore: a mixture of line ends between records, at which readers stop after the first.
def test_ieee(read_all):
    one = (
        f"TY  - JOUR\r\nTI  - {TITLE}\r\nT2  - Journal of Invented Care\r\nAU  - J. Doe\r\n"
        f"PY  - 2019\r\nDO  - 10.5555/care.7\r\nJO  - J. Inv. Care\r\nAB  - {ABSTRACT}\r\n"
        "Y1  - March 2019\r\nER  - \r\n\n\r"
    )
    records = read_all(one * 25)
    assert [facts(record) for record in records] == [
        (TITLE, ABSTRACT, 2019, "Journal of Invented Care", "10.5555/care.7")
    ] * 25


# Zotero: the day of access is no year, notes of a person are no abstract, ER has no blank.
def test_zotero(read):
    record = read(
        f"TY  - JOUR\nTI  - {TITLE}\nAU  - Doe, Jane\nT2  - Journal of Invented Care\n"
        f"AB  - {ABSTRACT}\nDA  - 2019/03/04/\nPY  - 2019\nDO  - 10.5555/care.7\nDP  - DOI.org\n"
        "SN  - 1234-5678\nST  - Peer workers\nUR  - https://example.org/7\nY2  - 2024/06/24/07:00\n"
        "L1  - internal-pdf://7.pdf\nN1  - read this\nKW  - peers\nKW  - wards\nER  - \n\n"
    )
    assert facts(record) == WHOLE
    assert record.keywords == ("peers", "wards")


# Mendeley: keys in any order, the abstract first, A1 and Y1 with three slashes, empty tags.
def test_mendeley(read):
    record = read(
        f"TY  - JOUR\nAB  - {ABSTRACT}\nA1  - Doe, J.\nA1  - Roe, R.\nY1  - 2019///\nPD  - \n"
        f"T1  - {TITLE}\nJO  - Journal of Invented Care\nSP  - \nEP  - \nPG  - \nAN  - \n"
        "DO  - 10.5555/care.7\nUR  - http://dx.doi.org/10.5555/other\nER  -\n"
    )
    assert facts(record) == WHOLE
    assert record.authors == ("Doe, J.", "Roe, R.")
    assert record.pages == ""


# EndNote: lists go on without tags, DA is a month, M3 may be a DOI, PubMed's fields are notes.
def test_endnote(read):
    record = read(
        f"TY  - JOUR\nAB  - {ABSTRACT}\nAU  - Doe, Jane\nAU  - Roe, Richard\nDA  - Jun\n"
        "DB  - Embase\nMedline\nKW  - peers\nwards\nLA  - English\nM3  - 10.5555/care.7\n"
        "N1  - 1234-5678\nDoe, Jane\nJournal Article\nTown, Land\n2018 Jan;3(2):11-9.\nPY  - 2019\n"
        f"SN  - 1234-5678\nST  - Peer workers\nT2  - Journal of Invented Care\nTI  - {TITLE}\n"
        "ID  - 889\nER  - \n\n\n"
    )
    assert facts(record) == WHOLE
    assert record.keywords == ("peers", "wards")
    assert record.publication_types == ("Journal Article",)


# Embase and JSTOR: T1 and N2; TI and T1 both; the first place that speaks is taken.
@pytest.mark.parametrize(
    ("title", "abstract", "journal"),
    [
        (f"T1  - {TITLE}", f"N2  - {ABSTRACT}", "JF  - Journal of Invented Care"),
        (f"TI  - {TITLE}\nT1  - {TITLE}", f"AB  - {ABSTRACT}", "JO  - Journal of Invented Care"),
        (f"CT  - {TITLE}", f"AB  - {ABSTRACT}", "JA  - Journal of Invented Care"),
        (f"BT  - {TITLE}", f"N2  - {ABSTRACT}", "J2  - Journal of Invented Care"),
    ],
)
def test_other_names_of_the_fields(read, title, abstract, journal):
    record = read(f"TY  - JOUR\n{title}\n{abstract}\n{journal}\nY1  - 2019\nER  - \n")
    assert facts(record) == (*WHOLE[:4], "")


# What is called RIS and is MEDLINE or Web of Science's tagged text is read as what it is.
@pytest.mark.parametrize(
    ("text", "file_format"),
    [
        (f"PMID- 7\nOWN - NLM\nTI  - {TITLE}\n", FileFormat.MEDLINE),
        (f"FN Clarivate Analytics\nVR 1.0\nPT J\nTI {TITLE}\nER\n\nEF\n", FileFormat.WOS),
    ],
)
def test_other_formats_by_the_name_of_ris(tmp_path, text, file_format):
    path = tmp_path / "export.ris"
    path.write_text(text)
    contents = read_file(path)
    assert contents.format is file_format
    assert [entry.record.title for entry in contents.records] == [TITLE]


# A file whose records are not as many as it announces is refused as a whole, never read in part.
def test_a_file_read_in_part_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "export.ris"
    path.write_text(f"TY  - JOUR\nTI  - {TITLE}\nER  - \n" * 3)
    # No file is known that does this; the reader is made to lose its last record.
    monkeypatch.setattr(reading, "read_ris", lambda text: read_ris(text)[:-1])
    with pytest.raises(UnreadableFileError, match="3 records announced but 2 read"):
        read_file(path)
