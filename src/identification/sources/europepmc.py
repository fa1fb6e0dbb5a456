"""Europe PMC: MEDLINE, full texts and preprints behind one search, paged by cursor.

https://europepmc.org/RestfulWebService. An id is unique only together with its ``source`` (MED,
PMC, PPR, AGR, ...), so records are named "MED:41102462". Windows are put on the day of first
indexing and never on days of publication, which may lie years away on either side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from identification.sources.answers import (
    find_record,
    read_day,
    read_entries,
    read_json,
    refuse_status,
    require,
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
from identification.sources.notices import find_europepmc_notices
from identification.sources.walks import CursorPage, CursorWalk, SerialWalk

ADDRESS = "https://www.ebi.ac.uk/europepmc/webservices/rest"
_FIELDS = {Change.NEW: "FIRST_IDATE", Change.CHANGED: "UPDATE_DATE"}
# Beyond this servers on the way begin to refuse an address.
_LONGEST_GET = 1500
_KNOWN_AT_ONCE = 100


class EuropePmc:
    """Searches Europe PMC.

    ``page_size`` is 1 to 1000. ``synonyms`` are on at the web site and off at the interface; a
    strategy that was tried out on the site may need them.
    """

    name = "europepmc"
    title = "Europe PMC"
    # No limit is published; one question at a time and a breath between two is what is asked.
    spacing = 0.2
    tells_changes = True

    def __init__(
        self,
        *,
        address: str = ADDRESS,
        email: str = "",
        page_size: int = 500,
        synonyms: bool = False,
    ) -> None:
        self.address = address.rstrip("/")
        self._email = email
        self._page_size = page_size
        self._synonyms = synonyms

    def walk(self, query: str, window: Window, change: Change) -> Walk:
        """All records of the query that were first indexed, or changed, within the window."""
        days = f"{_FIELDS[change]}:[{window.since.isoformat()} TO {window.until.isoformat()}]"
        return self._begin(f"({query}) AND {days}")

    def find_known(self, query: str, ids: tuple[str, ...]) -> Walk:
        """Those of the records named "MED:41102462" that the query finds, without a window."""
        batches = [ids[n : n + _KNOWN_AT_ONCE] for n in range(0, len(ids), _KNOWN_AT_ONCE)]
        return SerialWalk([self._begin(f"({query}) AND ({_any_of(batch)})") for batch in batches])

    def _begin(self, query: str) -> Walk:
        return CursorWalk(lambda cursor: self._ask(query, cursor), self._read)

    def _ask(self, query: str, cursor: str) -> Request:
        params = {
            "query": query,
            "format": "json",
            "resultType": "core",
            "pageSize": str(self._page_size),
            "cursorMark": cursor,
            "synonym": "TRUE" if self._synonyms else "FALSE",
        }
        return search_request(self.address, params, self._email)

    def _read(self, answer: Answer, cursor: str) -> CursorPage:
        data = read_results(answer, self.title)
        total, results = data["hitCount"], data["resultList"]["result"]
        records, refused = read_entries(results, _read_result, self.name)
        onward = str(data.get("nextCursorMark") or "")
        ended = not results or onward == cursor
        return CursorPage(
            total=total,
            next_cursor="" if ended else onward,
            page=Page(
                records=records, refused=refused, understood=_understood(data.get("request"))
            ),
        )


def search_request(address: str, params: Mapping[str, str], email: str) -> Request:
    """A search as a GET, or as a form where the address would grow too long."""
    sent = {**params, **({"email": email} if email else {})}
    long = len(urlencode(sent)) > _LONGEST_GET
    return Request(
        address=f"{address}/{'searchPOST' if long else 'search'}", params=sent, post=long
    )


def read_results(answer: Answer, title: str) -> dict[str, Any]:
    """The envelope of a search; it has a whole ``hitCount`` and ``resultList.result`` is a list.

    Raises AnswerError where it is none or names a fault that may pass, QuestionError where the
    question is refused.
    """
    refuse_status(answer, title)
    data = read_json(answer, title)
    _refuse_error(data)
    require(data, "hitCount", int, title)
    require(data.get("resultList"), "result", list, title)
    return data


def _understood(request: object) -> str:
    return str(request.get("queryString") or "") if isinstance(request, Mapping) else ""


def _any_of(ids: tuple[str, ...]) -> str:
    named = [name.partition(":") for name in ids]
    return " OR ".join(f'(SRC:{source} AND EXT_ID:"{number}")' for source, _, number in named)


def _refuse_error(data: Mapping[str, Any]) -> None:
    """Errors come with status 200."""
    if "errCode" not in data:
        return
    code, message = data["errCode"], data.get("errMsg", "")
    sentence = f"Europe PMC answered with error {code}: {message}"
    if re.fullmatch(r"4\d\d", str(code)) and str(code) != "429":
        raise QuestionError(sentence)
    raise AnswerError(sentence)


def _read_result(result: Mapping[str, Any]) -> FoundRecord | str:
    source, number = str(result.get("source") or ""), str(result.get("id") or "")
    journal = result.get("journalInfo") or {}
    book = result.get("bookOrReportDetails") or {}
    fields = {
        "title": texts(result.get("title")),
        "abstract": texts(result.get("abstractText")),
        "authors": _authors(result),
        "year": texts(result.get("pubYear"), result.get("firstPublicationDate")),
        "journal": texts(
            (journal.get("journal") or {}).get("title"),
            result.get("journalTitle"),
            book.get("publisher"),
        ),
        "volume": texts(journal.get("volume"), result.get("journalVolume")),
        "issue": texts(journal.get("issue"), result.get("issue")),
        "pages": texts(result.get("pageInfo")),
        "doi": texts(result.get("doi")),
        "pmid": texts(result.get("pmid")),
        "language": texts(result.get("language")),
        "keywords": _keywords(result),
        "publication_types": _types(result),
    }
    return find_record(
        fields,
        "europepmc",
        f"{source}:{number}" if source and number else "",
        entered_on=read_day(result.get("firstIndexDate")),
        notices=find_europepmc_notices(result),
    )


def _authors(result: Mapping[str, Any]) -> list[str]:
    names = []
    for author in (result.get("authorList") or {}).get("author") or []:
        family, given = author.get("lastName"), author.get("firstName") or author.get("initials")
        if family:
            names.append(f"{family}, {given}" if given else f"{family},")
        elif body := author.get("collectiveName"):
            # A comma behind a name says that it is whole.
            names.append(f"{body},")
        else:
            names += texts(author.get("fullName"))
    return names or texts(result.get("authorString"))


def _keywords(result: Mapping[str, Any]) -> list[str]:
    headings = (result.get("meshHeadingList") or {}).get("meshHeading") or []
    return texts(
        (result.get("keywordList") or {}).get("keyword"),
        [heading.get("descriptorName") for heading in headings],
    )


def _types(result: Mapping[str, Any]) -> list[str]:
    # The lite form has one text in the place of the list.
    return texts((result.get("pubTypeList") or {}).get("pubType"), result.get("pubType"))
