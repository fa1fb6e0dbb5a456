"""OpenAlex: works by a filter, paged by cursor, paid from a daily allowance.

https://developers.openalex.org. The protocol's query is a filter ("title_and_abstract.search:…");
plain words are sent as ``search``, which costs ten times as much. Days of entry and change may be
asked for with a key whose plan allows it; otherwise the same query is asked for everything
published in the last two years, each time, and what is new is told by the id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from identification.sources.answers import (
    find_record,
    read_day,
    read_entries,
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
from identification.sources.notices import find_openalex_notices
from identification.sources.walks import CursorPage, CursorWalk, SerialWalk

_DATES = {Change.NEW: "created_date", Change.CHANGED: "updated_date"}
_SELECT = (
    "id,doi,ids,title,publication_year,publication_date,type,language,is_retracted,is_paratext,"
    "primary_location,biblio,authorships,abstract_inverted_index,created_date,updated_date"
)
_LOOK_BACK = timedelta(days=730)
_FILTER = re.compile(r"[a-z_]+(?:\.[a-z_]+)*:\S")
_NOT_IN_PLAN = re.compile(
    r"(?:created|updated)_date|\bplan\b|premium|subscri|upgrade", re.IGNORECASE
)
_KNOWN_AT_ONCE = 50


class OpenAlex:
    """Searches OpenAlex. Without ``api_key`` a small daily allowance has to do."""

    name = "openalex"
    title = "OpenAlex"
    spacing = 0.1
    # More than this is refused.
    PER_PAGE = 100

    def __init__(self, *, address: str = "https://api.openalex.org", api_key: str = "") -> None:
        self.address = address.rstrip("/")
        self._api_key = api_key

    @property
    def tells_changes(self) -> bool:
        return bool(self._api_key)

    def walk(self, query: str, window: Window, change: Change) -> Walk:
        """All records of the query that were added, or changed, within the window.

        Where the source does not tell by these days, all that were published in the two years
        before its end, with a warning.
        """
        published = min(window.since, window.until - _LOOK_BACK)
        bounded = self._begin(query, f"from_publication_date:{published.isoformat()}")
        if not self._api_key:
            return _FallBack(None, bounded, published)
        day = _DATES[change]
        within = f"from_{day}:{window.since.isoformat()},to_{day}:{window.until.isoformat()}"
        return _FallBack(self._begin(query, within), bounded, published)

    def find_known(self, query: str, ids: tuple[str, ...]) -> Walk:
        """Those of the works with these ids, "W…", that the query finds, without a window.

        A work that was merged into another is found under its new id and says its former one.
        """
        return _KnownWalk(ids, lambda some: self._find_ids(query, some), self._ask_one, self.title)

    def _find_ids(self, query: str, ids: tuple[str, ...]) -> Walk:
        batches = [ids[n : n + _KNOWN_AT_ONCE] for n in range(0, len(ids), _KNOWN_AT_ONCE)]
        return SerialWalk([self._begin(query, f"openalex:{'|'.join(some)}") for some in batches])

    def _begin(self, query: str, condition: str) -> Walk:
        return CursorWalk(lambda cursor: self._ask(query, condition, cursor), self._read)

    def _ask(self, query: str, condition: str, cursor: str) -> Request:
        is_filter = _FILTER.match(query) is not None
        params = {
            **({} if is_filter else {"search": query}),
            "filter": f"{query},{condition}" if is_filter else condition,
            "select": _SELECT,
            "per_page": str(self.PER_PAGE),
            "cursor": cursor,
        }
        return Request(address=f"{self.address}/works", params=self._with_key(params))

    def _ask_one(self, work: str) -> Request:
        return Request(address=f"{self.address}/works/{work}", params=self._with_key({}))

    def _with_key(self, params: dict[str, str]) -> dict[str, str]:
        return params | ({"api_key": self._api_key} if self._api_key else {})

    def _read(self, answer: Answer, cursor: str) -> CursorPage:
        _refuse_status(answer)
        data = read_json(answer, self.title)
        meta = require(data, "meta", dict, self.title)
        works = require(data, "results", list, self.title)
        records, refused = read_entries(works, _read_work, self.name)
        return CursorPage(
            total=require(meta, "count", int, self.title),
            next_cursor=str(meta.get("next_cursor") or "") if works else "",
            page=Page(records=records, refused=refused),
        )


class _FallBack:
    """Asks by days of entry; where the plan does not allow that, by days of publication."""

    def __init__(self, first: Walk | None, second: Walk, published: date) -> None:
        self._walk = first or second
        self._second = second if first else None
        self._warning = (
            "OpenAlex tells days of entry only to some keys: asked for what was published since "
            f"{published.isoformat()}; older publications that it adds late are not seen"
        )
        self._told = first is not None

    @property
    def expected(self) -> int | None:
        return self._walk.expected

    def next_request(self) -> Request | None:
        return self._walk.next_request()

    def take(self, answer: Answer) -> Page:
        try:
            page = self._walk.take(answer)
        except QuestionError as refusal:
            at_start = self._walk.expected is None
            if self._second is None or not at_start or not _NOT_IN_PLAN.search(str(refusal)):
                raise
            self._walk, self._second = self._second, None
            return Page(warnings=(self._warning,))
        if self._told:
            return page
        self._told = True
        return replace(page, warnings=(self._warning, *page.warnings))


class _KnownWalk:
    """Finds works by id; looks up those not found one by one, for they may have been merged."""

    def __init__(
        self,
        ids: tuple[str, ...],
        find: Callable[[tuple[str, ...]], Walk],
        ask_one: Callable[[str], Request],
        title: str,
    ) -> None:
        self._find = find
        self._ask_one = ask_one
        self._title = title
        self._sought = list(ids)
        self._walks = [find(ids)]
        self._merged: dict[str, str] = {}

    @property
    def expected(self) -> int | None:
        known = [walk.expected for walk in self._walks]
        return None if None in known else sum(count or 0 for count in known)

    def next_request(self) -> Request | None:
        if request := self._walks[-1].next_request():
            return request
        if len(self._walks) > 1 or not self._sought:
            return None
        return self._ask_one(self._sought[0])

    def take(self, answer: Answer) -> Page:
        if self._walks[-1].next_request():
            return self._take_page(answer)
        self._take_one(answer)
        return Page()

    def _take_page(self, answer: Answer) -> Page:
        page = self._walks[-1].take(answer)
        found = {record.record.source_id for record in page.records}
        self._sought = [work for work in self._sought if work not in found]
        return replace(page, records=tuple(map(self._with_former_ids, page.records)))

    def _with_former_ids(self, found: FoundRecord) -> FoundRecord:
        now = found.record.source_id
        return replace(
            found, former_ids=tuple(old for old, new in self._merged.items() if new == now)
        )

    def _take_one(self, answer: Answer) -> None:
        work = self._sought[0]
        # A work that is no more is told by a web page.
        if answer.status != 404:
            _refuse_status(answer)
            now = _short(require(read_json(answer, self._title), "id", str, self._title))
            if now != work:
                self._merged[work] = now
        self._sought.pop(0)
        if not self._sought and self._merged:
            self._walks.append(self._find(tuple(dict.fromkeys(self._merged.values()))))


def _refuse_status(answer: Answer) -> None:
    """A spent allowance does not come back by waiting a minute; too much haste does."""
    remaining = answer.headers.get("x-ratelimit-remaining", "")
    spent = re.fullmatch(r"-?\d+(?:\.\d+)?", remaining) and float(remaining) <= 0
    if answer.status in (403, 429) and spent:
        reset = answer.headers.get("x-ratelimit-reset", "")
        when = f"in {int(reset) / 3600:.1f} hours" if reset.isdigit() else "tomorrow"
        raise QuestionError(
            f"OpenAlex's daily allowance is spent: search again {when}, or set a key with more"
        )
    if answer.status == 403 and not _NOT_IN_PLAN.search(show_body(answer)):
        raise AnswerError(f"OpenAlex asks for less haste: {show_body(answer)}")
    refuse_status(answer, OpenAlex.title)


def _read_work(work: Mapping[str, Any]) -> FoundRecord | str:
    biblio = work.get("biblio") or {}
    pages = texts(biblio.get("first_page"), biblio.get("last_page"))
    journal = (work.get("primary_location") or {}).get("source") or {}
    fields = {
        "title": texts(work.get("title"), work.get("display_name")),
        "abstract": texts(read_inverted(work.get("abstract_inverted_index"))),
        "authors": _authors(work),
        "year": texts(work.get("publication_year"), work.get("publication_date")),
        "journal": texts(journal.get("display_name")),
        "volume": texts(biblio.get("volume")),
        "issue": texts(biblio.get("issue")),
        "pages": ["-".join(pages)] if pages else [],
        "doi": texts(work.get("doi"), (work.get("ids") or {}).get("doi")),
        "pmid": texts((work.get("ids") or {}).get("pmid")),
        "language": texts(work.get("language")),
        # Only a hint: articles are called book chapters here.
        "publication_types": texts(work.get("type"), "paratext" if work.get("is_paratext") else ""),
    }
    return find_record(
        fields,
        "openalex",
        _short(work.get("id")),
        entered_on=read_day(work.get("created_date")),
        notices=find_openalex_notices(work),
    )


def read_inverted(index: object) -> str:
    """The text of ``{word: [positions]}``; positions may be missing or taken twice."""
    if not isinstance(index, Mapping):
        return ""
    placed = [
        (place, order, str(word))
        for order, (word, places) in enumerate(index.items())
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return " ".join(word for _, _, word in sorted(placed))


def _authors(work: Mapping[str, Any]) -> list[str]:
    ships = [ship for ship in work.get("authorships") or [] if isinstance(ship, Mapping)]
    names = [(ship.get("author") or {}).get("display_name") or "" for ship in ships]
    spare = [ship.get("raw_author_name") or "" for ship in ships]
    return texts(*(name or other for name, other in zip(names, spare, strict=True)))


def _short(address: object) -> str:
    """ "W123" of "https://openalex.org/W123"."""
    return str(address or "").rpartition("/")[2]
