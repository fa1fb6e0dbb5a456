"""PubMed XML and the traps that readers of it fell into."""

import html
import re
from pathlib import Path

import pytest

from identification.files import FileFormat, read_file
from identification.medline import read_medline
from identification.normalise import normalise_entry
from identification.pubmed_xml import count_pubmed_markers, parse_pubmed_articles
from review.errors import UnreadableFileError
from review.records import Record

FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures/pubmed_xml"

CITATION = """<MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">123</PMID>
<Article><Journal><JournalIssue><Volume>3</Volume><Issue>2</Issue><PubDate>{date}</PubDate>
</JournalIssue><Title>Journal of Care</Title></Journal><ArticleTitle>{title}</ArticleTitle>
<Pagination><StartPage>11</StartPage><EndPage>19</EndPage><MedlinePgn>11-9</MedlinePgn></Pagination>
{inside}<Language>eng</Language></Article>{behind}</MedlineCitation>"""


def article(*, title="Peers", date="<Year>2020</Year>", inside="", behind="", data=""):
    citation = CITATION.format(title=title, date=date, inside=inside, behind=behind)
    return f"<PubmedArticle>{citation}<PubmedData>{data}</PubmedData></PubmedArticle>"


def read(*articles: str) -> list[Record]:
    document = f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>"
    return [normalise_entry(e, "file") for e, _ in parse_pubmed_articles(document.encode())]


def only(**parts: str) -> Record:
    (record,) = read(article(**parts))
    return record


# A record is PubMed's own: source and id are PubMed's, every field arrives.
def test_a_record_is_read():
    record = only(
        inside="<AuthorList><Author><LastName>Doe</LastName><ForeName>Jane A</ForeName>"
        "<Initials>JA</Initials></Author></AuthorList>"
    )
    assert (record.source, record.source_id, record.pmid) == ("pubmed", "123", "123")
    assert (record.title, record.authors, record.year) == ("Peers", ("Doe, Jane A",), 2020)
    assert (record.journal, record.volume, record.issue) == ("Journal of Care", "3", "2")
    assert (record.pages, record.language) == ("11-9", "en")


# Readers that take the text before the first element lose what follows <i>, <sub> or a formula.
def test_text_inside_markup_and_formulas_is_kept():
    record = only(
        title="Effect of CO<sub>2</sub> on <i>E. coli</i> &amp; others",
        inside='<Abstract><AbstractText>With <mml:math xmlns:mml="http://www.w3.org/1998/Math/'
        'MathML"><mml:mi>p</mml:mi><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn></mml:math> it '
        "<b>helps</b>.</AbstractText></Abstract>",
    )
    assert record.title == "Effect of CO2 on E. coli & others"
    assert record.abstract == "With p<0.05 it helps."


# All sections are kept behind their labels; a word that says "no label" is none.
def test_sections_keep_their_labels():
    record = only(
        inside='<Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Why.'
        '</AbstractText><AbstractText NlmCategory="METHODS">How.</AbstractText>'
        '<AbstractText Label="UNLABELLED">What.</AbstractText><AbstractText Label="FUNDING"/>'
        "<CopyrightInformation>Copyright 2020</CopyrightInformation></Abstract>"
    )
    assert record.abstract == "BACKGROUND: Why. METHODS: How. What."


# An abstract in another language or for lay readers is not the abstract.
def test_other_abstracts_are_passed_over():
    other = '<OtherAbstract Language="fre"><AbstractText>Des pairs.</AbstractText></OtherAbstract>'
    assert only(behind=other).abstract == ""


REFERENCES = (
    "<ReferenceList><Reference><ArticleIdList><ArticleId IdType='doi'>10.1000/cited</ArticleId>"
    "<ArticleId IdType='pubmed'>999</ArticleId></ArticleIdList></Reference></ReferenceList>"
)


# 35 of 100 records got the DOI of a document they cite from readers that search the whole record.
@pytest.mark.parametrize(
    ("inside", "own", "doi"),
    [
        ("", "", ""),
        ("", "<ArticleId IdType='doi'>10.1000/OWN</ArticleId>", "10.1000/own"),
        ("<ELocationID EIdType='doi'>10.1000/place</ELocationID>", "", "10.1000/place"),
        ("<ELocationID EIdType='doi' ValidYN='N'>10.1000/place</ELocationID>", "", ""),
        ("<ELocationID EIdType='pii'>10.1000/pii</ELocationID>", "", ""),
        (
            "<ELocationID EIdType='doi'>10.1000/place</ELocationID>",
            "<ArticleId IdType='doi'>10.1000/own</ArticleId>",
            "10.1000/own",
        ),
    ],
)
def test_the_doi_is_never_that_of_a_reference(inside, own, doi):
    data = f"<ArticleIdList>{own}</ArticleIdList>{REFERENCES}" if own else REFERENCES
    record = only(inside=inside, data=data)
    assert (record.doi, record.pmid) == (doi, "123")


