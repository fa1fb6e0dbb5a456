"""Zip archives of exports: read member by member, or refused before anything unfolds."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from identification import archives
from identification.files import FileContents, FileFormat, read_file
from review.errors import UnreadableFileError

RIS = "TY  - JOUR\nTI  - {title}\nER  - \n"


def packed(*members: tuple[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return data.getvalue()


def workbook(*rows: list[str]) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def read_bytes(data: bytes, source: str = "") -> FileContents:
        path = tmp_path / "exports.zip"
        path.write_bytes(data)
        return read_file(path, source=source)

    return read_bytes


# Every member is read by its own format, and its records say where they come from.
def test_members_of_all_formats_are_read(read):
    contents = read(
        packed(
            ("folder/", ""),
            ("folder/PsycInfo 2.txt", RIS.format(title="One") + RIS.format(title="Two")),
            ("pubmed.ris", "PMID- 5\nTI  - Three\n"),
            ("scopus.csv", "record_id,title\n7,Four\n"),
            ("book.dat", workbook(["title"], ["Five"])),
            ("p.xml", "<PubmedArticleSet/>"),
        )
    )
    assert contents.format is FileFormat.ZIP
    assert contents.expected == 5
    found = contents.records
    assert [r.record.title for r in found] == ["One", "Two", "Three", "Four", "Five"]
    assert [r.record.source for r in found] == [
        "psycinfo-2",
        "psycinfo-2",
        "pubmed",
        "scopus",
        "book",
    ]
    assert [r.record_id for r in found] == ["1", "2", "3", "scopus.csv/7", "5"]
    assert [(r.member, r.line) for r in found[:2]] == [
        ("folder/PsycInfo 2.txt", 1),
        ("folder/PsycInfo 2.txt", 4),
    ]
    assert contents.source == "exports.zip"


# A source that was named holds for every member; one source alone is the archive's.
def test_a_named_source_holds_for_all(read):
    data = packed(("a.ris", RIS.format(title="One")), ("b.ris", RIS.format(title="Two")))
    assert {r.record.source for r in read(data, source="scopus").records} == {"scopus"}
    assert read(packed(("a.ris", RIS.format(title="One")))).source == "a"


# What is no record is refused with its member's name and the line in it.
def test_refusals_name_the_member(read):
    contents = read(packed(("a.ris", RIS.format(title="One")), ("b.ris", "\nTY  - JOUR\nER  - \n")))
    assert (len(contents.records), contents.expected) == (1, 2)
    assert contents.refused[0].line == 2
    assert contents.refused[0].reason.startswith("b.ris: ")


# What systems put into archives unasked is passed over; anything else must be an export.
def test_litter_is_passed_over_and_nothing_else(read):
    litter = [("__MACOSX/._a.ris", b"\x00\x05"), (".DS_Store", b"\x00"), ("x/Thumbs.db", b"")]
    assert read(packed(("a.ris", RIS.format(title="One")), *litter)).expected == 1
    for name, content in [("read.me", "Exports of May"), ("a.pdf", "%PDF-1.7"), ("b.ris", "")]:
        with pytest.raises(UnreadableFileError, match=rf"exports\.zip, {name}: "):
            read(packed(("a.ris", RIS.format(title="One")), (name, content)))


# A workbook is a zip, too, and is still a workbook; other Office documents are named.
def test_workbooks_and_documents_are_told_apart(read):
    assert read(workbook(["title"], ["One"])).format is FileFormat.XLSX
    document = packed(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))
    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        read(document)
    with pytest.raises(UnreadableFileError, match="OpenDocument"):
        read(packed(("mimetype", "application/vnd.oasis.opendocument.spreadsheet")))


# Names that lead out of the archive's folder are refused, though nothing is written to disk.
@pytest.mark.parametrize(
    "name", ["../a.ris", "/etc/a.ris", "C:/a.ris", "x/../../a.ris", "..\\a.ris"]
)
def test_names_that_lead_outside_are_refused(read, name):
    with pytest.raises(UnreadableFileError, match="leads out of its folder"):
        read(packed((name, RIS.format(title="One"))))


# What unfolds to many times its size is refused before it does.
def test_bombs_are_refused(read, monkeypatch):
    bomb = packed(("a.ris", RIS.format(title="One") + " " * 20_000_000))
    with pytest.raises(UnreadableFileError, match="times its size"):
        read(bomb)
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    with pytest.raises(UnreadableFileError, match="several parts"):
        read(packed(("a.ris", RIS.format(title="One"))))
    monkeypatch.undo()
    with pytest.raises(UnreadableFileError, match="1001 files"):
        read(packed(*((f"{n}.ris", RIS.format(title="One")) for n in range(1001))))


# A member that claims to be smaller than it is yields no more than it claims.
def test_a_lying_size_is_damage(read):
    data = packed(("a.ris", RIS.format(title="One") * 50))
    size = len(RIS.format(title="One") * 50)
    with pytest.raises(UnreadableFileError, match="damaged zip"):
        read(data.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little")))


# Archives inside archives, locked, empty and cut ones are refused in a sentence.
def test_unusable_archives_are_refused(read):
    inner = packed(("a.ris", RIS.format(title="One")))
    with pytest.raises(UnreadableFileError, match="inside the archive"):
        read(packed(("inner.zip", inner)))
    with pytest.raises(UnreadableFileError, match="without files"):
        read(packed(("folder/", "")))
    for cut in (10, len(inner) // 2, len(inner) - 5):
        with pytest.raises(UnreadableFileError, match="damaged zip"):
            read(inner[:cut])
    locked = bytearray(inner)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    with pytest.raises(UnreadableFileError, match="password"):
        read(bytes(locked))
