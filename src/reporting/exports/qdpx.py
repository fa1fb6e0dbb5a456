"""Reports and annotations as a REFI-QDA project (``.qdpx``), for NVivo, ATLAS.ti and QualCoder."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from xml.etree import ElementTree as ET

from reporting.exports.codes import ORIGIN, code_guid, codes_element, xml_bytes
from reporting.exports.names import guid
from reporting.exports.plain_text import PlainText, plain_text
from reporting.exports.said import Said
from reporting.text import printable, short_citation
from review.annotations import Annotation, AnnotationVerdict
from review.records import Report

PROJECT = "project.qde"
SOURCES = "sources"
NAMESPACE = "urn:QDA-XML:project:1.0"
# A zip has no zone and begins in 1980; the same project is the same bytes.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_SETTLED = " (consensus)"
_NAME = 60
# What no file may be called: programs name a copy of the text after its source.
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\s]+')
_LONGEST_FILE_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Project:
    """What came into a project.

    ``gone`` annotations stand on words that title and abstract do not have today, ``rejected``
    ones say that a theme does not apply, for which REFI-QDA has no word: both are left out. The
    positions of codings in the reports ``beyond_bmp`` shift in programs that count UTF-16 units.
    """

    sources: int
    codings: int
    rejected: int
    gone: int
    beyond_bmp: tuple[int, ...]


def write_qdpx(out: IO[bytes], said: Said, now: datetime) -> Project:
    """Write the reports that people annotated or included, and every coding of each person.

    One text a report, as UTF-8 with line feeds and in NFC; positions count its code points.
    """
    kept = [w for w in said.passages if w[0].verdict is not AnnotationVerdict.REJECT]
    wanted = sorted({word.report_id for word, _ in said.passages} | said.included)
    root = ET.Element(
        "Project",
        {
            "xmlns": NAMESPACE,
            "name": printable(said.protocol.title),
            "origin": ORIGIN,
            "creationDateTime": _moment(now),
        },
    )
    _append_users(root, said, kept)
    themes = frozenset(word.theme for word, _ in kept)
    book = ET.SubElement(root, "CodeBook")
    book.append(codes_element(said.protocol, said.codebook, themes))
    sources = ET.SubElement(root, "Sources") if wanted else root
    by_report: dict[int, list[tuple[Annotation, bool]]] = defaultdict(list)
    for word, is_settled in kept:
        by_report[word.report_id].append((word, is_settled))
    codings, beyond = 0, []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # Programs look into it before they know whether there is a source.
        archive.writestr(_info(f"{SOURCES}/"), b"")
        for report_id in wanted:
            report = said.reports[report_id]
            text = plain_text(report.text)
            source = _source(sources, said, report, now)
            archive.writestr(_member(source.get("guid", "")), text.plain.encode())
            placed = _append_codings(source, said, text, by_report[report_id])
            codings += placed
            if placed and text.is_beyond_bmp:
                beyond.append(report_id)
        archive.writestr(_info(PROJECT), xml_bytes(root))
    return Project(
        sources=len(wanted),
        codings=codings,
        rejected=len(said.passages) - len(kept),
        gone=len(kept) - codings,
        beyond_bmp=tuple(beyond),
    )


def _append_users(root: ET.Element, said: Said, kept: list[tuple[Annotation, bool]]) -> None:
    names = sorted({_user(word, is_settled) for word, is_settled in kept})
    if names:
        users = ET.SubElement(root, "Users")
        for name in names:
            fields = {"guid": guid(said.protocol, "user", name), "name": printable(name)}
            ET.SubElement(users, "User", fields)


def _user(word: Annotation, is_settled: bool) -> str:
    return word.reviewer + (_SETTLED if is_settled else "")


def _source(sources: ET.Element, said: Said, report: Report, now: datetime) -> ET.Element:
    source_id = guid(said.protocol, "text", report.report_id, report.text_hash)
    # Some programs refuse two sources of one name.
    name = f"{report.report_id} {printable(short_citation(report))}"
    fields = {
        "guid": source_id,
        "name": _NOT_IN_FILE_NAMES.sub(" ", name)[:_LONGEST_FILE_NAME].strip(),
        "plainTextPath": f"internal://{source_id}.txt",
        "creationDateTime": _moment(now),
    }
    return ET.SubElement(sources, "TextSource", fields)


def _append_codings(
    source: ET.Element, said: Said, text: PlainText, words: list[tuple[Annotation, bool]]
) -> int:
    """A selection for each place and person with a coding for each word; how many have a place.

    Programs may take the codings of a selection for those of whoever made the selection.
    """
    placed: dict[tuple[int, int, str], list[tuple[Annotation, bool]]] = defaultdict(list)
    for word, is_settled in words:
        if place := text.place(word.quote):
            placed[*place, _user(word, is_settled)].append((word, is_settled))
    for (start, end, user), there in sorted(placed.items()):
        made_in = (source.get("guid", ""), start, end, user)
        selection = ET.SubElement(
            source,
            "PlainTextSelection",
            {
                "guid": guid(said.protocol, "selection", *made_in),
                "name": " ".join(text.plain[start:end].split())[:_NAME],
                "startPosition": str(start),
                "endPosition": str(end),
                **_said_by(said, *there[0]),
            },
        )
        for word, is_settled in there:
            kind = "consensus" if is_settled else "annotation"
            coding = ET.SubElement(
                selection,
                "Coding",
                {
                    "guid": guid(said.protocol, kind, word.annotation_id),
                    **_said_by(said, word, is_settled),
                },
            )
            target = code_guid(said.protocol, word.theme, word.direction)
            ET.SubElement(coding, "CodeRef", {"targetGUID": target})
    return sum(len(there) for there in placed.values())


def _said_by(said: Said, word: Annotation, is_settled: bool) -> dict[str, str]:
    return {
        "creatingUser": guid(said.protocol, "user", _user(word, is_settled)),
        "creationDateTime": _moment(word.annotated_at),
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _member(source_id: str) -> zipfile.ZipInfo:
    return _info(f"{SOURCES}/{source_id}.txt")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
