"""Which searches a run has to make: every strategy of the protocol, from its date mark on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from identification.pull import Question
from identification.sources.base import Change, Source, Window
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.full_texts import EuropePmcFullTexts
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed
from review.errors import ProtocolError
from review.protocol import Protocol

# Sources enter records late and out of order: each window asks again for the two weeks before.
OVERLAP = timedelta(days=14)

Mark = Callable[[str, str, str], datetime | None]


def open_sources(
    email: str, keys: Mapping[str, str], addresses: Mapping[str, str]
) -> dict[str, Source]:
    """All known sources by name; ``addresses`` replace where they answer."""
    sources: list[Source] = [
        PubMed(email=email, api_key=keys.get("pubmed", ""), **_at("pubmed", addresses)),
        EuropePmc(email=email, **_at("europepmc", addresses)),
        OpenAlex(api_key=keys.get("openalex", ""), **_at("openalex", addresses)),
        Crossref(mailto=email, **_at("crossref", addresses)),
    ]
    return {source.name: source for source in sources}


def open_full_texts(email: str, addresses: Mapping[str, str]) -> EuropePmcFullTexts:
    """Where open full texts are asked for; ``addresses`` replace where it answers."""
    return EuropePmcFullTexts(email=email, **_at("europepmc", addresses))


def plan_searches(
    protocol: Protocol, sources: Mapping[str, Source], today: date, mark: Mark
) -> list[Question]:
    """The questions of a run on that day.

    ``mark`` tells for a source's name, its strategy and the kind of change how far the last
    complete search went. A changed strategy has no mark and begins anew. Raises ProtocolError
    where the protocol names a source that is not known.
    """
    questions: list[Question] = []
    for search in protocol.searches:
        if search.source not in sources:
            raise ProtocolError(
                f"the protocol searches '{search.source}', which is no known source; "
                f"use one of {', '.join(sorted(sources))}"
            )
        source = sources[search.source]
        changes = (Change.NEW, Change.CHANGED) if source.tells_changes else (Change.NEW,)
        for change in changes:
            reached = mark(search.source, search.query, change.value)
            since = search.since if reached is None else _from_mark(search.since, reached)
            if change is Change.CHANGED and reached is None:
                # What changed before the review knew it was received as it is.
                since = max(search.since, today - OVERLAP)
            window = Window(since=min(since, today), until=today)
            questions.append(
                Question(source=source, query=search.query, window=window, change=change)
            )
    return questions


def go_on_from(question: Question, reached: datetime) -> Question:
    """The question over what is left of its window once a search has reached so far."""
    window = question.window
    assert window is not None, "only a search over a window goes on"
    since = min(_from_mark(window.since, reached), window.until)
    return replace(question, window=Window(since=since, until=window.until))


def _from_mark(start: date, reached: datetime) -> date:
    return max(start, reached.date() - OVERLAP)


def _at(name: str, addresses: Mapping[str, str]) -> dict[str, Any]:
    return {"address": addresses[name]} if name in addresses else {}
