"""How each source stands: when it was last searched to the end, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from review.protocol import Protocol
from review.store.runs import RunState, SearchRow

_ASK_AGAIN = (
    "The next run asks for the same days again; living-review update does so now. Where that does "
    "not help, look at the strategy in protocol.yaml."
)
_GO_ON = "The next run goes on where it stopped, and asks no page twice."
_READ_AGAIN = "Put it right and into the inbox again, or import it by living-review import."
_NOT_YET = "living-review update asks it now."
_NO_ADDRESS = "Say in LIVING_REVIEW_EMAIL where a source can write to, then run an update."
_LET_GO = (
    "See living-review canary list; mend the strategy in protocol.yaml, or let the records go with "
    "living-review canary release."
)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong with a source, in a sentence, and what helps."""

    why: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """When all strategies of a source were last searched to the end, and what is wrong with it.

    ``completed_at`` is when the last complete search ended, of a source that is not asked when its
    last file was read; ``until`` the day up to which every strategy of today has been searched.
    None where there is none.
    """

    source: str
    completed_at: datetime | None
    until: datetime | None
    troubles: tuple[Trouble, ...]


def describe_sources(
    protocol: Protocol,
    searches: Sequence[SearchRow],
    lost: Mapping[str, int],
    *,
    has_address: bool,
    is_running: bool,
) -> list[SourceState]:
    """The protocol's sources in its order, then those of which only files were read.

    ``searches`` are the last ones of each strategy and file, complete and not, oldest first;
    ``lost`` counts per source the included records that its strategies no longer find.
    ``has_address`` says whether a source may be asked at all, ``is_running`` whether a run is under
    way, to which a search belongs that has not ended.
    """
    asked = list(dict.fromkeys(search.source for search in protocol.searches))
    others = sorted({s.source for s in searches if not s.change} - {*asked})
    states = []
    for source in (*asked, *others):
        own = [s for s in searches if s.source == source]
        queries = [s.query for s in protocol.searches if s.source == source]
        kinds = ("new", "changed") if queries else ("",)
        complete = [s for s in own if s.state is RunState.COMPLETED and s.change in kinds]
        states.append(
            SourceState(
                source=source,
                completed_at=max((s.finished_at for s in complete if s.finished_at), default=None),
                until=_until(complete, queries),
                troubles=(
                    *_of_searches(own, queries, has_address, is_running),
                    *_of_files(own),
                    *_of_lost(lost.get(source, 0)),
                ),
            )
        )
    return states


def _until(complete: Iterable[SearchRow], queries: Iterable[str]) -> datetime | None:
    """The day up to which every strategy was searched for new records."""
    days: dict[str, datetime] = {}
    for search in complete:
        if search.window_to and search.change == "new":
            days[search.query] = max(search.window_to, days.get(search.query, search.window_to))
    reached = [days.get(query) for query in queries]
    known = [day for day in reached if day]
    return min(known) if known and len(known) == len(reached) else None


def _of_searches(
    own: Sequence[SearchRow], queries: Sequence[str], has_address: bool, is_running: bool
) -> Iterable[Trouble]:
    """What is wrong with the last search of each of today's strategies."""
    last = {(s.query, s.change): s for s in own if s.change and s.query in queries}
    if not {query for query, _ in last} >= set(queries):
        words = "It was not searched yet" if not last else "A strategy was not searched yet"
        yield Trouble(why=f"{words}.", remedy=_NOT_YET if has_address else _NO_ADDRESS)
    for search in last.values():
        if search.state is RunState.FAILED:
            said = search.warnings[-1] if search.warnings else "The last search failed"
            yield Trouble(why=_sentence(said), remedy=_ASK_AGAIN)
        elif search.state is RunState.RUNNING and not is_running:
            yield Trouble(why="The last search was stopped before its end.", remedy=_GO_ON)


def _of_files(own: Sequence[SearchRow]) -> Iterable[Trouble]:
    """Files whose last reading did not come to its end."""
    last = {search.address: search for search in own if not search.change}
    for name, search in last.items():
        if search.state is RunState.FAILED:
            said = str(search.refused[0]["reason"]) if search.refused else f"{name} was not read"
            yield Trouble(why=_sentence(said), remedy=_READ_AGAIN)


def _of_lost(lost: int) -> Iterable[Trouble]:
    if lost:
        records = "record is" if lost == 1 else "records are"
        yield Trouble(why=f"{lost} included {records} no longer found.", remedy=_LET_GO)


def _sentence(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."
