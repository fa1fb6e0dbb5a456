"""bib-dedupe on a labelled set: what it says of which pairs, as votes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from bib_dedupe.bib_dedupe import block, match, prep

from identification.duplicates import PairVote
from review.decisions import Sameness

if TYPE_CHECKING:
    from benchmarks.duplicates import LabelledSet

_SAID = {"duplicate": Sameness.SAME, "maybe": Sameness.ASK}


def find_peer_votes(labelled: LabelledSet) -> tuple[Sequence[PairVote], float]:
    """Its duplicates as SAME and its maybes as ASK, and in how many seconds on one core.

    It gets the fields it asks for; the names of proceedings as ``booktitle``.
    """
    table = _table(labelled)
    start = time.perf_counter()
    pairs = match(block(prep(table, cpu=1, verbosity_level=0), cpu=1), cpu=1)
    seconds = time.perf_counter() - start
    place = {record_id: n for n, record_id in enumerate(labelled.ids)}
    votes = [
        PairVote(
            first=min(place[one], place[other]), second=max(place[one], place[other]),
            verdict=_SAID[label], confidence=0.9, reason=label,
        )
        for one, other, label in zip(
            pairs["ID_1"], pairs["ID_2"], pairs["duplicate_label"], strict=True
        )
        if label in _SAID
    ]  # fmt: skip
    return votes, seconds


def _table(labelled: LabelledSet) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ID": record_id,
            "ENTRYTYPE": "inproceedings" if "inproceedings" in r.publication_types else "article",
            "title": r.title,
            "author": " and ".join(r.authors),
            "year": str(r.year or ""),
            "journal": "" if "inproceedings" in r.publication_types else r.journal,
            "booktitle": r.journal if "inproceedings" in r.publication_types else "",
            "volume": r.volume,
            "number": r.issue,
            "pages": r.pages,
            "doi": r.doi,
            "isbn": "",
            "abstract": r.abstract,
        }
        for record_id, r in zip(labelled.ids, labelled.records, strict=True)
    )
