"""Stands in for OpenAlex: filters, cursors, a daily allowance, merged works, pages for errors."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.standins.serving import StandIn
from tests.standins.world import Seen, World, has_words, select

_NOT_FOUND = (
    b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    b"<p>The requested URL was not found on the server.</p>\n"
)
_DAYS = {
    "created_date": "entered",
    "updated_date": "changed",
    "publication_date": "published",
}
_FIELDS = {
    "id", "doi", "ids", "title", "display_name", "publication_year", "publication_date", "type",
    "language", "is_retracted", "is_paratext", "primary_location", "biblio", "authorships",
    "abstract_inverted_index", "created_date", "updated_date", "cited_by_count",
}  # fmt: skip


class OpenAlexStandIn(StandIn):
    """Shows the records of the world that are in "openalex"; their ids are like "W123".

    ``allowances`` are the questions a day allowed to each key, "" for none, None for no limit;
    ``dates_for`` are the keys whose plan allows days of entry; ``merged`` leads from ids of works
    that are no more to those they went into. Other keys than those in ``allowances`` are refused.
    """

    def __init__(
        self,
        world: World,
        *,
        allowances: dict[str, int] | None = None,
        dates_for: frozenset[str] = frozenset(),
        merged: dict[str, str] | None = None,
    ) -> None:
        self.world = world
        self.allowances = allowances
        self.dates_for = dates_for
        self.merged = merged or {}
        self.used: dict[str, int] = {}
        routes = [Route("/works", self._list), Route("/works/{work}", self._one)]
        super().__init__(Starlette(routes=routes))

    def new_day(self) -> None:
        """Give every key its allowance back."""
        self.used.clear()

    async def _list(self, request: Request) -> Response:
        asked = dict(request.query_params)
        key = asked.get("api_key", "")
        if refusal := self._charge(key):
            return refusal
        per_page = int(asked.get("per_page", "25"))
        if not 1 <= per_page <= 100:
            return _invalid("per_page parameter must be between 1 and 100")
        unknown = set(asked["select"].split(",")) - _FIELDS if "select" in asked else set()
        if unknown:
            return _invalid(f"{', '.join(sorted(unknown))} is not a valid select field")
        try:
            found = self._filter(asked.get("filter", ""), key)
            if "search" in asked:
                found = select(asked["search"], found, has_words)
            start = _offset(asked.get("cursor", "*"))
        except PermissionError as refusal:
            return _error(403, "Plan upgrade required", str(refusal))
        except ValueError as failure:
            return _invalid(str(failure))
        page = found[start : start + per_page]
        more = start + per_page < len(found)
        meta = {
            "count": len(found),
            "db_response_time_ms": 3,
            "page": None,
            "per_page": per_page,
            "next_cursor": _cursor(start + per_page) if more else None,
            "groups_count": None,
        }
        works = [_shown(_work(record), asked) for record in page]
        return JSONResponse(
            {"meta": meta, "results": works, "group_by": []}, headers=self._headers(key)
        )

    async def _one(self, request: Request) -> Response:
        work = request.path_params["work"]
        if work in self.merged:
            return RedirectResponse(f"/works/{self.merged[work]}", status_code=301)
        for record in self.world.seen_in("openalex"):
            if record["id"] == work:
                return JSONResponse(_shown(_work(record), dict(request.query_params)))
        return Response(_NOT_FOUND, status_code=404, media_type="text/html")

    def _charge(self, key: str) -> Response | None:
        if self.allowances is None:
            return None
        if key not in self.allowances:
            return _error(401, "Unauthorized", f"API key {key} is not valid")
        if self.used.get(key, 0) >= self.allowances[key]:
            refusal = _error(429, "Rate limit exceeded", "Insufficient budget for today")
            refusal.headers.update(self._headers(key))
            return refusal
        self.used[key] = self.used.get(key, 0) + 1
        return None

    def _headers(self, key: str) -> dict[str, str]:
        if self.allowances is None:
            return {}
        limit, used = self.allowances[key], self.used.get(key, 0)
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - used),
            "X-RateLimit-Credits-Used": str(used),
            "X-RateLimit-Reset": "36000",
        }

    def _filter(self, conditions: str, key: str) -> list[Seen]:
        found = self.world.seen_in("openalex")
        for condition in conditions.split(",") if conditions else []:
            name, _, value = condition.partition(":")
            found = self._narrow(found, name, value, key)
        return found

    def _narrow(self, found: list[Seen], name: str, value: str, key: str) -> list[Seen]:
        if name == "title_and_abstract.search":
            return select(value, found, has_words)
        if name == "openalex":
            return [record for record in found if record["id"] in value.split("|")]
        if bound := re.fullmatch(r"(from|to)_(created_date|updated_date|publication_date)", name):
            date.fromisoformat(value)
            if bound[2] != "publication_date" and key not in self.dates_for:
                raise PermissionError(f"{name} needs a paid plan")
            days = [(record, record.get(_DAYS[bound[2]], record["entered"])) for record in found]
            later = bound[1] == "from"
            return [r for r, day in days if (day >= value if later else day <= value)]
        raise ValueError(f"Unknown filter field: {name}")


def _error(status: int, error: str, message: str) -> Response:
    return JSONResponse({"error": error, "message": message}, status_code=status)


def _invalid(message: str) -> Response:
    return _error(400, "Invalid query parameters error.", message)


def _cursor(offset: int) -> str:
    return base64.b64encode(f"Ils{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if cursor == "*":
        return 0
    raw = base64.b64decode(cursor, validate=True).decode()
    if not raw.startswith("Ils"):
        raise ValueError("Invalid cursor value")
    return int(raw[3:])


def _shown(work: dict[str, Any], asked: dict[str, str]) -> dict[str, Any]:
    names = asked["select"].split(",") if "select" in asked else list(work)
    return {name: work[name] for name in names if name in work}


def _work(record: Seen) -> dict[str, Any]:
    names = [name.partition(", ") for name in record["authors"]]
    first, _, last = record["pages"].partition("-")
    address = f"https://openalex.org/{record['id']}"
    ids = {"openalex": address}
    if record["doi"]:
        ids["doi"] = f"https://doi.org/{record['doi']}"
    if record["pmid"]:
        ids["pmid"] = f"https://pubmed.ncbi.nlm.nih.gov/{record['pmid']}"
    return {
        "id": address,
        "doi": ids.get("doi"),
        "ids": ids,
        "title": record["title"],
        "display_name": record["title"],
        "publication_year": record["year"],
        "publication_date": record.get("published", record["entered"]),
        "type": "article",
        "language": record["language"],
        "is_retracted": any(notice["kind"] == "retraction" for notice in record["notices"]),
        "is_paratext": False,
        "primary_location": {"source": {"display_name": record["journal"], "type": "journal"}},
        "biblio": {
            "volume": record["volume"],
            "issue": record["issue"],
            "first_page": first,
            "last_page": last,
        },
        "authorships": [
            {"author": {"display_name": f"{given} {family}".strip()}, "raw_author_name": family}
            for family, _, given in names
        ],
        # A record may bring an index whose words share places or leave some empty.
        "abstract_inverted_index": record.get("inverted") or _inverted(record["abstract"]),
        "created_date": record["entered"],
        "updated_date": f"{record['changed']}T09:30:00.000000",
        "cited_by_count": 0,
    }


def _inverted(abstract: str) -> dict[str, list[int]] | None:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(abstract.split()):
        places.setdefault(word, []).append(place)
    return places or None
