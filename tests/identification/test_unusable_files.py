"""Files that are no exports of records: one sentence each, with the file and the remedy."""

import hashlib
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identification.files import read_file
from review.errors import InputError


def _workbook() -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["title", "year"])
    book.active.append(["One", 2001])
    book.save(data)
    return data.getvalue()


def _archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one.ris", "TY  - JOUR\nTI  - One\nER  - \n")
        made.writestr("two.csv", "title\nTwo\n")
    return data.getvalue()


WHOLE = [
    b"",
    b"TY  - JOUR\r\nTI  - One\r\nER  - \r\n\n\rTY  - JOUR\nTI  - Two\nER  - \n",
    b"PMID- 1\nOWN - NLM\nTI  - One\n      goes on\n\nPMID- 2\nTI  - Two\n",
    b'title,abstract\nOne,"a\nb"\nTwo,c\n',
    b'<?xml version="1.0"?>\n<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID>'
    b"<Article><ArticleTitle>One &amp; <i>all</i></ArticleTitle></Article></MedlineCitation>"
    b"</PubmedArticle></PubmedArticleSet>",
    b"<xml><records><record><titles><title><style>One</style></title></titles></record>"
    b"</records></xml>",
    b'@string{x = "y"}\n@article{a, title = {One {T}wo}, journal = x}\n@misc(b, title = "B")\n',
    b"FN Clarivate\nVR 1.0\nPT J\nTI One\n   goes on\nER\n\nPT J\nTI Two\nER\nEF\n",
    b"%0 Book\n%T One\n%K a\nb\n\n%0 Book\n%T Two\n",
    b"<1>\nTitle\n  One\nSource\n  J. 1(2):3-4, May 2001.\n<2>\nTitle\n  Two\n",
    "Title\tYear\nÉtude\t2001\n".encode("utf-16"),
    _workbook(),
    _archive(),
]
PIECES = [
    b"\r",
    b"\n",
    b'"',
    b",",
    b"\x00",
    b"TY  - ",
    b"ER  - ",
    b"PMID- 3\n",
    b"\xe2\x80\xa8",
    b"\x0b",
    b"<PubmedArticle>",
    b"</PubmedArticle>",
    b"<record>",
    b"</record>",
    b"@misc{c,",
    b"\nPT J\n",
    b"\nER\n",
    b"\n%T x\n",
    b"\n%0 x\n",
    b"\n<3>\n",
    b"{",
    b"}",
    b"<!--",
    b"<![CDATA[",
    b"&nbsp;",
]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\n", "empty"),
        (b"%PDF-1.7 binary", "PDF"),
        (b"PK\x05\x06" + bytes(18), "without files"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old Excel"),
        (bytes(range(256)) * 40, "not a text file"),
        (b"\x00\x01\x02\x03" * 1000, "not a text file"),
        (b"<!DOCTYPE html><html><body>Too many requests</body></html>", "web page"),
        (b'{"items": []}', "JSON"),
        (b"<?xml version='1.0'?><note/>", "XML"),
        (b"<PubmedArticleSet><PubmedArticle><PMID>1</PM", "line 1: the XML is cut off"),
        (
            b"<PubmedArticleSet>\n<PubmedArticle>&nbsp;</PubmedArticle>",
            "line 2: .*undefined entity",
        ),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><PubmedArticleSet/>', "declares entities"),
        (b"Just a line of prose about nothing in particular.", "neither RIS"),
        (b"VN  - Ovid Technologies\nDB  - Ovid MEDLINE\n", "Ovid"),
        (b"RT Journal Article\nT1 One\n", "RefWorks"),
    ],
)
def test_each_gets_a_sentence(tmp_path: Path, data, said):
    path = tmp_path / "file.ris"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as refusal:
        read_file(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        read_file(tmp_path / "none.ris")
    with pytest.raises(InputError, match="a folder"):
        read_file(tmp_path)


# The same bytes give the same contents, and the hash is that of the bytes.
def test_reading_twice_gives_the_same(tmp_path: Path):
    path = tmp_path / "Scopus export (2).ris"
    path.write_bytes(b"TY  - JOUR\nTI  - One\nER  - \n")
    assert read_file(path) == read_file(path)
    assert read_file(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_file(path).records[0].record.source == "scopus-export-2"
    assert read_file(path, source="scopus").records[0].record.source == "scopus"


# Bytes cut, doubled and altered at random end in records or in a sentence, never in a traceback.
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_end_in_records_or_a_sentence(tmp_path_factory, data):
    whole = data.draw(st.sampled_from(WHOLE))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    inserted = data.draw(st.sampled_from(PIECES) | st.binary(max_size=20))
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(whole[:start] + inserted + whole[end:] + data.draw(st.sampled_from(WHOLE)))
    try:
        contents = read_file(path)
    except InputError as refusal:
        assert "\n" not in str(refusal)
        assert "announced" not in str(refusal)
    else:
        assert contents.expected == len(contents.records) + len(contents.refused)
