"""PubMed through NCBI's E-utilities: ids by esearch, records by efetch.

https://www.ncbi.nlm.nih.gov/books/NBK25499/. Windows are put on the day a citation was added
(``crdt``): the entry date (``edat``) of a citation added more than a year after its publication
is set back to the publication, and a weekly search by it would never see the citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from identification.pubmed_xml import parse_pubmed_articles
from identification.sources.answers import (
    find_record,
    read_json,
    refuse_status,
    require,
    show_body,
    texts,
)
from identification.sources.base import (
    Answer,
    AnswerError,
    Change,
    FoundRecord,
    Page,
    QuestionError,
    Request,
    Walk,
    Window,
)
from review.errors import UnreadableFileError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DATES = {Change.NEW: "crdt", Change.CHANGED: "mdat"}
# An empty set may come as a single tag.
_WHOLE_SET = re.compile(rb"(?:</PubmedArticleSet>|<PubmedArticleSet\s*/>)\s*$")
# Longer questions are refused as an address (414) and go into a form.
_LONGEST_GET = 1000
_KNOWN_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class _Search:
    """One esearch. ``whole`` where it is no part of another that had to be split."""

    term: str
    window: Window | None = None
    dated: str = ""
    whole: bool = True


class PubMed:
    """Searches PubMed. ``tool`` and ``email`` are what NCBI asks of every program."""

    name = "pubmed"
    title = "PubMed"
    tells_changes = True
    # Three questions a second without a key, ten with one; at exactly that pace some are refused.
    SPACING = 0.37
    SPACING_WITH_KEY = 0.11
    # esearch reaches no further than this into what it found.
    MOST_IDS = 9999
    SPLIT_ABOVE = 9000
    BATCH = 200

    def __init__(
        self,
        *,
        address: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        api_key: str = "",
        email: str = "",
        tool: str = "living-review",
    ) -> None:
        self.address = address.rstrip("/")
        given = {"tool": tool, "email": email, "api_key": api_key}
        self._credentials = {name: value for name, value in given.items() if value}

    @property
    def spacing(self) -> float:
        return self.SPACING_WITH_KEY if "api_key" in self._credentials else self.SPACING

    def walk(self, query: str, window: Window, change: Change) -> Walk:
        """All records of the query that were added, or changed, within the window."""
        return _PubMedWalk(self, [_Search(term=query, window=window, dated=_DATES[change])])

    def find_known(self, query: str, ids: tuple[str, ...]) -> Walk:
        """Those of the records with these PMIDs that the query finds, without a window."""
        batches = [ids[n : n + _KNOWN_AT_ONCE] for n in range(0, len(ids), _KNOWN_AT_ONCE)]
        terms = [" OR ".join(f"{pmid}[uid]" for pmid in batch) for batch in batches]
        return _PubMedWalk(self, [_Search(term=f"({query}) AND ({term})") for term in terms])

    def ask(self, verb: str, **params: str) -> Request:
        """A question to one of the utilities."""
        whole = {"db": "pubmed", **params, **self._credentials}
        long = len(urlencode(whole)) > _LONGEST_GET
        return Request(address=f"{self.address}/{verb}.fcgi", params=whole, post=long)


class _PubMedWalk:
    """First all ids, window by window, then their records in batches."""

    def __init__(self, source: PubMed, searches: Sequence[_Search]) -> None:
        self._source = source
        self._searches = list(searches)
        self._whole: int | None = None if searches else 0
        self._ids: dict[str, None] = {}
        self._batches: list[list[str]] | None = None
        self._missing: list[str] = []
        self._second_time = False
        self._given: set[str] = set()
        self._warned: set[str] = set()

    @property
    def expected(self) -> int | None:
        """The count of the whole window; parts that add up to less have lost something.

        A record that came under another PMID than it was asked for, since PubMed merged two, is
        one more: the PMID asked for is refused.
        """
        if self._whole is None:
            return None
        return max(self._whole, len(self._ids)) + len(self._given - self._ids.keys())

    def next_request(self) -> Request | None:
        if self._searches:
            return self._ask_ids(self._searches[0])
        if batch := self._batch():
            return self._source.ask("efetch", id=",".join(batch), retmode="xml")
        return None

    def take(self, answer: Answer) -> Page:
        refuse_status(answer, self._source.title)
        if self._searches:
            return self._take_ids(answer)
        if batch := self._batch():
            return self._take_records(answer, batch)
        raise ValueError("the walk is at its end")

    def _ask_ids(self, search: _Search) -> Request:
        days = {}
        if search.window:
            days = {
                "datetype": search.dated,
                "mindate": f"{search.window.since:%Y/%m/%d}",
                "maxdate": f"{search.window.until:%Y/%m/%d}",
            }
        most = str(self._source.MOST_IDS)
        return self._source.ask(
            "esearch", term=search.term, retmode="json", retstart="0", retmax=most, **days
        )

    def _take_ids(self, answer: Answer) -> Page:
        search = self._searches[0]
        result = _read_search(answer)
        stated = require(result, "count", str, "PubMed")
        if not stated.isdecimal():
            raise AnswerError(f"PubMed counts {stated!r} records")
        count = int(stated)
        ids = texts(require(result, "idlist", list, "PubMed"))
        parts = _split(search, count, self._source)
        if not parts and len(ids) != count:
            raise AnswerError(f"PubMed found {count} records but named {len(ids)}")
        if search.whole:
            self._whole = (self._whole or 0) + count
        self._searches[:1] = parts
        if not parts:
            self._ids |= dict.fromkeys(ids)
        new = [warning for warning in _warnings(result) if warning not in self._warned]
        self._warned.update(new)
        return Page(misread=tuple(new), understood=str(result.get("querytranslation") or ""))

    def _batch(self) -> list[str]:
        if self._batches is None:
            self._batches = _cut(list(self._ids), self._source.BATCH)
        if not self._batches and self._missing and not self._second_time:
            self._second_time = True
            self._batches, self._missing = _cut(self._missing, self._source.BATCH), []
        return self._batches[0] if self._batches else []

    def _take_records(self, answer: Answer, batch: list[str]) -> Page:
        read = list(_read_records(answer))
        assert self._batches is not None
        self._batches.pop(0)
        absent = [pmid for pmid in batch if pmid not in {pmid for pmid, _ in read}]
        refused = [found for _, found in read if isinstance(found, str)]
        if self._second_time:
            refused += [f"pubmed {pmid}: found but not delivered, twice" for pmid in absent]
        else:
            self._missing += absent
        found = [f for pmid, f in read if isinstance(f, FoundRecord) and pmid not in self._given]
        self._given.update(pmid for pmid, _ in read)
        return Page(records=tuple(found), refused=tuple(refused))


def _read_search(answer: Answer) -> dict[str, Any]:
    data = read_json(answer, "PubMed")
    result = data.get("esearchresult")
    problem = data.get("error") or data.get("ERROR")
    if isinstance(result, dict):
        problem = problem or result.get("ERROR") or result.get("error")
    if problem or not isinstance(result, dict):
        raise AnswerError(f"PubMed reports a fault: {problem or show_body(answer)}")
    return result


def _split(search: _Search, count: int, source: PubMed) -> list[_Search]:
    """The halves of a search that finds more than can be fetched; nothing where it need not be."""
    window = search.window
    if count <= source.SPLIT_ABOVE or (
        window and window.since == window.until and count <= source.MOST_IDS
    ):
        return []
    if window is None or window.since >= window.until:
        where = f"on the single day {window.since}" if window else "without a window"
        raise QuestionError(
            f"PubMed finds {count} records {where} and gives out {source.MOST_IDS} at most; "
            "narrow the search or split it into two"
        )
    middle = window.since + (window.until - window.since) // 2
    halves = ((window.since, middle), (middle + timedelta(days=1), window.until))
    return [
        _Search(
            term=search.term,
            window=Window(since=since, until=until),
            dated=search.dated,
            whole=False,
        )
        for since, until in halves
    ]


def _warnings(result: dict[str, Any]) -> list[str]:
    """What PubMed left out of the query: it then finds more or less than was meant."""
    # Either may be missing, or an empty list.
    lists = (result.get("errorlist"), result.get("warninglist"))
    errors, warnings = (found if isinstance(found, dict) else {} for found in lists)
    told = [
        *(f"PubMed knows no field {name!r}" for name in texts(errors.get("fieldsnotfound"))),
        *(f"PubMed finds nothing for {name!r}" for name in texts(errors.get("phrasesnotfound"))),
        *(f"PubMed ignores {name!r}" for name in texts(warnings.get("phrasesignored"))),
        *(
            f"PubMed does not know the phrase {name!r}"
            for name in texts(warnings.get("quotedphrasesnotfound"))
        ),
        *(f"PubMed says: {text}" for text in texts(warnings.get("outputmessages"))),
    ]
    return [text for text in told if "No items found" not in text]


def _read_records(answer: Answer) -> Iterator[tuple[str, FoundRecord | str]]:
    """Each record of a set with its PMID, or the sentence why it is none."""
    if b"<PubmedArticleSet" not in answer.body:
        raise AnswerError(f"PubMed sent no set of records: {show_body(answer)}")
    if not _WHOLE_SET.search(answer.body):
        raise AnswerError("PubMed sent a set of records that was cut off")
    try:
        # Files come in any encoding, NCBI's answers in this one.
        answer.body.decode("utf-8")
        for entry, element in parse_pubmed_articles(answer.body):
            found = find_record(
                entry.fields,
                "pubmed",
                entry.source_id,
                entered_on=_entered_on(element),
                notices=entry.notices,
            )
            yield entry.source_id, entry.problem or found
    except (UnreadableFileError, UnicodeDecodeError) as damaged:
        raise AnswerError(f"PubMed sent a damaged set of records: {damaged}") from None


def _entered_on(element: Element) -> date | None:
    """The day the citation was added: the status is called "entrez" in the XML."""
    for status in element.iter("PubMedPubDate"):
        if status.get("PubStatus") == "entrez":
            parts = [status.findtext(name) or "" for name in ("Year", "Month", "Day")]
            try:
                return date(*(int(part) for part in parts))
            except ValueError:
                return None
    return None


def _cut(ids: list[str], size: int) -> list[list[str]]:
    return [ids[n : n + size] for n in range(0, len(ids), size)]
