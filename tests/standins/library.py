"""Made-up records for the stand-ins: numbered, findable by one query, in every source."""

from __future__ import annotations

from datetime import date, timedelta

from tests.standins.world import Seen

FIRST_DAY = date(2026, 1, 5)


def make_record(number: int, **changed: object) -> Seen:
    """Record ``number``: it enters every source, one day after the other, in 28 days."""
    day = (FIRST_DAY + timedelta(days=number % 28)).isoformat()
    pmid = str(40_000_000 + number)
    record: Seen = {
        "title": f"Peer support in service {number}: what <i>helps</i>",
        "abstract": f"Peer workers spoke of mental health care in service {number}; P<0.05.",
        "authors": ["Okello, Grace", f"Nguyen, Anh {number}"],
        "year": 2026,
        "journal": "Journal of Invented Studies",
        "volume": "7",
        "issue": "2",
        "pages": f"{number}-{number + 9}",
        "doi": f"10.5555/invented.{number}",
        "pmid": pmid,
        "keywords": ["Peer Group"],
        "in": {
            "pubmed": {"id": pmid, "entered": day},
            "europepmc": {"id": f"MED:{pmid}", "entered": day},
            "openalex": {"id": f"W{2_000_000 + number}", "entered": day},
            "crossref": {"id": f"10.5555/invented.{number}", "entered": day},
        },
    }
    return {**record, **changed}


def make_records(count: int) -> list[Seen]:
    return [make_record(number) for number in range(1, count + 1)]
