"""Real exports and answers, repeated to a few megabytes a format, for `benchmarks.parsing`.

Third-party data lies beside the checkout and is never part of it. Where the recorded answers of a
source hold no abstracts, real abstracts of the screening sets are put into them.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import fromstring

from identification.sources.base import Answer, Change, Walk, Window
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed

SHARED = Path(__file__).resolve().parents[3] / "shared/data"
FIXTURES = SHARED / "fixtures"
ABSENT = f"skipped: the recorded exports and answers are not at {FIXTURES}"
_SIZE = 3_000_000
_WORKS = 1000
_WEEK = Window(since=date(2026, 1, 1), until=date(2026, 1, 7))
# DTDs of long ago, and elements that Bio.Entrez cannot read: pubmed_xml/*.xml otherwise.
_ARTICLES = "metapub__pmid_*.xml"


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The bytes of one format, how many records they hold, and the source whose answer they are.

    ``walk`` begins a search that takes them next; None for a file.
    """

    name: str
    title: str
    data: bytes
    count: int
    walk: Callable[[], Walk] | None = None


def make_corpora() -> list[Corpus]:
    """One corpus a format; none where the recorded data is absent."""
    if not FIXTURES.is_dir():
        return []
    return [
        *_pubmed(),
        _medline(),
        _ris(),
        _bibtex(),
        _csv(),
        _openalex(),
        _crossref(),
        _europepmc(),
    ]


