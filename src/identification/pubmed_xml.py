"""Entries of PubMed XML, as efetch answers and as PubMed's files hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from identification.decoding import decode_text, unify_newlines
from identification.elements import count_elements, element_text, read_elements
from identification.formats import FileFormat, recognise_text
from identification.identifiers import find_pmid
from identification.normalise import Entry
from identification.sources.notices import find_pubmed_notices
from review.errors import UnreadableFileError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# DeleteCitation, the third that a set may hold, lists ids of records withdrawn.
_RECORDS = ("PubmedArticle", "PubmedBookArticle")
_NO_TITLE = re.compile(r"\[?not available\]?\.?", re.IGNORECASE)
_NO_SECTION = {"", "UNLABELLED", "UNASSIGNED"}

PubMedEntry = tuple[Entry, "Element"]


def parse_pubmed_articles(data: bytes, name: str = "PubMed's answer") -> Iterator[PubMedEntry]:
    """Each entry of a PubMed XML document with its element, which the next entry empties.

    None where the set is empty. Raises UnreadableFileError, calling the document ``name``, where
    it is not well-formed or is something else, such as the ERROR or the web page that efetch may
    send with status 200, and where it holds another number of records than it opens.
    """
    text = unify_newlines(decode_text(data, name))
    if recognise_text(text, name) is not FileFormat.PUBMED_XML:
        raise UnreadableFileError(f"{name}: not PubMed XML (it begins with {text[:40]!r})")
    count = 0
    for line, element in read_elements(text, _RECORDS, name):
        count += 1
        yield _entry(line, element), element
    if count != count_pubmed_markers(text):
        raise UnreadableFileError(f"{name}: {count} records read of those that it opens")


def count_pubmed_markers(text: str) -> int:
    """How many records a PubMed XML text announces: elements by their names."""
    return count_elements(text, _RECORDS)


def read_pubmed_xml(text: str, name: str) -> list[Entry]:
    """The entries of a PubMed XML text with ``\\n`` line ends, in order.

    Raises UnreadableFileError naming the file and line where it is not well-formed.
    """
    return [_entry(line, element) for line, element in read_elements(text, _RECORDS, name)]


def _entry(line: int, element: Element) -> Entry:
    is_book = element.tag == "PubmedBookArticle"
    fields = _book_fields(element) if is_book else _article_fields(element)
    pmid = find_pmid(fields["pmid"])
    return Entry(
        line=line,
        fields=fields,
        source="pubmed" if pmid else "",
        source_id=pmid,
        notices=find_pubmed_notices(element),
    )


def _article_fields(element: Element) -> dict[str, list[str]]:
    citation = "MedlineCitation"
    article = f"{citation}/Article"
    issue = f"{article}/Journal/JournalIssue"
    return {
        "title": _titles(element, f"{article}/ArticleTitle", f"{article}/VernacularTitle"),
        "abstract": _abstract(element, f"{article}/Abstract/AbstractText"),
        "authors": _authors(element.findall(f"{article}/AuthorList/Author")),
        "year": [
            *_texts(element, f"{issue}/PubDate/Year", f"{issue}/PubDate/MedlineDate"),
            *_texts(element, f"{article}/ArticleDate/Year"),
            *_texts(element, "PubmedData/History/PubMedPubDate[@PubStatus='pubmed']/Year"),
        ],
        "journal": _texts(
            element, f"{article}/Journal/Title", f"{citation}/MedlineJournalInfo/MedlineTA"
        ),
        "volume": _texts(element, f"{issue}/Volume"),
        "issue": _texts(element, f"{issue}/Issue"),
        "pages": _pages(element, f"{article}/Pagination"),
        "doi": [
            # Those of the list of references are the DOIs of other documents.
            *_texts(element, "PubmedData/ArticleIdList/ArticleId[@IdType='doi']"),
            *_valid(element.findall(f"{article}/ELocationID[@EIdType='doi']")),
        ],
        "pmid": _texts(element, f"{citation}/PMID"),
        "language": _texts(element, f"{article}/Language"),
        "keywords": [
            *_texts(element, f"{citation}/KeywordList/Keyword"),
            *map(_heading, element.findall(f"{citation}/MeshHeadingList/MeshHeading")),
        ],
        "publication_types": _texts(element, f"{article}/PublicationTypeList/PublicationType"),
    }


def _book_fields(element: Element) -> dict[str, list[str]]:
    """A book, or a chapter that then stands in the book as an article does in its journal."""
    book = "BookDocument/Book"
    chapter = _titles(element, "BookDocument/ArticleTitle", "BookDocument/VernacularTitle")
    titles = _texts(element, f"{book}/BookTitle")
    writers = element.findall("BookDocument/AuthorList[@Type='authors']/Author")
    return {
        "title": [*chapter, *titles],
        "abstract": _abstract(element, "BookDocument/Abstract/AbstractText"),
        "authors": _authors(writers or element.findall(f"{book}/AuthorList/Author")),
        "year": _texts(
            element,
            f"{book}/PubDate/Year",
            f"{book}/PubDate/MedlineDate",
            "BookDocument/ContributionDate/Year",
        ),
        "journal": titles if chapter else [],
        "volume": _texts(element, f"{book}/Volume"),
        "pages": _pages(element, "BookDocument/Pagination"),
        "doi": [
            *_texts(element, "PubmedBookData/ArticleIdList/ArticleId[@IdType='doi']"),
            *_texts(element, "BookDocument/ArticleIdList/ArticleId[@IdType='doi']"),
            *_valid(element.findall(f"{book}/ELocationID[@EIdType='doi']")),
        ],
        "pmid": _texts(element, "BookDocument/PMID"),
        "language": _texts(element, "BookDocument/Language"),
        "keywords": _texts(element, "BookDocument/KeywordList/Keyword"),
        "publication_types": _texts(element, "BookDocument/PublicationType"),
    }


def _texts(element: Element, *paths: str) -> list[str]:
    """The text of every element at the paths that has any."""
    texts = (element_text(found).strip() for path in paths for found in element.findall(path))
    return [text for text in texts if text]


def _valid(elements: Sequence[Element]) -> list[str]:
    return [element_text(found) for found in elements if found.get("ValidYN") != "N"]


def _titles(element: Element, *paths: str) -> list[str]:
    """Titles best first: PubMed writes "[Not Available]." where only the vernacular one is."""
    return [title for title in _texts(element, *paths) if not _NO_TITLE.fullmatch(title)]


def _abstract(element: Element, path: str) -> list[str]:
    """The sections as one text, each behind the word that stands over it."""
    sections = [section for section in map(_section, element.findall(path)) if section]
    return [" ".join(sections)] if sections else []


def _section(section: Element) -> str:
    text = element_text(section).strip()
    label = section.get("Label") or section.get("NlmCategory") or ""
    return text if not text or label.upper() in _NO_SECTION else f"{label}: {text}"


def _authors(authors: Sequence[Element]) -> list[str]:
    return [name for author in authors if author.get("ValidYN") != "N" for name in _name(author)]


def _name(author: Element) -> Iterator[str]:
    family = element_text(author.find("LastName")).strip()
    given = (author.find("ForeName"), author.find("Initials"))
    first = next((text for part in given if (text := element_text(part).strip())), "")
    suffix = element_text(author.find("Suffix")).strip()
    # A comma behind a name says that it is whole: "Peers in Care," has no given name.
    if family:
        yield f"{family}, {first} {suffix}".strip()
    if body := element_text(author.find("CollectiveName")).strip():
        yield f"{body},"


def _pages(element: Element, path: str) -> list[str]:
    first, last = (
        next(iter(_texts(element, f"{path}/{tag}")), "") for tag in ("StartPage", "EndPage")
    )
    whole = f"{first}-{last}" if first and last else first or last
    return [*_texts(element, f"{path}/MedlinePgn"), *([whole] if whole else [])]


def _heading(heading: Element) -> str:
    names = [element_text(name).strip() for name in heading if name.tag.endswith("Name")]
    return "/".join(names)
