"""RIS in the dialects of its vendors."""

from pathlib import Path

import pytest

from identification.files import FileContents, FileFormat, read_file
from identification.ris import read_ris
from review.errors import UnreadableFileError
from review.records import Record

RECORD = "TY  - JOUR\nTI  - {title}\nAU  - Doe, Jane\nPY  - 2020\nER  - \n"


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str | bytes, name: str = "export.ris") -> FileContents:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path)

    return read_text


def titles(contents: FileContents) -> list[str]:
    return [r.record.title for r in contents.records]


def only(contents: FileContents) -> Record:
    assert len(contents.records) == 1
    return contents.records[0].record


# Every field of a plain record arrives under its own name, cleaned.
def test_a_plain_record_is_read(read):
    record = only(
        read(
            "TY  - JOUR\nTI  - Peer support in wards\nAU  - Doe, Jane\nAU  - Roe, Richard B.\n"
            "PY  - 2020/03//\nJF  - Journal of Care\nVL  - 3\nIS  - 2\nSP  - 11\nEP  - 19\n"
            "DO  - https://doi.org/10.1000/ABC.1\nLA  - eng\nKW  - *peers\nKW  - wards\n"
            "AB  - One.\nER  - \n"
        )
    )
    assert record.title == "Peer support in wards"
    assert record.authors == ("Doe, Jane", "Roe, Richard B.")
    assert (record.year, record.journal, record.volume) == (2020, "Journal of Care", "3")
    assert (record.issue, record.pages, record.doi) == ("2", "11-19", "10.1000/abc.1")
    assert (record.language, record.keywords) == ("en", ("peers", "wards"))
    assert record.publication_types == ("Journal Article",)
    assert record.source == "export"
    assert record.source_id == f"sha256:{record.content_hash()[:16]}"


# Line ends of every kind, and IEEE's mixture of them, lose no record.
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\r\n\n\r", "\n\r"])
def test_no_line_end_loses_a_record(read, newline):
    text = "".join(RECORD.format(title=f"Title {n}") for n in range(5))
    assert titles(read(text.replace("\n", newline))) == [f"Title {n}" for n in range(5)]


# IEEE Xplore ends records with \r\n and begins them with \n\r.
def test_ieee_records_stay_apart(read):
    text = RECORD.format(title="One").replace("\n", "\r\n") + "\n\r"
    assert titles(read(text * 3)) == ["One"] * 3


# Encodings: marks of byte order, UTF-16, and the Windows code page.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_told_apart(read, encoding):
    assert titles(read(RECORD.format(title="Étude sur “l’aide”").encode(encoding))) == [
        "Étude sur “l’aide”"
    ]


def test_windows_encoding_is_recognised(read):
    title = "Évaluation à l’hôpital : une étude menée auprès de pairs aidants"
    assert titles(read(RECORD.format(title=title).encode("cp1252"))) == [title]


# A library that pasted a Windows export into a UTF-8 one keeps both spellings.
def test_two_encodings_in_one_file_are_both_read(read):
    first = RECORD.format(title="Größe über Maß für Ärzte").encode()
    second = RECORD.format(title="Qualité").encode("cp1252")
    assert titles(read(first + second)) == ["Größe über Maß für Ärzte", "Qualité"]


# One blank, a tab or three blanks before the hyphen are still a tag.
@pytest.mark.parametrize("gap", [" ", "   ", "\t"])
def test_tags_with_odd_gaps_are_read(read, gap):
    assert titles(read(RECORD.format(title="Odd").replace("  -", f"{gap}-"))) == ["Odd"]


# Without ER lines every TY begins a new record: two records never become one.
def test_records_without_an_end_do_not_merge(read):
    text = RECORD.format(title="One") + RECORD.format(title="Two")
    contents = read(text.replace("ER  - \n", ""))
    assert titles(contents) == ["One", "Two"]
    assert [r.line for r in contents.records] == [1, 5]


# A record whose TY line is missing is told to the person, not swallowed.
def test_a_record_without_a_beginning_is_refused_with_its_line(read):
    contents = read(RECORD.format(title="One") + "TI  - Lost\nAU  - Roe, R\nER  - \n")
    assert titles(contents) == ["One"]
    assert [(r.line, "TY" in r.reason) for r in contents.refused] == [(6, True)]


