"""canary: what the searches must still find is listed, and let go by a person with a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from review.decisions import Decision, Stage, Verdict
from review.settings import CHECKOUT
from review.store.decisions import keep_decision, keep_reviewer
from review.store.session import Session, open_store
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_records
from tests.standins.serving import served
from tests.standins.world import World

Run = Callable[..., tuple[int, str, str]]
ASK = ("identify", "--until", "2026-02-01")


@dataclass
class Review:
    """A review that searches PubMed alone, and has included the first record it found."""

    run: Run
    world: World
    protocol: Path
    session: Session

    def change_strategy(self, query: str) -> None:
        body = yaml.safe_load(self.protocol.read_text(encoding="utf-8"))
        body["searches"] = [{"source": "pubmed", "query": query, "since": "2026-01-01"}]
        self.protocol.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")

    def listed(self) -> list[dict[str, str | None]]:
        code, out, _ = self.run("canary", "list", "--json")
        assert code == 0
        rows: list[dict[str, str | None]] = json.loads(out)
        return rows


@pytest.fixture
def review(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Review]:
    folder = tmp_path / "protocol"
    folder.mkdir()
    for name in ("protocol.yaml", "codebook.yaml"):
        shutil.copy(CHECKOUT / "data/protocol/peer-support" / name, folder)
    monkeypatch.setenv("LIVING_REVIEW_PROTOCOL", str(folder))
    monkeypatch.setenv("LIVING_REVIEW_EMAIL", "review@example.org")
    world = World(make_records(5), today="2026-02-01")
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with served(EutilsStandIn(world)) as address, store.session() as session:
        monkeypatch.setenv("LIVING_REVIEW_PUBMED_ADDRESS", address)
        review = Review(run, world, folder / "protocol.yaml", session)
        review.change_strategy('"peer support"[tiab]')
        assert run(*ASK)[0] == 0
        _include_first(session)
        session.commit()
        yield review
    store.close()


def _include_first(session: Session) -> None:
    keep_reviewer(session, "ana", "reviewer", datetime(2026, 2, 1, tzinfo=UTC))
    said = Decision(
        decision_id="one",
        report_id=1,
        stage=Stage.FULL_TEXT,
        reviewer="ana",
        verdict=Verdict.INCLUDE,
        decided_at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    keep_decision(session, said)


# A strategy that was changed so that it loses an included record degrades its run, and the list
# says so; with a person's release the next run ends well, and without it the one after does not.
def test_a_lost_record_is_listed_and_let_go(review: Review) -> None:
    code, out, _ = review.run(*ASK)
    assert code == 0
    assert "1 known included records sought, 0 of them not found" in out
    [row] = review.listed()
    assert row["source"] == "pubmed"
    assert row["id"] == "40000001"
    assert row["lost_since"] is None
    assert row["found_at"] is not None
    review.change_strategy('"recovery college"[tiab]')
    code, _, err = review.run(*ASK)
    assert code == 1
    assert "PubMed no longer finds 1 of 1 known included records" in err
    [row] = review.listed()
    assert row["lost_since"] is not None
    _, out, _ = review.run("canary", "list")
    assert "lost since" in out
    assert out.endswith("1 known included records are sought, 1 of them are lost.\n")
    release = ("canary", "release", "pubmed", "40000001", "--by", "ben", "--reason", "No college.")
    assert review.run(*release)[0] == 0
    assert review.run(*ASK)[0] == 0
    [row] = review.listed()
    assert (row["released_by"], row["reason"]) == ("ben", "No college.")
    assert review.run(*release, "--withdraw")[0] == 0
    assert review.run(*ASK)[0] == 1
    # Both words stand in the store for good, each by a person it knows.
    said = review.session.execute(sa.text("SELECT reviewer, reason FROM canary_release")).all()
    assert [tuple(row) for row in said] == [("ben", "No college.")] * 2
    known = review.session.execute(sa.text("SELECT role FROM reviewer WHERE name = 'ben'"))
    assert known.scalar_one() == "reviewer"


# What is asked for known records can be read again, like every search of a run.
def test_a_run_that_asked_for_known_records_is_read_again(review: Review) -> None:
    assert review.run(*ASK)[0] == 0
    code, out, _ = review.run("identify", "--from-raw", "2")
    assert (code, out) == (0, "Run 2 read again: 1 records as they were kept, 0 not.\n")


# What cannot be let go is refused in a sentence, and nothing is written.
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("psycinfo", "1", "--by", "ana", "--reason", "x"), "does not search 'psycinfo'; use one"),
        (("pubmed", "40000002", "--by", "ana", "--reason", "x"), "is no known included record"),
        (("pubmed", "40000001", "--by", " ", "--reason", "x"), "fill in --by and --reason"),
        (("pubmed", "40000001", "--by", "a", "--reason", "x", "--withdraw"), "is not released"),
    ],
)
def test_what_cannot_be_released_is_refused(
    review: Review, arguments: tuple[str, ...], sentence: str
) -> None:
    code, _, err = review.run("canary", "release", *arguments)
    assert code == 1
    assert sentence in err
    count = review.session.execute(sa.text("SELECT count(*) FROM canary_release"))
    assert count.scalar_one() == 0


# A second release says that there is one already.
def test_a_record_is_released_once(review: Review) -> None:
    release = ("canary", "release", "pubmed", "40000001", "--by", "ana", "--reason", "Gone.")
    assert review.run(*release)[0] == 0
    code, _, err = review.run(*release)
    assert code == 1
    assert "is released already; --withdraw takes that back" in err


# Each verb below canary has help with an example.
@pytest.mark.parametrize("verb", ["list", "release"])
def test_the_verbs_have_help_with_an_example(review: Review, verb: str) -> None:
    code, out, _ = review.run("canary", verb, "--help")
    assert code == 0
    assert f"living-review canary {verb}" in out