def _repeated(text: str) -> tuple[str, int]:
    """The text until it is large enough, and how often it stands there."""
    times = -(-_SIZE // len(text.encode()))
    return text * times, times


def _pubmed() -> Iterator[Corpus]:
    parts = []
    for file in sorted((FIXTURES / "pubmed_xml").glob(_ARTICLES)):
        text = file.read_text("utf-8")
        start, end = text.find("<PubmedArticle>"), text.rfind("</PubmedArticle>")
        if start >= 0:
            parts.append(text[start : end + len("</PubmedArticle>")] + "\n")
    head = text[: text.find("<PubmedArticleSet")] + "<PubmedArticleSet>\n"
    body, _ = _repeated("".join(parts))
    whole = f"{head}{body}</PubmedArticleSet>\n"
    count = len(fromstring(whole, forbid_dtd=False).findall("PubmedArticle"))
    for name, title, walk in (
        ("articles.xml", "PubMed XML, a file", None),
        ("efetch.xml", "PubMed XML, an answer of efetch", _begin_pubmed),
    ):
        yield Corpus(name=name, title=title, data=whole.encode(), count=count, walk=walk)


def _begin_pubmed() -> Walk:
    walk = PubMed().walk("peer", _WEEK, Change.NEW)
    found = {"esearchresult": {"count": "1", "idlist": ["1"]}}
    walk.take(Answer(status=200, headers={}, body=json.dumps(found).encode()))
    return walk


def _medline() -> Corpus:
    text = (FIXTURES / "nbib/nbib__pubmed-balloongui-set.nbib").read_text("utf-8")
    body, times = _repeated(text.strip("\n").replace("\r\n", "\n") + "\n\n")
    count = sum(line.startswith("PMID-") for line in text.splitlines()) * times
    return Corpus(name="articles.nbib", title="MEDLINE", data=body.encode(), count=count)


def _ris() -> Corpus:
    files = ("asreview__baseline_zotero", "citation-file-formatting___baseline_scopus")
    texts = [(FIXTURES / f"ris/{name}.ris").read_text("utf-8-sig").strip() for name in files]
    body, times = _repeated("\n\n".join(texts) + "\n\n")
    count = sum(line.startswith("TY  -") for text in texts for line in text.splitlines()) * times
    return Corpus(
        name="articles.ris", title="RIS (Zotero, Scopus)", data=body.encode(), count=count
    )


def _bibtex() -> Corpus:
    text = (FIXTURES / "bib/colrev__records.bib").read_text("utf-8").strip() + "\n\n"
    times = max(1, _SIZE // 3 // len(text))
    # Keys that repeat would be told as such.
    body = "".join(re.sub(r"(?m)^@(\w+)\{", rf"@\1{{n{n}", text) for n in range(times))
    count = sum(line.startswith("@") for line in text.splitlines()) * times
    return Corpus(name="articles.bib", title="BibTeX", data=body.encode(), count=count)


def _csv() -> Corpus:
    path = FIXTURES / "csv/citation-file-formatting___baseline_scopus.csv"
    head, _, rows = path.read_text("utf-8-sig").partition("\n")
    body, times = _repeated(rows.rstrip("\n") + "\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        count = (sum(1 for _ in csv.reader(file)) - 1) * times
    return Corpus(
        name="articles.csv", title="CSV (Scopus)", data=f"{head}\n{body}".encode(), count=count
    )


def _abstracts() -> Iterator[str]:
    with (SHARED / "screening/Wallace_COPD.csv").open(encoding="utf-8", newline="") as file:
        yield from cycle([row["abstract"] for row in csv.DictReader(file) if row["abstract"]])


def _openalex() -> Corpus:
    answers = _recorded("http_recorded", "api.openalex.org/works/")
    work = next(answer for answer in answers if "id" in answer)
    works = []
    for number, abstract in enumerate(islice(_abstracts(), _WORKS)):
        places: dict[str, list[int]] = {}
        for place, word in enumerate(abstract.split()):
            places.setdefault(word, []).append(place)
        works.append({**work, "id": f"{work['id']}{number}", "abstract_inverted_index": places})
    body = {"meta": {"count": len(works), "next_cursor": None}, "results": works}
    return Corpus(
        name="openalex.json",
        title="OpenAlex (one recorded work, other abstracts)",
        data=json.dumps(body).encode(),
        count=len(works),
        walk=lambda: OpenAlex().walk("peer", _WEEK, Change.NEW),
    )


def _crossref() -> Corpus:
    recorded = {}
    for answer in _recorded("crossref_http", "api.crossref.org/works"):
        message = answer.get("message")
        if isinstance(message, dict):
            found = message.get("items", [message])
            recorded |= {work["DOI"]: work for work in found if "DOI" in work}
    works = [
        {**work, "DOI": f"{work['DOI']}.{number}"}
        for number, work in enumerate(islice(cycle(recorded.values()), _WORKS))
    ]
    message = {"total-results": len(works), "next-cursor": "x", "items": works}
    return Corpus(
        name="crossref.json",
        title="Crossref",
        data=json.dumps({"status": "ok", "message": message}).encode(),
        count=len(works),
        walk=lambda: Crossref(rows=_WORKS).walk("peer", _WEEK, Change.NEW),
    )


def _europepmc() -> Corpus:
    recorded: list[dict[str, Any]] = []
    for file in sorted((FIXTURES / "europepmc_json").glob("*cancer*.json")):
        recorded += json.loads(file.read_bytes())["resultList"]["result"]
    results = [
        {**result, "id": f"{result['id']}{number}", "abstractText": abstract}
        for number, (result, abstract) in enumerate(
            zip(islice(cycle(recorded), _WORKS), _abstracts(), strict=False)
        )
    ]
    body = {"hitCount": len(results), "nextCursorMark": "", "resultList": {"result": results}}
    return Corpus(
        name="europepmc.json",
        title="Europe PMC (recorded results, other abstracts)",
        data=json.dumps(body).encode(),
        count=len(results),
        walk=lambda: EuropePmc(page_size=_WORKS).walk("peer", _WEEK, Change.NEW),
    )


def _recorded(folder: str, address: str) -> Iterator[dict[str, Any]]:
    for file in sorted((FIXTURES / folder).glob("*.json")):
        for exchange in json.loads(file.read_bytes()):
            body = exchange["body"]
            if address in exchange["uri"] and isinstance(body, str) and body.startswith("{"):
                yield json.loads(body)
