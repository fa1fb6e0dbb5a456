"""Stands in for Crossref: ranked words, scrolling cursors, pools, notices on both documents."""

from __future__ import annotations

import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.standins.serving import StandIn
from tests.standins.world import Seen, World, text_of

_DATES = {"from-index-date", "until-index-date"}


class CrossrefStandIn(StandIn):
    """Shows the records of the world that are in "crossref"; their ids are DOIs.

    A cursor is a scroll: it stays the same from page to page, and every time it is asked it gives
    the page after, whether the one before arrived or not. ``pools`` are questions a second and
    questions at once of the public and of the polite pool.
    """

    def __init__(
        self,
        world: World,
        *,
        pools: tuple[tuple[int, int], tuple[int, int]] = ((5, 1), (10, 3)),
    ) -> None:
        self.world = world
        self.pools = pools
        self.refusals = 0
        self._scrolls: dict[str, list[Seen]] = {}
        self._under_way = 0
        super().__init__(Starlette(routes=[Route("/works", self._list)]))

    def expire_cursors(self) -> None:
        """Let five minutes pass."""
        self._scrolls.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _list(self, request: Request) -> Response:
        asked = dict(request.query_params)
        rate, at_once = self.pools[1 if "mailto" in asked else 0]
        headers = {
            "x-api-pool": "polite" if "mailto" in asked else "public",
            "x-rate-limit-limit": str(rate),
            "x-rate-limit-interval": "1s",
            "x-concurrency-limit": str(at_once),
        }
        if self._under_way > at_once:
            self.refusals += 1
            return PlainTextResponse("Too many requests", status_code=429, headers=headers)
        answer = self._answer(asked)
        answer.headers.update(headers)
        return answer

    def _answer(self, asked: dict[str, str]) -> Response:
        rows = int(asked.get("rows", "20"))
        if rows > 1000:
            return _failure(400, "validation-failure", "integer-not-valid", "rows is over 1000")
        try:
            found = self._find(asked)
        except ValueError as failure:
            return _failure(400, "validation-failure", "filter-not-available", str(failure))
        cursor = asked.get("cursor", "")
        if cursor == "*":
            cursor = f"DnF1ZXJ5VGhlbkZldGNo+{len(self._scrolls)}/=="
            self._scrolls[cursor] = list(found)
        if cursor not in self._scrolls:
            return _failure(
                404,
                "resource-failure",
                "cursor-invalid",
                "Cursor specified but it is invalid",
            )
        left = self._scrolls[cursor]
        page, self._scrolls[cursor] = left[:rows], left[rows:]
        message = {
            "facets": {},
            "next-cursor": cursor,
            "total-results": len(found),
            "items-per-page": rows,
            "query": {"start-index": 0, "search-terms": asked.get("query.bibliographic")},
            "items": [_shown(_work(record), asked) for record in page],
        }
        envelope = {"status": "ok", "message-type": "work-list", "message-version": "1.0.0"}
        return JSONResponse({**envelope, "message": message})

    def _find(self, asked: dict[str, str]) -> list[Seen]:
        found = self.world.seen_in("crossref")
        if words := re.findall(r"\w+", asked.get("query.bibliographic", "").lower()):
            scored = [(sum(word in text_of(r) for word in words), r) for r in found]
            found = [r for score, r in sorted(scored, key=lambda pair: -pair[0]) if score]
        dois = []
        for condition in filter(None, asked.get("filter", "").split(",")):
            name, _, value = condition.partition(":")
            if name == "doi":
                dois.append(value.lower())
            elif name not in _DATES:
                raise ValueError(f"Filter {name} specified but there is no such filter")
            elif name == "from-index-date":
                found = [record for record in found if record["changed"] >= value]
            else:
                found = [record for record in found if record["changed"] <= value]
        return [record for record in found if not dois or record["doi"].lower() in dois]


def _failure(status: int, kind: str, type_: str, message: str) -> Response:
    detail = [{"type": type_, "value": "", "message": message}]
    return JSONResponse(
        {"status": "failed", "message-type": kind, "message": detail}, status_code=status
    )


def _parts(day: str) -> dict[str, Any]:
    return {"date-parts": [[int(part) for part in day.split("-")]]}


def _shown(work: dict[str, Any], asked: dict[str, str]) -> dict[str, Any]:
    names = asked["select"].split(",") if "select" in asked else list(work)
    return {name: work[name] for name in names if name in work}


def _work(record: Seen) -> dict[str, Any]:
    names = [name.partition(", ") for name in record["authors"]]
    work: dict[str, Any] = {
        "DOI": record["doi"].upper(),
        "type": "posted-content" if "Preprint" in record["types"] else "journal-article",
        "title": [record["title"]],
        "subtitle": record.get("subtitle", []),
        "container-title": [record["journal"]],
        "volume": record["volume"],
        "issue": record["issue"],
        "page": record["pages"],
        "author": [{"family": family, "given": given} for family, _, given in names],
        "issued": {"date-parts": [[record["year"]]]},
        "created": _parts(record["entered"]),
        "indexed": _parts(record["changed"]),
        "source": "Crossref",
        "score": 1.0,
    }
    if record["abstract"]:
        text = record["abstract"].replace("&", "&amp;").replace("<", "&lt;")
        work["abstract"] = f"<jats:title>Abstract</jats:title><jats:p>{text}</jats:p>"
    if record["notices"]:
        work["updated-by"] = [
            {
                "DOI": notice["doi"],
                "type": notice["kind"],
                "label": notice["kind"].title(),
                "source": "publisher",
                "updated": _parts(notice["dated"]),
            }
            for notice in record["notices"]
        ]
    for name, relation in (("article", "is-preprint-of"), ("preprint", "has-preprint")):
        if other := record.get(name):
            linked = {"id": other["doi"], "id-type": "doi", "asserted-by": "subject"}
            work["relation"] = {relation: [linked]}
    if record.get("notice_of"):
        mirror = [
            {"DOI": doi, "type": "retraction", "source": "publisher", "updated": _parts(day)}
            for doi, day in record["notice_of"]
        ]
        # Publishers deposit both directions on both documents.
        work |= {"update-to": mirror, "updated-by": mirror}
    return work