# Dates that are no dates still have a year, and the year is the journal issue's.
@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", 1998),
        ("<MedlineDate>Winter 1999</MedlineDate>", 1999),
        ("<Year>2001</Year><Season>Fall</Season>", 2001),
        ("<MedlineDate>Winter</MedlineDate>", 2005),
    ],
)
def test_the_year_is_that_of_the_issue(date, year):
    electronic = "<ArticleDate DateType='Electronic'><Year>2005</Year></ArticleDate>"
    assert only(date=date, inside=electronic).year == year


# Bodies write, too; their names are kept whole, as are family names without a given one.
def test_names_of_bodies_are_kept_whole():
    record = only(
        inside="<AuthorList><Author><LastName>van der Berg</LastName><Initials>JJ</Initials>"
        "</Author><Author><CollectiveName>Health and Care, Peers in Practice</CollectiveName>"
        "</Author><Author><LastName>Doe</LastName><ForeName>John</ForeName><Suffix>Jr</Suffix>"
        "</Author><Author><LastName>Bin Laden Khan</LastName></Author><Author ValidYN='N'>"
        "<LastName>Wrong</LastName></Author></AuthorList>"
    )
    assert record.authors == (
        "van der Berg, JJ",
        "Health and Care, Peers in Practice",
        "Doe, John Jr",
        "Bin Laden Khan",
    )


# Where no translated title is there, the vernacular one is the title.
def test_the_vernacular_title_stands_in():
    vernacular = "<VernacularTitle>Genesungsbegleitung</VernacularTitle>"
    assert only(title="[Not Available].", inside=vernacular).title == "Genesungsbegleitung"
    assert only(title="", inside=vernacular).title == "Genesungsbegleitung"
    assert only(title="[Peer support].", inside=vernacular).title == "[Peer support]."


# What a retraction is told by stays with the record.
def test_publication_types_tell_retractions():
    names = ["Journal Article", "Retracted Publication", "Expression of Concern"]
    inner = "".join(f"<PublicationType UI='D1'>{name}</PublicationType>" for name in names)
    record = only(inside=f"<PublicationTypeList>{inner}</PublicationTypeList>")
    assert record.publication_types == tuple(names)


# Keywords of authors come before the headings of NLM, each heading with its qualifiers.
def test_keywords_and_headings_are_read():
    record = only(
        behind="<MeshHeadingList><MeshHeading><DescriptorName MajorTopicYN='N'>Counseling"
        "</DescriptorName><QualifierName>methods</QualifierName><QualifierName>trends"
        "</QualifierName></MeshHeading></MeshHeadingList><KeywordList><Keyword>peer</Keyword>"
        "</KeywordList>"
    )
    assert record.keywords == ("peer", "Counseling/methods/trends")


BOOK = """<PubmedBookArticle><BookDocument><PMID>77</PMID><ArticleIdList>
<ArticleId IdType="doi">10.1000/book</ArticleId></ArticleIdList><Book><BookTitle>Guide</BookTitle>
<PubDate><Year>2009</Year></PubDate><AuthorList Type="editors"><Author><LastName>Roe</LastName>
<ForeName>R</ForeName></Author></AuthorList></Book>{chapter}<Language>eng</Language>
<PublicationType>Review</PublicationType><Abstract><AbstractText>All.</AbstractText></Abstract>
</BookDocument></PubmedBookArticle>"""


# Books are records, and a chapter stands in its book as an article does in its journal.
def test_books_and_chapters_are_read():
    chapter = "<ArticleTitle>Peers</ArticleTitle><AuthorList Type='authors'><Author><LastName>Doe"
    chapter += "</LastName><ForeName>Jane</ForeName></Author></AuthorList>"
    whole, part = read(BOOK.format(chapter=""), BOOK.format(chapter=chapter))
    assert (whole.title, whole.journal, whole.authors) == ("Guide", "", ("Roe, R",))
    assert (part.title, part.journal, part.authors) == ("Peers", "Guide", ("Doe, Jane",))
    for record in (whole, part):
        assert (record.doi, record.year, record.abstract) == ("10.1000/book", 2009, "All.")
        assert (record.pmid, record.publication_types) == ("77", ("Review",))


# Ids of withdrawn records are no records, and a set may be empty.
def test_only_records_are_counted(tmp_path: Path):
    withdrawn = "<DeleteCitation><PMID>1</PMID><PMID>2</PMID></DeleteCitation>"
    assert [r.pmid for r in read(article(), withdrawn)] == ["123"]
    path = tmp_path / "empty.xml"
    path.write_text(
        '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN"'
        ' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet/>'
    )
    contents = read_file(path)
    assert (contents.format, contents.expected) == (FileFormat.PUBMED_XML, 0)


# A set that efetch sent in two parts, put behind one another, is read whole and lines are right.
def test_documents_behind_one_another_are_read(tmp_path: Path):
    document = f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{article()}\n</PubmedArticleSet>\n'
    path = tmp_path / "two.xml"
    path.write_text(document + document)
    contents = read_file(path)
    lines = [n for n, t in enumerate(path.read_text().split("\n"), 1) if "<PubmedArticle>" in t]
    assert [r.line for r in contents.records] == lines
    assert len(lines) == 2


