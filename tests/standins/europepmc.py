"""Stands in for Europe PMC: cursors, errors inside 200, "Y" and "N", lite and core, full texts."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.standins.serving import StandIn
from tests.standins.world import Seen, World, has_words, select

_NOTICE_TYPES = {
    "retraction": "Retraction in",
    "expression_of_concern": "Expression of concern in",
    "correction": "Erratum in",
}


class EuropePmcStandIn(StandIn):
    """Shows the records of the world that are in "europepmc"; their ids are like "MED:123".

    The documents of the PMCIDs in ``forbidden`` are refused otherwise than as not open.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.forbidden: set[str] = set()
        routes = [
            Route("/search", self._search, methods=["GET"]),
            Route("/searchPOST", self._search, methods=["POST"]),
            Route("/{pmcid}/fullTextXML", self._full_text, methods=["GET"]),
        ]
        super().__init__(Starlette(routes=routes))

    def find(self, query: str) -> list[Seen]:
        """What a query finds today, by id. Raises ValueError where it cannot be read."""
        return select(query, self.world.seen_in("europepmc"), _matches)

    async def _search(self, request: Request) -> Response:
        sent = await request.form() if request.method == "POST" else request.query_params
        asked = {name: str(value) for name, value in sent.items()}
        query, size = asked.get("query", ""), int(asked.get("pageSize", "25"))
        if not 1 <= size <= 1000:
            return _error(404, "Invalid page size provided. Valid size is between 1 and 1000")
        try:
            found = self.find(query)
            start = _offset(asked.get("cursorMark", "*"))
        except ValueError as failure:
            return _error(400, f"Invalid query: {failure}")
        page = found[start : start + size]
        sent_cursor = asked.get("cursorMark", "*")
        kind = asked.get("resultType", "lite")
        body = {
            "version": "6.9",
            "hitCount": len(found),
            "nextCursorMark": _cursor(start + len(page)) if page else sent_cursor,
            "request": {
                "queryString": query,
                "resultType": kind,
                "cursorMark": sent_cursor,
                "pageSize": size,
                "sort": "",
                "synonym": asked.get("synonym") == "TRUE",
            },
            "resultList": {"result": [(_core if kind == "core" else _lite)(r) for r in page]},
        }
        return JSONResponse(body)

    async def _full_text(self, request: Request) -> Response:
        pmcid = request.path_params["pmcid"]
        if pmcid in self.forbidden:
            return PlainTextResponse("Forbidden", status_code=403)
        texts = [r["full_text"] for r in self.world.seen_in("europepmc") if r["pmcid"] == pmcid]
        if not any(texts):
            return PlainTextResponse("", status_code=404)
        return Response(texts[0], media_type="application/xml")


def _error(code: int, message: str) -> Response:
    return JSONResponse({"version": "6.9", "errCode": code, "errMsg": message})


def _cursor(offset: int) -> str:
    # The first bytes are such that "+" and "/" stand in every cursor.
    return base64.b64encode(b"\xfb\xef\xff" + str(offset).encode()).decode()


def _offset(cursor: str) -> int:
    if cursor == "*":
        return 0
    raw = base64.b64decode(cursor, validate=True)
    if not raw.startswith(b"\xfb\xef\xff"):
        raise ValueError("no such cursor")
    return int(raw[3:])


def _matches(record: Seen, term: str) -> bool:
    name, colon, value = term.partition(":")
    source, _, number = record["id"].partition(":")
    plain = value.strip('"')
    if not colon:
        return has_words(record, term)
    if value.startswith("["):
        day = record[{"FIRST_IDATE": "entered", "UPDATE_DATE": "changed"}[name]]
        since, until = value.strip("[]").split(" TO ")
        return bool(since <= day <= until)
    if name in ("SRC", "EXT_ID"):
        return plain == (source if name == "SRC" else number)
    if name == "DOI":
        return plain.lower() == record["doi"].lower()
    if name in ("TITLE_ABS", "TITLE"):
        return has_words(record, plain)
    raise ValueError(f"no field {name}")


def _common(record: Seen) -> dict[str, Any]:
    source, _, number = record["id"].partition(":")
    shown = {
        "id": number,
        "source": source,
        "title": record["title"],
        "authorString": ", ".join(n.replace(",", "") for n in record["authors"]) + ".",
        "pubYear": str(record["year"] or ""),
        "isOpenAccess": "N",
        "inEPMC": "N",
        "hasPDF": "Y",
        "citedByCount": 0,
        "firstIndexDate": record["entered"],
        "firstPublicationDate": record.get("published", record["entered"]),
    }
    if record["pmid"]:
        shown["pmid"] = record["pmid"]
    if record["doi"]:
        shown["doi"] = record["doi"]
    if record["pmcid"]:
        is_open = "Y" if record["full_text"] else "N"
        shown |= {"pmcid": record["pmcid"], "inEPMC": "Y", "isOpenAccess": is_open}
    return shown


def _lite(record: Seen) -> dict[str, Any]:
    return {
        **_common(record),
        "journalTitle": record["journal"],
        "pubType": "; ".join(record["types"]).lower(),
    }


def _core(record: Seen) -> dict[str, Any]:
    names = [name.partition(", ") for name in record["authors"]]
    shown = {
        **_common(record),
        "language": "eng",
        "pubTypeList": {"pubType": record["types"]},
        "authorList": {
            "author": [
                {"fullName": f"{family} {given[:1]}", "firstName": given, "lastName": family}
                for family, _, given in names
            ]
        },
        "keywordList": {"keyword": record["keywords"]},
        "dateOfRevision": record["changed"],
    }
    if record["abstract"]:
        shown["abstractText"] = f"<h4>Background</h4>{record['abstract']}"
    if record["id"].startswith("PPR:"):
        shown["bookOrReportDetails"] = {"publisher": record["journal"]}
    else:
        shown["journalInfo"] = {
            "journal": {"title": record["journal"]},
            "volume": record["volume"],
            "issue": record["issue"],
        }
        shown["pageInfo"] = record["pages"]
    if links := _links(record):
        shown["commentCorrectionList"] = {"commentCorrection": links}
    return json.loads(json.dumps(shown))


def _links(record: Seen) -> list[dict[str, Any]]:
    links = [
        {
            "id": notice.get("pmid", ""),
            "source": "MED",
            "reference": notice.get("reference", ""),
            "type": _NOTICE_TYPES[notice["kind"]],
        }
        for notice in record["notices"]
    ]
    # These two are named by id alone.
    if article := record.get("article"):
        links.append({"id": article["pmid"], "source": "MED", "type": "Preprint of"})
    if preprint := record.get("preprint"):
        links.append({"id": preprint["ppr"], "source": "PPR", "type": "Preprint in"})
    return links
