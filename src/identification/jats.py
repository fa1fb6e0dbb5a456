"""What a full text in JATS says of itself: which document it is, its licence, whether it is whole.

Journal Article Tag Suite, ANSI/NISO Z39.96: https://jats.nlm.nih.gov/archiving/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from identification.elements import element_text
from identification.identifiers import find_doi, find_pmid

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_HREF = "{http://www.w3.org/1999/xlink}href"
_LICENCE_REF = "{http://www.niso.org/schemas/ali/1.0/}license_ref"
# Enough to tell licences apart; what follows is in the full text itself.
_LICENCE_WORDS = 20


@dataclass(frozen=True, kw_only=True)
class JatsFacts:
    """The front of a document: its ids, each empty where it names none.

    ``pmcid`` is like "PMC1234567". ``licence`` is the address of the licence, the first words of
    its text where it has no address, empty where it states none. ``has_body`` is false where
    nothing but the front was given.
    """

    pmid: str = ""
    doi: str = ""
    pmcid: str = ""
    licence: str = ""
    has_body: bool = False


class NotJatsError(Exception):
    """The bytes are no whole JATS document; says what they are instead."""


def read_jats(content: bytes) -> JatsFacts:
    """What the document says of itself. Raises NotJatsError where it is cut off or another thing.

    Entities are never expanded and nothing is fetched.
    """
    try:
        root = fromstring(content)
    except ParseError as failure:
        raise NotJatsError(
            f"is cut off or damaged in line {failure.position[0]} "
            f"({str(failure).partition(':')[0]})"
        ) from None
    except (DefusedXmlException, LookupError, ValueError) as failure:
        # The latter two where it names an encoding that is not known, or cannot be used.
        raise NotJatsError(f"cannot be read as XML ({type(failure).__name__})") from None
    meta = root.find("front/article-meta")
    if root.tag != "article" or meta is None:
        raise NotJatsError(f"is no JATS document: it begins with <{root.tag}>")
    body = root.find("body")
    return JatsFacts(
        pmid=find_pmid(_ids(meta, "pmid")),
        doi=find_doi(_ids(meta, "doi")),
        pmcid=_pmcid(meta),
        licence=_licence(meta),
        has_body=bool(element_text(body).strip()),
    )


def _ids(meta: Element, *kinds: str) -> list[str]:
    """Of the document itself; those of cited ones stand elsewhere."""
    return [
        element_text(found).strip()
        for found in meta.findall("article-id")
        if found.get("pub-id-type") in kinds
    ]


def _pmcid(meta: Element) -> str:
    # Older documents have bare digits under "pmc", newer ones "PMC" before them under "pmcid".
    digits = [name.upper().removeprefix("PMC") for name in _ids(meta, "pmcid", "pmc")]
    return next((f"PMC{number}" for number in digits if number.isdigit()), "")


def _licence(meta: Element) -> str:
    for licence in meta.findall("permissions/license"):
        address = licence.get(_HREF) or element_text(licence.find(f".//{_LICENCE_REF}")).strip()
        if not address:
            links = (link.get(_HREF, "") for link in licence.iter("ext-link"))
            address = next((link for link in links if link), "")
        words = address.split() or element_text(licence).split()[:_LICENCE_WORDS]
        if words:
            return " ".join(words)
    return ""
