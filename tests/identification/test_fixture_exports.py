"""Real exports of vendors and public test suites: each is read whole, or refused in a sentence."""

import csv
import re
from pathlib import Path

import openpyxl
import pytest

from identification.files import read_file
from review.errors import UnreadableFileError

FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures"


def exports(*folders: str, pattern: str = "*") -> list[object]:
    found = [path for folder in folders for path in sorted((FIXTURES / folder).glob(pattern))]
    if not found:
        reason = f"the public exports are not at {FIXTURES}"
        return [pytest.param(Path(), marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in found]


def text_lines(path: Path) -> list[str]:
    return re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8-sig", errors="replace"))


def count_lines(path: Path, pattern: str) -> int:
    return sum(1 for line in text_lines(path) if re.match(pattern, line))


def count_rows(rows: list[list[str]]) -> int:
    """Rows that hold anything below the row that names a title."""
    header = next(
        n for n, row in enumerate(rows) if any("title" in str(cell).lower() for cell in row)
    )
    return sum(1 for row in rows[header + 1 :] if any(str(cell or "").strip() for cell in row))


# A RIS file holds as many records as TY lines; one that is MEDLINE inside, as many as PMID lines.
@pytest.mark.parametrize("path", exports("ris"))
def test_every_ris_export_is_read_whole(path):
    contents = read_file(path)
    markers = count_lines(path, r"\s*TY\s*-") or count_lines(path, r"PMID-")
    assert markers > 0
    assert len(contents.records) + len(contents.refused) == markers == contents.expected


# A MEDLINE text holds as many records as PMID lines; without any it is refused with the remedy.
@pytest.mark.parametrize("path", exports("nbib"))
def test_every_medline_export_is_read_whole_or_refused(path):
    markers = count_lines(path, r"PMID\s?-\s?\d")
    if not markers:
        with pytest.raises(UnreadableFileError, match="export the records as RIS"):
            read_file(path)
        return
    contents = read_file(path)
    assert len(contents.records) == markers
    pmids = re.findall(r"^PMID\s?-\s*(\d+)", "\n".join(text_lines(path)), flags=re.MULTILINE)
    assert [r.record.pmid for r in contents.records] == pmids
    assert {r.record.source for r in contents.records} == {"pubmed"}


# A table holds as many records as rows below its header.
@pytest.mark.parametrize("path", exports("csv"))
def test_every_table_is_read_whole(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        rows = list(csv.reader(file, delimiter=delimiter))
    contents = read_file(path)
    assert not contents.refused
    assert len(contents.records) == count_rows(rows)
    assert all(r.record.title for r in contents.records)


# A workbook holds as many records as rows below its header, wherever that stands.
@pytest.mark.parametrize("path", exports("xlsx"))
def test_every_workbook_is_read_whole(path):
    book = openpyxl.load_workbook(path, read_only=True)
    rows = [list(row) for row in book.worksheets[0].values]
    book.close()
    contents = read_file(path)
    assert not contents.refused
    assert len(contents.records) == count_rows(rows)


# A tagged text holds as many records as its markers, and its titles stand in it.
@pytest.mark.parametrize("path", exports("ovid_tagged", "wos"))
def test_every_tagged_export_is_read_whole(path):
    contents = read_file(path)
    assert contents.expected == count_lines(path, r"<\d+>\s*$|PT ") > 0
    text = "".join("\n".join(text_lines(path)).split())
    assert all("".join(r.record.title.split()) in text for r in contents.records)


# A Refer text holds as many records as titles.
@pytest.mark.parametrize("path", exports("endnote", pattern="*.[et][nx][wt]"))
def test_every_refer_export_is_read_whole(path):
    contents = read_file(path)
    assert len(contents.records) == count_lines(path, "%T ") > 0
    assert [r.record.title for r in contents.records] == [
        " ".join(line[3:].split()) for line in text_lines(path) if line.startswith("%T ")
    ]
