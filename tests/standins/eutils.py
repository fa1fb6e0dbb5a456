"""Stands in for NCBI's E-utilities: esearch and efetch of PubMed, with their walls and faults."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins.serving import StandIn
from tests.standins.world import Seen, World, has_words, select, text_of

_FIELDS = {"tiab", "ti", "ab", "mh", "pt", "uid", "pmid", "all fields"}
_REF_TYPES = {
    "retraction": "RetractionIn",
    "expression_of_concern": "ExpressionOfConcernIn",
    "correction": "ErratumIn",
}
_DOCTYPE = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st '
    'January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_LONGEST_ADDRESS = 4000


class EutilsStandIn(StandIn):
    """Shows the records of the world that are in "pubmed".

    Days of a record: ``entered`` (crdt), ``edat`` (else the same), ``pdat`` (else the same) and
    the day of its last change (mdat). ``wall`` is how far esearch reaches. ``per_second`` are the
    questions allowed without and with a key, None for no limit; ``refuse_with_200`` sends that
    refusal with status 200, as NCBI at times does.
    """

    def __init__(
        self,
        world: World,
        *,
        wall: int = 9999,
        per_second: tuple[int, int] | None = None,
        refuse_with_200: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = world
        self.wall = wall
        self.per_second = per_second
        self.refuse_with_200 = refuse_with_200
        self.refusals = 0
        self._clock = clock
        self._recent: dict[str, deque[float]] = {}
        self._history: dict[str, list[str]] = {}
        both = ["GET", "POST"]
        routes = [
            Route("/esearch.fcgi", self._esearch, methods=both),
            Route("/efetch.fcgi", self._efetch, methods=both),
        ]
        super().__init__(Starlette(routes=routes))

    def forget_history(self) -> None:
        """Let every WebEnv expire."""
        self._history.clear()

    async def _esearch(self, request: Request) -> Response:
        asked = await _params(request)
        if refusal := self._refuse(request, asked):
            return refusal
        term, start = asked.get("term", ""), int(asked.get("retstart", "0"))
        if start > self.wall - 1:
            return _wall_error(asked, self.wall)
        try:
            found = [r for r in self._query(term) if _in_window(r, asked)]
        except ValueError as failure:
            return JSONResponse({"esearchresult": {"ERROR": f"Invalid query: {failure}"}})
        reach = min(start + int(asked.get("retmax", "20")), self.wall)
        ids = [record["id"] for record in found][start:reach]
        web = ""
        if asked.get("usehistory") == "y":
            web = f"MCID_{len(self._history):032x}"
            self._history[web] = [record["id"] for record in found]
        if asked.get("retmode") == "json":
            return JSONResponse(self._json_result(term, found, ids, start, web, asked))
        return _xml_result(term, len(found), ids, start, web, self._not_found(term))

    def _json_result(
        self, term: str, found: list[Seen], ids: list[str], start: int, web: str, asked: Seen
    ) -> Seen:
        result: Seen = {
            "count": str(len(found)),
            "retmax": str(len(ids)),
            "retstart": str(start),
            "idlist": ids,
            "translationset": [],
            "querytranslation": term,
        }
        if web:
            result |= {"querykey": "1", "webenv": web}
        phrases, fields = self._not_found(term)
        messages = [] if found else ["No items found."]
        if int(asked.get("retmax", "20")) > self.wall:
            messages.append(
                f"Restrictions achieved. start and count adjusted to {start}, {self.wall}"
            )
        if phrases or fields:
            result["errorlist"] = {"phrasesnotfound": phrases, "fieldsnotfound": fields}
        if messages:
            result["warninglist"] = {
                "phrasesignored": [],
                "quotedphrasesnotfound": [],
                "outputmessages": messages,
            }
        return {"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result}

    async def _efetch(self, request: Request) -> Response:
        asked = await _params(request)
        if refusal := self._refuse(request, asked):
            return refusal
        if "WebEnv" in asked:
            if asked["WebEnv"] not in self._history or asked.get("query_key") != "1":
                return Response(
                    "<eFetchResult><ERROR>WebEnv not found</ERROR></eFetchResult>",
                    media_type="text/xml",
                )
            start, most = int(asked.get("retstart", "0")), int(asked.get("retmax", "20"))
            ids = self._history[asked["WebEnv"]][start : start + most]
        else:
            ids = [pmid for pmid in asked.get("id", "").split(",") if pmid]
        seen = {record["id"]: record for record in self.world.seen_in("pubmed")}
        root = Element("PubmedArticleSet")
        for pmid in ids:
            if pmid in seen:
                root.append(_article(seen[pmid]))
        # A PMID that never was is passed over without a word.
        if gone := [pmid for pmid in ids if pmid not in seen and pmid in self._withdrawn()]:
            deleted = SubElement(root, "DeleteCitation")
            for pmid in gone:
                SubElement(deleted, "PMID", Version="1").text = pmid
        return Response(_DOCTYPE + ElementTree.tostring(root, "unicode"), media_type="text/xml")

    def _withdrawn(self) -> set[str]:
        records = (record for record in self.world.records if "deleted" in record)
        return {record["in"]["pubmed"]["id"] for record in records if "pubmed" in record["in"]}

    def _query(self, term: str) -> list[Seen]:
        return select(term, self.world.seen_in("pubmed"), _matches)

    def _not_found(self, term: str) -> tuple[list[str], list[str]]:
        """Phrases that stand in no record at all, and field tags there are not."""
        everything = " ".join(text_of(record) for record in self.world.seen_in("pubmed"))
        phrases = [
            phrase
            for phrase in re.findall(r'"([^"]+)"', term)
            if phrase.rstrip("*").lower() not in everything
        ]
        fields = [tag for tag in re.findall(r"\[([^\]]*)\]", term) if tag.lower() not in _FIELDS]
        return phrases, fields

    def _refuse(self, request: Request, asked: Seen) -> Response | None:
        if request.method == "GET" and len(str(request.url)) > _LONGEST_ADDRESS:
            return Response("Request-URI Too Long", status_code=414)
        if self.per_second is None:
            return None
        key = asked.get("api_key", "")
        limit = self.per_second[1 if key else 0]
        recent = self._recent.setdefault(key, deque())
        now = self._clock()
        while recent and recent[0] <= now - 1:
            recent.popleft()
        recent.append(now)
        if len(recent) <= limit:
            return None
        self.refusals += 1
        body = {
            "error": "API rate limit exceeded",
            "api-key": key or "203.0.113.9",
            "count": str(len(recent)),
            "limit": str(limit),
        }
        return JSONResponse(body, status_code=200 if self.refuse_with_200 else 429)


async def _params(request: Request) -> Seen:
    sent = await request.form() if request.method == "POST" else request.query_params
    return {name: str(value) for name, value in sent.items()}


def _wall_error(asked: Seen, wall: int) -> Response:
    # The line break inside the text is sent as it is, which strict readers refuse.
    message = (
        f"Search Backend failed: Exception:\n'retstart' cannot be larger than {wall - 1}. For "
        f"PubMed, ESearch can only retrieve the first {wall} records matching the query."
    )
    body = (
        '{"header":{"type":"esearch","version":"0.3"},"esearchresult":{"ERROR":"' + message + '"}}'
    )
    return Response(body, media_type="application/json")


def _xml_result(
    term: str,
    count: int,
    ids: list[str],
    start: int,
    web: str,
    not_found: tuple[list[str], list[str]],
) -> Response:
    root = Element("eSearchResult")
    named = {"Count": count, "RetMax": len(ids), "RetStart": start}
    for name, value in (named | ({"QueryKey": 1, "WebEnv": web} if web else {})).items():
        SubElement(root, name).text = str(value)
    listed = SubElement(root, "IdList")
    for pmid in ids:
        SubElement(listed, "Id").text = pmid
    SubElement(root, "TranslationSet")
    SubElement(root, "QueryTranslation").text = term
    if any(not_found):
        errors = SubElement(root, "ErrorList")
        for name, missing in zip(("PhraseNotFound", "FieldNotFound"), not_found, strict=True):
            for phrase in missing:
                SubElement(errors, name).text = phrase
    if not count:
        SubElement(SubElement(root, "WarningList"), "OutputMessage").text = "No items found."
    return Response(ElementTree.tostring(root, "unicode"), media_type="text/xml")


def _in_window(record: Seen, asked: Seen) -> bool:
    if "mindate" not in asked or "maxdate" not in asked:
        return True
    entered = record["entered"]
    day = {
        "crdt": entered,
        "mdat": record["changed"],
        "edat": record.get("edat", entered),
        "pdat": record.get("pdat", entered),
    }[asked.get("datetype", "pdat")]
    return bool(asked["mindate"].replace("/", "-") <= day <= asked["maxdate"].replace("/", "-"))


def _matches(record: Seen, term: str) -> bool:
    words, _, tag = term.rstrip("]").partition("[")
    if tag.lower() in ("uid", "pmid"):
        return bool(words.strip() == record["id"])
    if tag.lower() == "mh":
        return words.strip('" ').lower() in (keyword.lower() for keyword in record["keywords"])
    return has_words(record, words)


def _article(record: Seen) -> Element:
    if "Book" in record["types"]:
        return _book(record)
    root = Element("PubmedArticle")
    citation = SubElement(root, "MedlineCitation", Status="MEDLINE", Owner="NLM")
    SubElement(citation, "PMID", Version="1").text = record["id"]
    article = SubElement(citation, "Article", PubModel="Print")
    journal = SubElement(article, "Journal")
    issue = SubElement(journal, "JournalIssue", CitedMedium="Internet")
    SubElement(issue, "Volume").text = record["volume"]
    SubElement(issue, "Issue").text = record["issue"]
    SubElement(SubElement(issue, "PubDate"), "Year").text = str(record["year"] or "")
    SubElement(journal, "Title").text = record["journal"]
    # Titles hold markup of their own.
    article.append(ElementTree.fromstring(f"<ArticleTitle>{record['title']}</ArticleTitle>"))
    SubElement(SubElement(article, "Pagination"), "MedlinePgn").text = record["pages"]
    if record["abstract"]:
        text = SubElement(SubElement(article, "Abstract"), "AbstractText", Label="RESULTS")
        text.text = record["abstract"]
    _authors(article, record)
    SubElement(article, "Language").text = "eng"
    types = SubElement(article, "PublicationTypeList")
    for kind in record["types"]:
        SubElement(types, "PublicationType").text = kind
    _comments(citation, record)
    headings = SubElement(citation, "MeshHeadingList")
    for keyword in record["keywords"]:
        SubElement(SubElement(headings, "MeshHeading"), "DescriptorName").text = keyword
    _data(SubElement(root, "PubmedData"), record)
    return root


def _book(record: Seen) -> Element:
    root = Element("PubmedBookArticle")
    document = SubElement(root, "BookDocument")
    SubElement(document, "PMID", Version="1").text = record["id"]
    book = SubElement(document, "Book")
    SubElement(book, "BookTitle").text = re.sub(r"<[^>]+>", "", record["title"])
    SubElement(SubElement(book, "PubDate"), "Year").text = str(record["year"] or "")
    _data(SubElement(root, "PubmedBookData"), record)
    return root


def _authors(article: Element, record: Seen) -> None:
    listed = SubElement(article, "AuthorList", CompleteYN="Y")
    for name in record["authors"]:
        family, _, given = name.partition(", ")
        author = SubElement(listed, "Author", ValidYN="Y")
        SubElement(author, "LastName").text = family
        SubElement(author, "ForeName").text = given


def _comments(citation: Element, record: Seen) -> None:
    listed = SubElement(citation, "CommentsCorrectionsList")
    for notice in record["notices"]:
        link = SubElement(listed, "CommentsCorrections", RefType=_REF_TYPES[notice["kind"]])
        SubElement(link, "RefSource").text = notice.get("reference", "")
        SubElement(link, "PMID", Version="1").text = notice["pmid"]
    for name, kind in (("article", "UpdateIn"), ("preprint", "UpdateOf")):
        if other := record.get(name):
            link = SubElement(listed, "CommentsCorrections", RefType=kind)
            SubElement(link, "RefSource").text = other["reference"]
            if "pmid" in other:
                SubElement(link, "PMID", Version="1").text = other["pmid"]
    # Its own notice on another report says nothing about this one.
    for other in record.get("notice_of", []):
        link = SubElement(listed, "CommentsCorrections", RefType="RetractionOf")
        SubElement(link, "PMID", Version="1").text = other


def _data(data: Element, record: Seen) -> None:
    history = SubElement(data, "History")
    entered = record["entered"]
    for status, day in (("pubmed", record.get("edat", entered)), ("entrez", entered)):
        stated = SubElement(history, "PubMedPubDate", PubStatus=status)
        for name, part in zip(("Year", "Month", "Day"), day.split("-"), strict=True):
            SubElement(stated, name).text = str(int(part))
    ids = SubElement(data, "ArticleIdList")
    SubElement(ids, "ArticleId", IdType="pubmed").text = record["id"]
    if record["doi"]:
        SubElement(ids, "ArticleId", IdType="doi").text = record["doi"]
    # The DOI of a cited document is not the record's.
    reference = SubElement(SubElement(data, "ReferenceList"), "Reference")
    cited = SubElement(reference, "ArticleIdList")
    SubElement(cited, "ArticleId", IdType="doi").text = "10.5555/cited"
