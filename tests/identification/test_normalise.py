"""Fields of any spelling become one record."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identification.abstracts import clean_abstract
from identification.cleaning import clean_text
from identification.identifiers import find_doi, find_pmid
from identification.languages import language_code
from identification.names import split_names
from identification.normalise import normalise_record, says_something, slug


# Markup goes, comparisons stay.
@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<h4>Background</h4>Peers", "Background Peers"),
        ("P<0.001 and n>30", "P<0.001 and n>30"),
        ("p<alpha and beta>0.5", "p<alpha and beta>0.5"),
        ("CO<sub>2</sub> &amp; H<inf>2</inf>O", "CO2 & H2O"),
        ("&lt;p&gt;Twice escaped&lt;/p&gt; P &lt; 0.05", "Twice escaped P < 0.05"),
        ('<jats:p id="p1">One</jats:p>', "One"),
        ("a\u2028b\u0085c\td\x00e", "a b c d e"),
        ("\x93quoted\x94", "“quoted”"),
        ("e\u0301tude", "étude"),
        ("\ufeffTitle\u200b", "Title"),
    ],
)
def test_text_is_cleaned(raw, clean):
    assert clean_text(raw) == clean


# Whatever comes in, what comes out is composed, on one line, and stays as it is when cleaned again.
@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200))
def test_cleaned_text_is_settled(text):
    cleaned = clean_text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in cleaned)
    assert cleaned == " ".join(cleaned.split())
    cleaned.encode()


# What the publisher adds goes; what the authors wrote stays.
@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Peers help. © 2020 The Authors.", "Peers help."),
        ("Peers help. Copyright © 2015 John Wiley & Sons, Ltd.", "Peers help."),
        ("Peers help. (c) 2005 Wiley-Liss, Inc. (c) 2005 Wiley-Liss, Inc", "Peers help."),
        ("Peers help. [ABSTRACT FROM AUTHOR]", "Peers help."),
        ("Peers help. (PsycINFO Database Record (c) 2016 APA, all rights reserved)", "Peers help."),
        (
            "Help. (PsycInfo Database Record (c) 2020 APA, all rights reserved) Impact: great.",
            "Help. Impact: great.",
        ),
        ("Help. Copyright of X is the property of Y and its content may not.", "Help."),
        ("© 2019 Elsevier Ltd. Peers help.", "Peers help."),
        ("(a) one, (b) two, (c) 2010 data", "(a) one, (b) two, (c) 2010 data"),
        ("Copyright law and peers were studied.", "Copyright law and peers were studied."),
        ("[No abstract available]", ""),
    ],
)  # fmt: skip
def test_abstracts_lose_only_what_was_added(raw, clean):
    assert clean_abstract(raw) == clean


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (["Doe, Jane"], ("Doe, Jane",)),
        (["Hopper,Grace M."], ("Hopper, Grace M.",)),
        (["Liu R."], ("Liu, R.",)),
        (["van der Berg JJ"], ("van der Berg, JJ",)),
        (["G. Kalbe"], ("Kalbe, G.",)),
        (["Ludwig van Beethoven"], ("van Beethoven, Ludwig",)),
        (["Smith, John, Jr."], ("Smith, John, Jr.",)),
        (["Griffin DK, O'Connor RE."], ("Griffin, DK", "O'Connor, RE")),
        (["Smith, J, Jones, K"], ("Smith, J", "Jones, K")),
        (["Doe, J and Roe, R"], ("Doe, J", "Roe, R")),
        (["Alba Vicente|Josep Sanjuan"], ("Vicente, Alba", "Sanjuan, Josep")),
        (["Araz R. AlievNigar T. Ismayilova"], ("Aliev, Araz R.", "Ismayilova, Nigar T.")),
        (["World Health Organization"], ("World Health Organization",)),
        (["Department of Health and Human Services"], ("Department of Health and Human Services",)),
        (["van den Hoven,null"], ("van den Hoven",)),
        (["王伟"], ("王伟",)),
    ],
)
def test_names_are_family_first(raw, names):
    assert split_names(raw) == names


@pytest.mark.parametrize(
    ("raw", "doi"),
    [
        ("https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("doi:10.1000/abc.", "10.1000/abc"),
        ("(10.1016/S0140-6736(03)14065-2)", "10.1016/s0140-6736(03)14065-2"),
        ("10.1002/(SICI)1097(1998)17:15/16&lt;1661::AID-SIM968&gt;3.0.CO;2-2",
         "10.1002/(sici)1097(1998)17:15/16<1661::aid-sim968>3.0.co;2-2"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("S1769-7212(19)30059-X [pii] 10.1000/abc [doi]", "10.1000/abc"),
        ("https://publisher.example/10.1000/abc/full", ""),
        ("none", ""),
    ],
)  # fmt: skip
def test_dois_are_bare_and_lower_case(raw, doi):
    assert find_doi([raw]) == doi


@pytest.mark.parametrize(
    ("raw", "pmid"),
    [("123", "123"), ("PUBMED 123", "123"), ("PMID: 0123", "123"), ("123.0", "123"),
     ("https://www.ncbi.nlm.nih.gov/pubmed/123", "123"), ("PMC123", ""), ("0", ""), ("", "")],
)  # fmt: skip
def test_pmids_are_digits(raw, pmid):
    assert find_pmid([raw]) == pmid


@pytest.mark.parametrize(
    ("raw", "code"),
    [("eng", "en"), ("English", "en"), ("en-US", "en"), ("ger", "de"), ("Luganda", "lg"),
     ("Chinese (simplified)", "zh"), ("xx-nothing", ""), ("", "")],
)  # fmt: skip
def test_languages_are_iso_codes(raw, code):
    assert language_code(raw) == code


@pytest.mark.parametrize(
    ("raw", "year"),
    [("2014//", 2014), ("1 Jan.-Feb. 2019", 2019), ("7/31/2024 14:00", 2024), ("20160213", 2016),
     ("2019 Winter", 2019), ("2012/07/03", 2012), ("2015/october", 2015), ("10 15", None),
     ("99", None), ("Date", None), ("", None)],
)  # fmt: skip
def test_years_are_found_in_odd_dates(raw, year):
    assert normalise_record({"title": ["T"], "year": [raw]}, "s").year == year


@pytest.mark.parametrize(
    ("raw", "pages"),
    [("376 -- 383", "376-383"), ("43‐58", "43-58"), ("7-7", "7"), ("(no pagination)", ""),
     ("S571", "S571"), ("e12292", "e12292")],
)  # fmt: skip
def test_pages_have_one_hyphen(raw, pages):
    assert normalise_record({"title": ["T"], "pages": [raw]}, "s").pages == pages


# The best text offered for a field is taken, and an empty one is passed over.
def test_the_first_that_speaks_is_taken():
    record = normalise_record({"title": ["", "Second"], "year": ["n.d.", "2001"]}, "s")
    assert (record.title, record.year) == ("Second", 2001)


# Equal content has equal ids, wherever it was found.
def test_ids_come_from_the_content():
    first = normalise_record({"title": ["T"]}, "one")
    assert first.source_id == normalise_record({"title": ["T"]}, "two").source_id
    assert first.source_id != normalise_record({"title": ["U"]}, "one").source_id


# A record can be known by its title, abstract, DOI, PMID or place; not by a year.
def test_a_record_must_say_something():
    said = [
        {"title": ["T"]},
        {"abstract": ["A"]},
        {"doi": ["10.1000/x"]},
        {"pmid": ["1"]},
        {"authors": ["Doe, J"], "journal": ["J"], "pages": ["1-9"]},
    ]
    assert all(says_something(normalise_record(fields, "s")) for fields in said)
    assert not says_something(normalise_record({"year": ["2001"], "authors": ["Doe, J"]}, "s"))


def test_a_source_is_named_after_the_file():
    assert slug("Scopus export (2)") == "scopus-export-2"
    assert slug("Größe") == "größe"
    assert slug("---") == "file"
