"""Open full texts at Europe PMC: under which PMCID it knows a report, and the document in JATS.

https://europepmc.org/RestfulWebService. Only what has a PMCID has a full text there, and whether
it is open is told by asking for it: an honest 404 says no. The search's own "isOpenAccess" is about
the licence, not about whether the document is given, so it is not relied upon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from identification.identifiers import find_doi
from identification.jats import JatsFacts, NotJatsError, read_jats
from identification.sources.answers import refuse_status, show_body
from identification.sources.base import Answer, AnswerError, Request
from identification.sources.europepmc import ADDRESS, read_results, search_request
from review.store.full_texts import SoughtReport

_PMCID = re.compile(r"PMC[1-9]\d*")
# One page holds them all: a few records answer to each name.
_PAGE = 1000


class EuropePmcFullTexts:
    """Says what to ask for full texts, and reads the answers. It never opens a connection."""

    name = "europepmc"
    title = "Europe PMC"
    # Reports looked up in one question.
    at_once = 50

    def __init__(self, *, address: str = ADDRESS, email: str = "") -> None:
        self.address = address.rstrip("/")
        self._email = email

    def ask_names(self, reports: Sequence[SoughtReport]) -> Request | None:
        """The question for what Europe PMC calls these reports; None where none has an id."""
        names = [name for report in reports for name in _names(report)]
        if not names:
            return None
        params = {
            "query": " OR ".join(names),
            "format": "json",
            "resultType": "lite",
            "pageSize": str(_PAGE),
            "cursorMark": "*",
            "synonym": "FALSE",
        }
        return search_request(self.address, params, self._email)

    def read_names(self, answer: Answer, reports: Sequence[SoughtReport]) -> dict[int, str]:
        """The PMCID of each of the reports that has one, by report id.

        Raises AnswerError or QuestionError where the answer is none, or is not the whole of it.
        """
        data = read_results(answer, self.title)
        results = [r for r in data["resultList"]["result"] if isinstance(r, Mapping)]
        if len(results) != data["hitCount"]:
            raise AnswerError(
                f"{self.title} announced {data['hitCount']} records and sent {len(results)}"
            )
        found = {report.report_id: _find_pmcid(report, results) for report in reports}
        return {report_id: pmcid for report_id, pmcid in found.items() if pmcid}

    def ask_document(self, pmcid: str) -> Request:
        """The question for one document."""
        params = {"email": self._email} if self._email else {}
        return Request(address=f"{self.address}/{pmcid}/fullTextXML", params=params)

    def read_document(self, answer: Answer) -> JatsFacts | None:
        """What the document says of itself; None where the source says that it is not open.

        Raises AnswerError where it is no whole document, QuestionError where it is refused.
        """
        if answer.status == 404:
            return None
        refuse_status(answer, self.title)
        try:
            return read_jats(answer.body)
        except NotJatsError as otherwise:
            raise AnswerError(
                f"{self.title} sent a full text that {otherwise}: {show_body(answer)}"
            ) from None


def tell_difference(report: SoughtReport, pmcid: str, facts: JatsFacts) -> str:
    """A sentence on why the document is not this report; empty where it is.

    The PMID decides where both name one, else the DOI; the PMCID must be the one asked for.
    """
    if facts.pmcid and facts.pmcid != pmcid:
        return f"{facts.pmcid} came in its place"
    if report.pmids and facts.pmid:
        same, named = facts.pmid in report.pmids, f"PMID {facts.pmid}"
        known = "PMID " + " or ".join(report.pmids)
    elif report.dois and facts.doi:
        same, named = facts.doi in report.dois, f"DOI {facts.doi}"
        known = "DOI " + " or ".join(report.dois)
    else:
        return ""
    return "" if same else f"it says of itself that it is {named}, and the report is {known}"


def _names(report: SoughtReport) -> Iterable[str]:
    known = dict.fromkeys([*report.known_as, *(f"MED:{pmid}" for pmid in report.pmids)])
    for source, _, number in (name.partition(":") for name in known):
        yield f'(SRC:{source} AND EXT_ID:"{number}")'
    for doi in report.dois:
        # One with a quotation mark is none that is registered, and would end the question early.
        if '"' not in doi:
            yield f'DOI:"{doi}"'


def _find_pmcid(report: SoughtReport, results: Iterable[Mapping[str, Any]]) -> str:
    """That of the result nearest to the report: by Europe PMC's own name, then PMID, then DOI."""
    ranked = sorted(
        (rank, str(result["pmcid"]))
        for result in results
        if _PMCID.fullmatch(str(result.get("pmcid") or ""))
        and (rank := _nearness(report, result)) is not None
    )
    return ranked[0][1] if ranked else ""


def _nearness(report: SoughtReport, result: Mapping[str, Any]) -> int | None:
    claims = (
        f"{result.get('source')}:{result.get('id')}" in report.known_as,
        str(result.get("pmid") or "") in report.pmids,
        find_doi([str(result.get("doi") or "")]) in report.dois,
    )
    return next((rank for rank, holds in enumerate(claims) if holds), None)
