"""CSV, TSV and XLSX and their traps."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from identification.files import FileContents, FileFormat, read_file
from review.errors import UnreadableFileError


@pytest.fixture
def read(tmp_path: Path):
    def read_bytes(data: str | bytes, name: str = "table.csv") -> FileContents:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_file(path)

    return read_bytes


def titles(contents: FileContents) -> list[str]:
    return [r.record.title for r in contents.records]


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


# Delimiters are told by the names of the columns, not by the extension.
@pytest.mark.parametrize(
    ("delimiter", "format_"),
    [(",", FileFormat.CSV), (";", FileFormat.CSV), ("\t", FileFormat.TSV), ("|", FileFormat.CSV)],
)
def test_delimiters_are_recognised(read, delimiter, format_):
    contents = read(delimiter.join(["Title", "Year"]) + "\n" + delimiter.join(["Peers", "2020"]))
    assert contents.format is format_
    assert (titles(contents), contents.records[0].record.year) == (["Peers"], 2020)


# A table's own record_id names the record; without one its position does.
def test_record_ids_come_from_the_file_or_the_position(read):
    own = read("record_id,title\nx7,One\n,Two\n")
    assert [r.record_id for r in own.records] == ["x7", "2"]
    assert [r.record_id for r in read("title\nOne\n\nTwo\n").records] == ["1", "2"]


# Labels: 1 and 0, yes and no, and nothing for -1 or an empty cell.
@pytest.mark.parametrize("column", ["label_included", "included", "Included"])
def test_labels_are_read(read, column):
    contents = read(f"title,{column}\na title,1\nb title,0\nc title,-1\nd title,\ne title,yes\n")
    assert [r.included for r in contents.records] == [True, False, None, None, True]


# Quoted line breaks belong to the cell, and lines are counted as a text editor does.
def test_quoted_line_breaks_stay_in_their_cell(read):
    contents = read('title,abstract\nOne,"first\nsecond"\nTwo,b\n')
    assert [(r.line, r.record.abstract) for r in contents.records] == [
        (2, "first second"),
        (4, "b"),
    ]


# pandas writes a lone carriage return unquoted, and most readers then shear the row.
def test_a_lone_carriage_return_inside_a_cell_shears_no_row(read):
    frame = pd.DataFrame({"title": ["One", "Two"], "abstract": ["a\rb", "c"], "year": [2001, 2002]})
    contents = read(frame.to_csv(index=False))
    assert not contents.refused
    assert [r.record.abstract for r in contents.records] == ["a b", "c"]


# Old Macintosh programs end rows with a carriage return alone.
def test_rows_may_end_in_a_carriage_return(read):
    assert titles(read("title,year\rOne,2001\rTwo,2002\r")) == ["One", "Two"]


# A separator of Unicode inside a cell ends no row.
def test_a_line_separator_ends_no_row(read):
    contents = read("title,abstract\nOne,a\u2028b\u0085c\n")
    assert [r.record.abstract for r in contents.records] == ["a b c"]


# A row with too many or too few cells is refused with its line; the others are read.
def test_ragged_rows_are_refused_with_their_line(read):
    contents = read(
        "title,abstract,year\nOne,a,2001\nTwo,b,2002,more\nThree\nFour,d\nFive,e,2005,\n"
    )
    assert titles(contents) == ["One", "Four", "Five"]
    assert [r.line for r in contents.refused] == [3, 4]
    assert "quotation marks" in contents.refused[0].reason
    assert contents.expected == 5


# Quotation marks inside a cell that are not doubled are read as they were meant.
def test_undoubled_quotation_marks_are_read(read):
    contents = read('title,abstract\n"She said "no" to me",a\nTwo,"b ""c"" d"\nA 5" screen,e\n')
    assert len(contents.records) == 3
    assert contents.records[1].record.abstract == 'b "c" d'


# A quotation mark that never closes would swallow the rows below: the line is named.
def test_an_open_quotation_mark_is_named_with_its_line(read):
    with pytest.raises(UnreadableFileError, match=r"table\.csv, line 3: a quotation mark"):
        read('title,abstract\nOne,a\n"Two,b\nThree,c\nFour,d\n')
    with pytest.raises(UnreadableFileError, match="line 3"):
        read('title,abstract\nOne,a\n"Two,b\n"Three","c"\n')


# Tab-separated exports quote nothing: a quotation mark is part of the text.
def test_tab_separated_text_keeps_its_quotation_marks(read):
    contents = read('Title\tYear\n"Peers" in care\t2001\n"Unclosed\t2002\n"Whole"\t2003\n')
    assert titles(contents) == ['"Peers" in care', '"Unclosed', "Whole"]


# A cell may be larger than the csv module's limit, and the limit is afterwards what it was.
def test_cells_of_any_size_are_read(read):
    import csv

    before = csv.field_size_limit()
    contents = read("title,abstract\nOne," + "word " * 100_000 + "\n")
    assert len(contents.records[0].record.abstract) == 499_999
    assert csv.field_size_limit() == before


# Ten megabytes in one line are refused in a short sentence and in bounded time.
def test_ten_megabytes_in_one_line_are_refused_shortly(read):
    with pytest.raises(UnreadableFileError) as refusal:
        read("a" * 10_000_000)
    assert len(str(refusal.value)) < 500
    with pytest.raises(UnreadableFileError) as refusal:
        read(",".join(["column"] * 1_500_000))
    assert len(str(refusal.value)) < 600


# Without a title column the sentence names what was found and what would do.
def test_a_missing_title_column_is_named(read):
    with pytest.raises(
        UnreadableFileError, match=r"no title column.*name, abstract.*Article Title"
    ):
        read("name,abstract\nOne,a\n")


# Of two columns of one name the first that speaks is taken.
def test_repeated_column_names_do_not_overwrite(read):
    contents = read("title,abstract,abstract,title\nOne,,second,\nTwo,first,second,Other\n")
    assert titles(contents) == ["One", "Two"]
    assert [r.record.abstract for r in contents.records] == ["second", "first"]


# Lines above the header (a search, a sheet's name) are passed over.
def test_lines_above_the_header_are_passed_over(read):
    contents = read("SEARCH QUERY,peers\n-----,\n,\nTitle,Publication Year\nOne,2001\n")
    assert titles(contents) == ["One"]


# The names of many programs lead to the same fields.
@pytest.mark.parametrize(
    ("header", "row", "field", "value"),
    [
        ("Title,Author full names", '"P","Doe, Jane (123)"', "authors", ("Doe, Jane",)),
        ("title,authors", "P,\"['Doe, Jane', 'Roe, R']\"", "authors", ("Doe, Jane", "Roe, R")),
        ("Title,Authors", 'P,"Doe JA, Roe R."', "authors", ("Doe, JA", "Roe, R.")),
        ("title,authors", 'P,"Doe, J. and Roe, R."', "authors", ("Doe, J.", "Roe, R.")),
        ("Item Title,Item DOI", "P,10.1000/X", "doi", "10.1000/x"),
        ("title,doi", "P,10.1000/x     LK  - https://a.example/10.1/y", "doi", "10.1000/x"),
        ("Title,Link", "P,https://a.example/?doi=10.1000%2fx&id=1", "doi", ""),
        ("title,ids.pmid", "P,https://pubmed.ncbi.nlm.nih.gov/123", "pmid", "123"),
        ("Title,Medline PMID", "P,123", "pmid", "123"),
        ("Title,Page start,Page end", "P,11,19", "pages", "11-19"),
        ("Title,Art. No.", "P,2864", "pages", "2864"),
        ("Title,Source title", "P,Care", "journal", "Care"),
        ("Title,Journal/Book", "P,Care", "journal", "Care"),
        ("Title Primary,Periodical Full", "P,Care", "journal", "Care"),
        ("Title,Language of Original Document", "P,Spanish; English", "language", "es"),
        ("Title,Publication Year", "P,2014.0", "year", 2014),
        ("title,abstract", "P,NaN", "abstract", ""),
    ],
)
def test_columns_of_many_programs_are_known(read, header, row, field, value):
    (found,) = read(f"{header}\n{row}\n").records
    assert getattr(found.record, field) == value


# A record survives the way out into a table of this project's fields and back.
def test_own_export_is_read_back(read):
    first = read('title,abstract,authors,year,doi\nOne,a,"Doe, Jane; Roe, R",2001,10.1000/x\n')
    record = first.records[0].record
    cells = {
        name: "; ".join(value) if isinstance(value, tuple) else value
        for name, value in vars(record).items()
    }
    again = read(pd.DataFrame([cells]).to_csv(index=False)).records[0].record
    assert again.content_hash() == record.content_hash()


# Every sheet with a title column is read, numbers and dates as a person sees them.
def test_all_sheets_with_a_title_are_read(read):
    data = workbook(
        notes=[["this sheet says how the search was done"]],
        first=[["Title", "Year", "PMID"], ["One", 2001, 123.0], ["Two", 2002.0, None]],
        second=[["search", "x"], ["Title", "Year"], [None, None], ["Three", 2003]],
    )
    contents = read(data, "misleading.csv")
    assert contents.format is FileFormat.XLSX
    assert [(r.record.title, r.record.year, r.line) for r in contents.records] == [
        ("One", 2001, 2),
        ("Two", 2002, 3),
        ("Three", 2003, 4),
    ]
    assert contents.records[0].record.pmid == "123"


# A workbook without a title column, a Word document and a cut workbook are refused.
def test_unusable_workbooks_are_refused_in_a_sentence(read):
    with pytest.raises(UnreadableFileError, match="no title column"):
        read(workbook(sheet=[["name", "value"], ["a", "b"]]), "a.xlsx")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<document/>")
    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        read(archive.getvalue(), "b.xlsx")
    whole = workbook(sheet=[["title"], ["One"]])
    with pytest.raises(UnreadableFileError, match="damaged"):
        read(whole[: len(whole) // 2], "c.xlsx")


# A workbook with a cut part is damaged, whichever XML parser openpyxl finds installed.
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_cut_part_is_a_damaged_workbook(read, part):
    whole = zipfile.ZipFile(io.BytesIO(workbook(sheet=[["title"], *([f"P{n}"] for n in range(9))])))
    cut = io.BytesIO()
    with zipfile.ZipFile(cut, "w") as made:
        for name in whole.namelist():
            data = whole.read(name)
            made.writestr(name, data[: len(data) // 2] if name == part else data)
    with pytest.raises(UnreadableFileError, match="a damaged Excel workbook"):
        read(cut.getvalue(), "cut.xlsx")
