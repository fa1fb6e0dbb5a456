"""Entries of EndNote XML, as EndNote, Zotero, Bookends and JabRef write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from identification.elements import count_elements, element_text, read_elements
from identification.foreign import find_foreign_votes
from identification.normalise import Entry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RECORDS = ("record",)
_OWN_DATABASE = re.compile(r"\b(?:nlm|medline|pubmed)\b", re.IGNORECASE)
# EndNote's import from PubMed leaves the publication types among the lines of the notes.
_TELLING_TYPES = re.compile(
    r"Retracted Publication|Retraction of Publication|(?:Published )?Erratum|Expression of Concern"
    r"|Randomi[sz]ed Controlled Trial|(?:Systematic )?Review|Meta-Analysis|Journal Article"
    r"|Clinical Trial(?: Protocol)?|Comparative Study|Observational Study|Case Reports|Editorial"
    r"|Letter|Comment|Preprint"
)


def count_endnote_markers(text: str) -> int:
    """How many records an EndNote XML text announces: its record elements."""
    return count_elements(text, _RECORDS)


def read_endnote_xml(text: str, name: str) -> list[Entry]:
    """The entries of an EndNote XML text with ``\\n`` line ends, in order.

    Every value is wrapped in elements of style, several where part of it is in italics; ``&#xD;``
    parts the lines of one field. Raises UnreadableFileError naming the file and line where the
    text is not well-formed.
    """
    return [
        Entry(
            line=line,
            fields=_fields(element),
            foreign=find_foreign_votes(
                _lines(element, "notes") + _lines(element, "research-notes")
            ),
        )
        for line, element in read_elements(text, _RECORDS, name)
    ]


def _fields(record: Element) -> dict[str, list[str]]:
    kinds = [kind.get("name") or element_text(kind) for kind in record.findall("ref-type")]
    return {
        "title": _texts(record, "titles/title", "titles/translated-title", "titles/short-title"),
        "abstract": _texts(record, "abstract"),
        "authors": _lines(record, "contributors/authors/author"),
        "year": _texts(record, "dates/year", "dates/pub-dates/date", "dates/copyright-dates/date"),
        "journal": _texts(
            record,
            "periodical/full-title",
            "titles/secondary-title",
            "periodical/abbr-1",
            "titles/alt-title",
        ),
        "volume": _texts(record, "volume"),
        "issue": _texts(record, "number", "issue"),
        "pages": _texts(record, "pages"),
        "doi": [
            *_texts(record, "electronic-resource-num"),
            *(link for link in _links(record) if "doi.org/" in link),
        ],
        "pmid": _pmids(record),
        "language": _texts(record, "language"),
        "keywords": _lines(record, "keywords/keyword"),
        "publication_types": [
            *kinds,
            *_texts(record, "work-type"),
            *(line for line in _lines(record, "notes") if _TELLING_TYPES.fullmatch(line)),
        ],
        "url": _links(record),
    }


def _texts(record: Element, *paths: str) -> list[str]:
    """The text of every element at the paths that has any."""
    texts = (element_text(found).strip() for path in paths for found in record.findall(path))
    return [text for text in texts if text]


def _lines(record: Element, path: str) -> list[str]:
    """The lines of a field that holds a list: ``&#xD;`` parts them, an XML line end does not."""
    lines = (line.strip() for text in _texts(record, path) for line in text.split("\r"))
    return [line for line in lines if line]


def _links(record: Element) -> list[str]:
    return _lines(record, "urls/related-urls/url") + _lines(record, "urls/web-urls/url")


def _pmids(record: Element) -> list[str]:
    """The accession number where the database is NLM's, else what a link says."""
    origin = " ".join(_texts(record, "remote-database-provider", "remote-database-name"))
    numbers = _texts(record, "accession-num") if _OWN_DATABASE.search(origin) else []
    return [*numbers, *(link for link in _links(record) if "pubmed" in link)]
