"""DOIs and PubMed ids, wherever an export hides them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import unquote

# No DOI is longer; a cell of closing brackets may be.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"]{1,400}")
# A note that is a DOI and nothing else; a note that cites one belongs to another document.
DOI_ALONE = re.compile(
    r"\s*(?:doi\s*[:=-]?\s*)?(?:https?://(?:dx\.|www\.)?doi\.org/)?10\.\d{4,9}/\S+\s*(?:\[doi\])?\s*",
    re.IGNORECASE,
)
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_PMID = re.compile(
    r"(?:pubmed|pmid)?\s*[:/-]?\s*0*([1-9]\d{0,7})(?:\.0)?(?:\s*\[pmid\])?", re.IGNORECASE
)
_PMID_ADDRESS = re.compile(
    r"(?:ncbi\.nlm\.nih\.gov/(?:m/)?pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/0*([1-9]\d{0,7})\b"
)


def find_doi(texts: Iterable[str]) -> str:
    """The first DOI in the texts, bare and in lower case; empty where there is none.

    Case never tells two DOIs apart (DOI Handbook, 2.4).
    """
    for text in (part for whole in texts for part in whole.split()):
        # Publishers' addresses go on behind the DOI ("/full", "&partnerID=40").
        if "10." not in text or ("://" in text and "doi.org/" not in text):
            continue
        plain = html.unescape(unquote(text) if "%2" in text else text)
        if match := _DOI.search(plain):
            return _without_tail(match.group()).lower()
    return ""


def find_pmid(texts: Iterable[str]) -> str:
    """The first PubMed id in the texts, digits only; empty where there is none."""
    for text in texts:
        if match := _PMID.fullmatch(text.strip()) or _PMID_ADDRESS.search(text):
            return match.group(1)
    return ""


def _without_tail(doi: str) -> str:
    """Without the punctuation of the sentence it stood in; brackets of its own are kept."""
    while doi:
        last = doi[-1]
        if last in ".,;:'\"\\/" or (last in _PAIRS and doi.count(last) > doi.count(_PAIRS[last])):
            doi = doi[:-1]
        else:
            break
    return doi
