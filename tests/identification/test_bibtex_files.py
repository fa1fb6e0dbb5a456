"""BibTeX: macros, braces within braces, LaTeX for letters, and entries that never end."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identification.files import FileContents, FileFormat, read_file
from identification.latex import latex_to_text, unescape_latex
from review.records import Record

FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures/bib"


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str) -> FileContents:
        path = tmp_path / "library.bib"
        path.write_text(text, encoding="utf-8")
        return read_file(path)

    return read_text


def only(contents: FileContents) -> Record:
    assert len(contents.records) == 1
    assert not contents.refused
    return contents.records[0].record


# Every field arrives, whichever way it is enclosed.
def test_an_entry_is_read(read):
    contents = read(
        "% Encoding: UTF-8\n\n@Article{doe2020,\n  author = {Doe, Jane and Roe, Richard B.},\n"
        '  title = "Peer {S}upport",\n  year = 2020,\n  journal = {Journal of Care},\n'
        "  volume = {3}, number = 2, pages = {11--19},\n  doi = {10.1000/ABC\\_1},\n"
        "  abstract = {They help.}, keywords = {one, two}, language = {English},\n"
        "  url = {https://example.org/a\\_b},\n  pmid = {123}\n}\n"
    )
    record = only(contents)
    assert contents.format is FileFormat.BIBTEX
    assert contents.records[0].line == 3
    assert (record.title, record.abstract, record.year) == ("Peer Support", "They help.", 2020)
    assert record.authors == ("Doe, Jane", "Roe, Richard B.")
    assert (record.journal, record.volume, record.issue) == ("Journal of Care", "3", "2")
    assert (record.pages, record.doi, record.pmid) == ("11-19", "10.1000/abc_1", "123")
    assert (record.language, record.keywords) == ("en", ("one", "two"))
    assert record.publication_types == ("Journal Article",)
    assert record.url == "https://example.org/a_b"


# Macros are put in, also within one another and joined; one that is unknown shows its name.
def test_macros_are_put_in(read):
    macros = '@string{jc = "Journal of " # CARE}\n@String(care = {Care})\n@string{a = b}\n'
    text = f"{macros}@string{{b = a}}\n@article{{x, title = {{T}}, journal = jc, volume = none}}\n"
    assert only(read(text)).journal == "Journal of Care"
    joined = '@article{x, title = "One " # two # { and {T}hree}, journal = jx, month = jan}\n'
    record = only(read('@string{two = "two"}\n' + joined))
    assert (record.title, record.journal) == ("One two and Three", "jx")
    assert only(read("@string{a = b}\n@string{b = a}\n@misc{x, title = a}")).title in ("a", "b")


# Names: a body in braces is whole, "and others" is nobody, "Jr" goes last.
def test_names_are_parted_at_and_outside_braces(read):
    names = (
        "{Peers and Friends in Practice} and Doe, Jr, John and {\\'E}mile Zol{\\`a}\n"
        '  and van der Berg, J. J. and M{\\"u}ller, K and others'
    )
    assert only(read(f"@book{{k, title = {{T}}, author = {{{names}}}}}")).authors == (
        "Peers and Friends in Practice",
        "Doe, John Jr",
        "Zolà, Émile",
        "van der Berg, J. J.",
        "Müller, K",
    )


# Two entries with one key are two records, and a field given twice loses nothing.
def test_repeated_keys_lose_nothing(read):
    contents = read("@misc{a, title={One}}\n@misc{a, title={Two}, title={Three}}")
    assert [r.record.title for r in contents.records] == ["One", "Two"]


# Entries on one line, "@" inside a text, and a comment that looks like an entry.
def test_what_is_an_entry(read):
    text = (
        "Scopus\nEXPORT DATE: 1 May 2024\n\n@misc{a, title={One}}@misc{b, title={Two}}\n"
        "@comment{jabref-meta: x}\n@preamble{ {\\newcommand{\\x}{y}} }\n"
        "@misc(c, title={The {@}mentions of me@home {x}})\n"
    )
    contents = read(text)
    assert [r.record.title for r in contents.records] == [
        "One",
        "Two",
        "The @mentions of me@home x",
    ]


# An entry that never ends is refused with its line and does not swallow the next.
def test_an_entry_that_never_ends_is_refused_alone(read):
    contents = read("@misc{a, title={One}}\n@misc{b,\n title={Two\n@misc{c, title={Three}}\n")
    assert [r.record.title for r in contents.records] == ["One", "Three"]
    assert [r.line for r in contents.refused] == [2]
    assert "braces" in contents.refused[0].reason


# Letters, formulas and symbols become what LaTeX would set, and nothing is lost.
@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (
            r"M{\"u}ller, {\v{S}}\'{\i}ma, {\O}sterg{\aa}rd, Nu{\~n}ez",
            "Müller, Šíma, Østergård, Nuñez",
        ),
        (r"5\% of A \& B", "5% of A & B"),
        ("5% of A & B #1", "5% of A & B #1"),
        ("it costs $5 and $6", "it costs $5 and $6"),
        (r"$p<0.05$, C$_2$H$^{+}$, $\alpha$ $\leq$ 3", "p<0.05, C2H+, α ≤ 3"),
        (
            r"H\textsubscript{2}O, \textless{}x\textgreater{}, 5 \textpm{} 1 \copyright",
            "H2O, <x>, 5 ± 1 ©",
        ),
        (r"\textit{E. coli} and {\it others}", "E. coli and others"),
        ("pages 1--2 ``so''", "pages 1–2 “so”"),
        (r"\href{https://example.org}{a link}", "a link"),
        (r"a \unheardof{word} \foo", r"a \unheardof word \foo"),
    ],
)
def test_latex_becomes_text(latex, text):
    assert " ".join(latex_to_text(latex).split()) == text


# Identifiers and addresses are only freed of their escapes.
def test_identifiers_keep_their_characters():
    assert unescape_latex(r"10.1000/x{\_}y\_z-a(b)") == "10.1000/x_y_z-a(b)"
    assert unescape_latex(r"\url{https://x.org/a\_b\%20c}") == "https://x.org/a_b%20c"


# No text makes the reading of LaTeX fail, and words without a backslash are never lost.
@settings(deadline=None)
@given(st.text(st.sampled_from(list("ab19 \\{}$%&#_^~`'\"[]()-\n")), max_size=60))
def test_no_latex_fails(text):
    assert isinstance(latex_to_text(text), str)


@settings(deadline=None)
@given(st.text(st.sampled_from(list("ab19 {}$%&#_^.,;:()-")), max_size=60))
def test_letters_and_digits_survive(text):
    def kept(value: str) -> str:
        return re.sub(r"[^ab19%&#]", "", value)

    assert kept(latex_to_text(text)) == kept(text)


# Braces nested beyond any sense are no traceback.
def test_deep_braces_are_read(read):
    assert only(read("@misc{a, title={" + "{" * 3000 + "One" + "}" * 3000 + "}}")).title == "One"


def fixtures() -> list[object]:
    found = sorted(FIXTURES.glob("*.bib"))
    if not found:
        skip = pytest.mark.skip(reason=f"the public exports are not at {FIXTURES}")
        return [pytest.param(Path(), marks=skip)]
    return [pytest.param(path, id=path.stem) for path in found]


# Every public file is read whole: as many entries as types that open, each title in the text.
@pytest.mark.parametrize("path", fixtures())
def test_every_file_is_read_whole(path: Path):
    text = path.read_text(encoding="utf-8")
    contents = read_file(path)
    opened = re.findall(r"@(?:article|book|inbook|inproceedings|misc)\{", text, re.IGNORECASE)
    assert contents.expected == len(opened) > 0
    bare = re.sub(r"[\s{}]", "", text)
    assert all(re.sub(r"\s", "", r.record.title) in bare for r in contents.records)
    dois = {doi.lower() for doi in re.findall(r"10\.\d{4,}/[^\s}&]+", text)}
    assert {r.record.doi for r in contents.records if r.record.doi} <= dois