# A record that says nothing is refused with its line; the others are read.
def test_an_empty_record_is_refused_with_its_line(read):
    contents = read("TY  - GEN\nN1  - nothing\nER  - \n" + RECORD.format(title="One"))
    assert titles(contents) == ["One"]
    assert contents.refused[0].line == 1
    assert "no title" in contents.refused[0].reason


# No title is no reason to lose a record that can be found.
def test_a_record_with_only_a_doi_is_kept(read):
    assert only(read("TY  - JOUR\nDO  - 10.1000/x\nER  - \n")).doi == "10.1000/x"


# EBSCO: a second AB line is the publisher's, the DOI stands in L3.
def test_ebsco_copyright_line_is_dropped_and_its_doi_found(read):
    record = only(
        read(
            "TY  - JOUR\nT1  - Peers\nAB  - Peers help. [ABSTRACT FROM AUTHOR]\n"
            "AB  - Copyright of Journal is the property of Publisher and its content may not be "
            "copied.\nL3  - 10.1000/ebsco.1\nPY  - 2024/04/03/\nER  - \n"
        )
    )
    assert (record.abstract, record.doi, record.year) == ("Peers help.", "10.1000/ebsco.1", 2024)


# Ovid: numbers before the record, a year with slashes, a title in T1, an abstract in N2.
@pytest.mark.parametrize("number", ["1. \n", "1. "])
def test_ovid_numbers_before_records_are_passed_over(read, number):
    record = only(
        read(f"{number}TY  - JOUR\nT1  - Peers\nN2  - They help.\nY1  - 2019//\nER  - \n")
    )
    assert (record.title, record.abstract, record.year) == ("Peers", "They help.", 2019)


# DOIs in notes count only where the note is nothing else: others are cited.
@pytest.mark.parametrize(
    ("line", "doi"),
    [
        ("M3  - doi:10.1000/m3", "10.1000/m3"),
        ("N1  - doi: 10.1000/n1", "10.1000/n1"),
        ("N1  - DOI - 10.1000/proquest", "10.1000/proquest"),
        ("UR  - https://doi.org/10.1000/ur", "10.1000/ur"),
        ("N1  - Comments on: Roe R. Care. doi 10.1000/cited", ""),
    ],
)
def test_hidden_dois_are_found_and_cited_ones_are_not(read, line, doi):
    assert only(read(f"TY  - JOUR\nTI  - Peers\n{line}\nER  - \n")).doi == doi


# EndNote: lines without a tag go on with a text, and are one more entry of a list.
def test_untagged_lines_belong_to_the_tag_above(read):
    record = only(
        read(
            "TY  - JOUR\nTI  - Peers\nDO  - 10.1000/x\nLink to the full text\nKW  - one\ntwo\n"
            "AB  - First line\n   and second line.\nER  - \n"
        )
    )
    assert record.keywords == ("one", "two")
    assert record.abstract == "First line and second line."
    assert record.doi == "10.1000/x"


# Separators of Unicode inside an abstract do not end a line.
def test_a_line_separator_inside_an_abstract_is_a_blank(read):
    record = only(read("TY  - JOUR\nTI  - P\nAB  - One\u2028TY  - two\u0085three\nER  - \n"))
    assert record.abstract == "One TY - two three"


# Whatever the extension says, the content decides.
def test_the_extension_does_not_matter(read):
    assert read(RECORD.format(title="One"), "table.csv").format is FileFormat.RIS


# Two formats in one file would let one swallow the other.
def test_ris_and_medline_in_one_file_are_refused(read):
    with pytest.raises(UnreadableFileError, match="split it"):
        read(RECORD.format(title="One") + "\nPMID- 1\nOWN - NLM\nTI  - Two\n")


# Labels that ASReview writes into notes are read.
def test_asreview_notes_are_labels():
    text = "TY  - JOUR\nTI  - A\nN1  - {}\nER  - \n"
    notes = ["ASReview_relevant", "ASReview_irrelevant", "ASReview_not_seen"]
    assert [read_ris(text.format(note))[0].included for note in notes] == [True, False, None]
