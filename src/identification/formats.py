"""The formats of exported files, told by what is inside and never by the extension."""

from __future__ import annotations

import re
from enum import StrEnum

from review.errors import UnreadableFileError


class FileFormat(StrEnum):
    """A format whose records can be read."""

    RIS = "ris"
    MEDLINE = "medline"
    PUBMED_XML = "pubmed-xml"
    ENDNOTE_XML = "endnote-xml"
    BIBTEX = "bibtex"
    WOS = "web-of-science"
    REFER = "refer"
    OVID = "ovid"
    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"
    ZIP = "zip"


_REMEDY = "export the records as RIS, PubMed/MEDLINE text, CSV or XLSX"
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PK\x05\x06", "a zip archive without files"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"{\\rtf", "a Rich Text document"),
)
ZIP_SIGNATURE = b"PK\x03\x04"

# What may stand before the first element of an XML file.
_PROLOGUE = r"\A\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*?(?:\[.*?\]\s*)?>\s*){0,20}"
_XML = (
    (
        re.compile(_PROLOGUE + r"<Pubmed(?:Book)?Article(?:Set)?[\s/>]", re.DOTALL),
        FileFormat.PUBMED_XML,
    ),
    (
        re.compile(_PROLOGUE + r"(?:<xml>\s*)?(?:<!--.*?-->\s*)?<records[\s/>]", re.DOTALL),
        FileFormat.ENDNOTE_XML,
    ),
)
_TAGGED = (
    (
        re.compile(
            r"^(?:FN (?:Clarivate|Thomson|ISI)|VR 1\.0[ \t]*$|PT [JBSPC][ \t]*$)", re.MULTILINE
        ),
        FileFormat.WOS,
    ),
    (re.compile(r"^%[0AT] \S", re.MULTILINE), FileFormat.REFER),
    (re.compile(r"\A\s*<\d+>[ \t]*$", re.MULTILINE), FileFormat.OVID),
)
# Scopus and JabRef write lines of their own above the first entry.
_BIBTEX = re.compile(
    r"\A(?:\s*%[^\n]*\n)*\s*@\w+\s*[{(]"
    r"|^[ \t]*@(?:article|book|in(?:book|collection|proceedings)|conference|misc|online|report"
    r"|(?:phd|masters)?thesis|techreport|unpublished|comment|string|preamble)[ \t]*[{(]",
    re.MULTILINE | re.IGNORECASE,
)

# A table may quote such lines in a cell, so these are sought at the beginning only.
_HEAD = 2000
_RIS = re.compile(r"^[^\S\n]*(?:\d+\.[^\S\n]*)?TY[^\S\n]*-", re.MULTILINE)
_MEDLINE = re.compile(r"^(?:PMID\s?-\s?\d|OWN -)", re.MULTILINE)
_MEDLINE_OWNER = re.compile(r"^OWN - ", re.MULTILINE)
_OTHERS = (
    # pattern on the text, what it is, where RIS is found instead
    (
        re.compile(r"^VN  - Ovid", re.MULTILINE),
        "Ovid's text with two-letter fields",
        "in Ovid choose Export > Format: RIS",
    ),
    (
        re.compile(r"^RT (?:Journal|Book|Generic|Dissertation|Conference)", re.MULTILINE),
        "a RefWorks tagged file",
        "in RefWorks choose Share > Export > RIS",
    ),
    (re.compile(r"\A\s*(?:<!doctype html|<html)", re.IGNORECASE), "a web page", _REMEDY),
    (re.compile(r"\A\s*<\?xml|\A\s*<\w+[\s>]"), "an XML file of another kind", _REMEDY),
    (re.compile(r"\A\s*(?:\{|\[\s*[{\]])"), "a JSON file", _REMEDY),
)


def refuse_binary(data: bytes, name: str) -> None:
    """Raise UnreadableFileError where the first bytes belong to a known kind of other file."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableFileError(f"{name}: this is {kind}; {_REMEDY}")


def recognise_text(text: str, name: str) -> FileFormat | None:
    """The format a text is written in; None where it can only be a table.

    Raises UnreadableFileError where it is a format this program does not read, or two at once.
    """
    for pattern, file_format in _XML:
        if pattern.match(text[:_HEAD]):
            return file_format
    is_ris = _RIS.search(text) is not None
    if is_ris and _MEDLINE_OWNER.search(text):
        raise UnreadableFileError(
            f"{name}: RIS and PubMed/MEDLINE records in one file; split it into one file of each"
        )
    if is_ris:
        return FileFormat.RIS
    if _MEDLINE.search(text):
        return FileFormat.MEDLINE
    if _BIBTEX.search(text[:_HEAD]):
        return FileFormat.BIBTEX
    for pattern, file_format in _TAGGED:
        if pattern.search(text[:_HEAD]):
            return file_format
    for pattern, kind, remedy in _OTHERS:
        if pattern.search(text[:_HEAD]):
            raise UnreadableFileError(f"{name}: this is {kind}, which cannot be read; {remedy}")
    return None
