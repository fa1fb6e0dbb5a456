"""Annotations as W3C Web Annotation JSON-LD (Web Annotation Data Model, 2017)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from reporting.exports.names import guid, iri
from reporting.exports.said import Said
from reporting.text import doi_address
from review.annotations import Annotation, AnnotationVerdict
from review.records import Report

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
# Terms of this program's own, for what the vocabulary has no word for.
TERMS = "urn:living-review:terms:"
PREFIX = "review"


def write_web_annotations(out: TextIO, said: Said) -> None:
    """Write a collection with every word on a passage in it, one a line.

    The body names the theme and the direction; the selectors anchor it in title, line break and
    abstract, counted in code points. Who says that a theme does not apply is ``assessing`` it, not
    ``classifying`` with it.
    """
    head = {
        "@context": [CONTEXT, {PREFIX: TERMS}],
        "id": iri(said.protocol, "annotations"),
        "type": "AnnotationCollection",
        "label": said.protocol.title,
        "total": len(said.passages),
    }
    page = {
        "id": iri(said.protocol, "annotations", "page"),
        "type": "AnnotationPage",
        "startIndex": 0,
    }
    out.write(f'{_inside(head)}, "first": {_inside(page)}, "items": [\n')
    for number, item in enumerate(_items(said)):
        out.write((",\n" if number else "") + json.dumps(item, ensure_ascii=False))
    out.write("\n]}}\n")


def _inside(item: dict[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False).removesuffix("}")


def _items(said: Said) -> Iterator[dict[str, Any]]:
    for word, is_settled in said.passages:
        motivation = "assessing" if word.verdict is AnnotationVerdict.REJECT else "classifying"
        yield {
            "id": f"urn:uuid:{guid(said.protocol, 'annotation', word.annotation_id)}",
            "type": "Annotation",
            "motivation": motivation,
            "creator": {"type": "Person", "nickname": word.reviewer},
            "created": word.annotated_at.isoformat(),
            "body": [
                _body(iri(said.protocol, "theme", word.theme), motivation),
                _body(iri(said.protocol, "direction", word.direction.value), motivation),
            ],
            "target": _target(said, said.reports[word.report_id], word),
            f"{PREFIX}:answer": word.verdict.value,
            f"{PREFIX}:settled": is_settled,
            f"{PREFIX}:textHash": word.text_hash,
            f"{PREFIX}:sawSuggestion": word.saw_suggestion,
            f"{PREFIX}:codebookVersion": word.codebook_version,
            f"{PREFIX}:lane": word.lane,
        }


def _body(source: str, purpose: str) -> dict[str, str]:
    return {"type": "SpecificResource", "source": source, "purpose": purpose}


def _target(said: Said, report: Report, word: Annotation) -> dict[str, Any]:
    source: dict[str, Any] = {
        "id": iri(said.protocol, "report", report.report_id),
        "type": "Text",
        "format": "text/plain",
    }
    if address := doi_address(report.doi):
        source["via"] = address
    quote = word.quote
    return {
        "source": source,
        "selector": [
            {
                "type": "TextQuoteSelector",
                "exact": quote.exact,
                "prefix": quote.prefix,
                "suffix": quote.suffix,
            },
            {"type": "TextPositionSelector", "start": quote.start, "end": quote.end},
        ],
    }
