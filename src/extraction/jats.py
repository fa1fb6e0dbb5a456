"""The paragraphs of a full text in JATS, under their headings.

Journal Article Tag Suite, ANSI/NISO Z39.96: https://jats.nlm.nih.gov/archiving/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from extraction.fulltext import Block
from extraction.sections import SectionKind, is_aside, kind_of_section
from review.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NO_TEXT = frozenset(
    (
        *("title", "label", "caption", "object-id", "permissions", "processing-meta", "notes"),
        *("table-wrap", "table-wrap-group", "table", "fig", "fig-group", "fn", "fn-group", "code"),
        *("disp-formula", "disp-formula-group", "inline-formula", "tex-math", "math", "media"),
        *("graphic", "inline-graphic", "alternatives", "supplementary-material", "glossary"),
        *("ref-list", "ref", "ack", "app", "app-group", "bio", "sig-block"),
    )
)
_PARAGRAPHS = frozenset(
    (
        *("sec", "boxed-text", "statement", "p", "list", "list-item", "def-list", "def-item"),
        *("def", "disp-quote", "disp-quote-group", "attrib", "speech", "verse-group", "verse-line"),
    )
)
_QUOTATIONS = ("disp-quote", "verse-group", "speech")
# What the tag suite's vocabulary of section types says where the heading does not.
_TYPES = {
    "intro": "introduction",
    "background": "background",
    "methods": "methods",
    "materials": "methods",
    "subjects": "methods",
    "results": "results",
    "findings": "results",
    "discussion": "discussion",
    "conclusions": "conclusions",
    "conclusion": "conclusions",
}
_CALL = re.compile(r"[\s\d,;*†‡§¶a-z()\[\]–-]{0,30}")
_EMPTIED = re.compile(r"\s*[\[(][\s,;–-]*[\])]")
_STRAY_BLANK = re.compile(r"\s+(?=[.,](?:\s|$))")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_jats(content: bytes) -> list[Block]:
    """The paragraphs of the body; its abstract is known from the record.

    Calls of references by number are left out, names and years stay. Entities are never expanded
    and nothing is fetched. Raises InputError where it is damaged or another thing.
    """
    try:
        root = fromstring(content)
    except ParseError as failure:
        raise InputError(
            f"the full text is damaged in line {failure.position[0]} "
            f"({str(failure).partition(':')[0]}); fetch or save it again, as JATS or PDF"
        ) from None
    except (DefusedXmlException, LookupError, ValueError) as failure:
        raise InputError(
            f"the full text cannot be read as XML ({type(failure).__name__}); save it again, as "
            "JATS or PDF"
        ) from None
    body = root.find("body")
    if root.tag != "article" or body is None:
        raise InputError(
            f"the full text is neither a PDF nor JATS with a body (it begins with <{root.tag}>); "
            "save it as one of them"
        )
    return list(_blocks(body, (), is_quotation=False))


def _blocks(parent: Element, headings: tuple[str, ...], *, is_quotation: bool) -> Iterator[Block]:
    """The paragraphs of an element in order; text between its children is one, too."""
    words = [parent.text or ""]
    for child in parent:
        if child.tag in _PARAGRAPHS:
            yield _block(words, headings, is_quotation)
            words = []
            quoted = is_quotation or child.tag in _QUOTATIONS
            below = _under(child, headings) if child.tag in ("sec", "boxed-text") else headings
            if below is not None and child.tag in _QUOTATIONS:
                yield _quotation(child, headings)
            elif below is not None:
                yield from _blocks(child, below, is_quotation=quoted)
        else:
            words.append(_inline(child))
        words.append(child.tail or "")
    yield _block(words, headings, is_quotation)


def _quotation(element: Element, headings: tuple[str, ...]) -> Block:
    """Somebody's words in one, with whose they are."""
    pieces = [block.words for block in _blocks_of(element, headings)]
    return Block(words=" ".join(pieces), headings=headings, is_quotation=True)


def _blocks_of(element: Element, headings: tuple[str, ...]) -> Iterator[Block]:
    return (b for b in _blocks(element, headings, is_quotation=True) if b.words.strip())


def _block(words: list[str], headings: tuple[str, ...], is_quotation: bool) -> Block:
    text = _STRAY_BLANK.sub("", _EMPTIED.sub("", _CONTROL.sub(" ", "".join(words))))
    return Block(words=text, headings=headings, is_quotation=is_quotation)


def _under(section: Element, headings: tuple[str, ...]) -> tuple[str, ...] | None:
    """The headings inside a section; None where it reports nothing."""
    title = section.find("title")
    heading = "" if title is None else " ".join(_words(title).split())
    if is_aside(heading):
        return None
    below = (*headings, heading) if heading else headings
    named = (_TYPES.get(kind) for kind in section.get("sec-type", "").lower().split("|"))
    name = next(filter(None, named), None)
    telling = kind_of_section(heading) is not SectionKind.OTHER
    return (name, *below) if name and not headings and not telling else below


def _inline(element: Element) -> str:
    """The words of an element within a line."""
    if element.tag == "break":
        return " "
    if element.tag in _NO_TEXT:
        return ""
    words = _words(element)
    calls = element.tag == "sup" or element.get("ref-type") in ("bibr", "fn", "table-fn")
    return "" if calls and _CALL.fullmatch(words) and _calls_something(element) else words


def _words(element: Element) -> str:
    return (element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element)


def _calls_something(element: Element) -> bool:
    """Whether a raised number or a link calls a reference or a note, and is no power."""
    return element.tag == "xref" or element.find("xref") is not None