# Characters that XML forbids, as exports hold them, cost a blank and not the file.
def test_forbidden_characters_cost_a_blank():
    assert only(title="Peers\x0bin&#x1F;care&#13;now").title == "Peers in care now"


# Comments and quoted markup announce nothing.
def test_markup_in_comments_is_not_counted():
    quoted = article(title="<![CDATA[<PubmedArticle>]]> seen")
    text = f"<PubmedArticleSet><!-- <PubmedArticle> -->{quoted}</PubmedArticleSet>"
    assert count_pubmed_markers(text) == 1
    ((entry, _),) = parse_pubmed_articles(text.encode())
    assert normalise_entry(entry, "file").title == "<PubmedArticle> seen"


# What efetch sends for records when it has none to send is never an empty set.
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<eFetchResult><ERROR>WebEnv not found</ERROR></eFetchResult>",
        b"<html><body>WWW Error 500 Diagnostic</body></html>",
        b'{"error":"API rate limit exceeded"}',
        b"<PubmedArticleSet><PubmedArticle>",
    ],
)
def test_a_fault_is_not_an_empty_set(body):
    with pytest.raises(UnreadableFileError):
        list(parse_pubmed_articles(body))


# The encoding a file declares is believed where the bytes are not UTF-8.
def test_a_declared_encoding_is_used():
    text = f"<PubmedArticleSet>{article(title='Pär ößt')}</PubmedArticleSet>"
    data = f'<?xml version="1.0" encoding="ISO-8859-2"?>{text}'.encode("iso-8859-2")
    ((entry, _),) = parse_pubmed_articles(data)
    assert normalise_entry(entry, "file").title == "Pär ößt"


# The same record as XML and as MEDLINE text has the same content.
def test_xml_and_medline_text_agree():
    inside = (
        "<Abstract><AbstractText Label='AIM'>Why.</AbstractText></Abstract><AuthorList><Author>"
        "<LastName>Doe</LastName><ForeName>Jane</ForeName></Author></AuthorList>"
        "<PublicationTypeList><PublicationType>Letter</PublicationType></PublicationTypeList>"
    )
    medline = (
        "PMID- 123\nOWN - NLM\nDP  - 2020\nTI  - Peers\nPG  - 11-9\nAB  - AIM: Why.\n"
        "FAU - Doe, Jane\nAU  - Doe J\nLA  - eng\nPT  - Letter\nJT  - Journal of Care\nVI  - 3\n"
        "IP  - 2\n"
    )
    (entry,) = read_medline(medline)
    assert only(inside=inside) == normalise_entry(entry, "file")


def fixtures() -> list[object]:
    found = sorted(FIXTURES.glob("*.xml"))
    if not found:
        skip = pytest.mark.skip(reason=f"the public exports are not at {FIXTURES}")
        return [pytest.param(Path(), marks=skip)]
    return [pytest.param(path, id=path.stem) for path in found]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def words(fragment: str) -> str:
    """The words of a piece of XML, read without a parser; blanks do not count."""
    return squeeze(html.unescape(re.sub(r"<[^>]+>", "", fragment)))


def between(text: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}(?:\s[^>]*)?>(.*?)</{tag}>", text, flags=re.DOTALL)


# Every public export is read whole, and a second, naive reading of its text finds the same.
@pytest.mark.parametrize("path", fixtures())
def test_every_export_says_what_a_naive_reading_finds(path: Path):
    contents = read_file(path)
    text = path.read_text(encoding="utf-8")
    pieces = re.findall(r"<(Pubmed(?:Book)?Article)[\s>](.*?)</\1>", text, flags=re.DOTALL)
    assert len(pieces) == contents.expected > 0
    told = [piece for _, piece in pieces if "<PMID" in piece]
    assert len(told) == len(contents.records)
    for piece, found in zip(told, contents.records, strict=True):
        record = found.record
        assert (record.source, record.source_id) == ("pubmed", between(piece, "PMID")[0])
        title = between(piece, "ArticleTitle") or between(piece, "BookTitle")
        assert squeeze(record.title) == words(title[0])
        abstracts = between(piece, "Abstract")
        for section in between(abstracts[0] if abstracts else "", "AbstractText"):
            # The line of the database that a publisher put behind its abstract is not part of it.
            own = words(section).partition("(PsycInfoDatabaseRecord")[0]
            assert own in squeeze(record.abstract)
        before_references = piece.partition("<ReferenceList>")[0]
        dois = re.findall(r"(?:IdType|EIdType)=\"doi\"[^>]*>\s*(10[^<]+?)\s*<", before_references)
        assert record.doi in [html.unescape(doi).lower() for doi in dois] or (
            record.doi == "" and not dois
        )
        date = between(piece, "PubDate")
        assert str(record.year) in date[0]
        types = [words(name) for name in between(piece, "PublicationType")]
        assert [squeeze(name) for name in record.publication_types] == types
