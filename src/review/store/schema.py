"""The tables of the store, and which of them nobody may change; people's own are in ``people``.

Four kinds of table. *What was received* (run, search, record, hit, notice, full_text) and *what
the machine said* (assessment, tagging and their parts, reopening, audit, canary) are written once.
*What people and duplicate checks said* (duplicate_vote, canary_release, and what stands in
``people``) is append-only: the database refuses to change or delete it, and changing one's mind is
a new row. *What can be rebuilt* (report, report_member, record_fingerprint, record_key,
embedding, ranking) is derived from the others.

Everything said about a report names a record: a report is called after its earliest record, and the
views find today's report through ``report_member``. So two reports can be joined, and parted again,
without touching a word that was said about either.
"""

from __future__ import annotations

import sqlalchemy as sa

from review.store import columns, people
from review.store.columns import UtcDateTime
from review.store.columns import metadata as metadata
from review.store.people import annotation as annotation
from review.store.people import annotation_consensus as annotation_consensus
from review.store.people import assignment as assignment
from review.store.people import consensus as consensus
from review.store.people import decision as decision
from review.store.people import note as note
from review.store.people import planted as planted
from review.store.people import planted_answer as planted_answer
from review.store.people import reviewer as reviewer

# Every table that the database itself keeps from being changed.
APPEND_ONLY = ("duplicate_vote", "canary_release", *people.APPEND_ONLY)


# --- what was received --------------------------------------------------------------------------

protocol_version = sa.Table(
    "protocol_version",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    columns.text("key"),
    columns.text("version"),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    columns.serial(),
    columns.text("kind"),  # import, update, screen, tag, publish
    columns.text("state"),  # running, completed, degraded, failed
    sa.Column("protocol", sa.ForeignKey("protocol_version.fingerprint"), nullable=False),
    columns.text("code_version"),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("summary", sa.JSON, nullable=False),
)

search = sa.Table(
    "search",
    metadata,
    columns.serial(),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False, index=True),
    columns.text("source"),
    columns.text("address"),  # the file read, or the address asked
    columns.text("query"),
    columns.text("change"),  # new or changed records of the window; empty for a file
    columns.text("understood"),  # the query as the source says it read it
    columns.text("state"),  # running, completed, failed
    columns.text("sha256"),  # of the bytes received, as kept in raw/
    sa.Column("expected", sa.Integer),
    sa.Column("received", sa.Integer),
    # Sent by a source that only ranks, and not what the strategy asks for.
    sa.Column("passed_over", sa.Integer, nullable=False, server_default="0"),
    sa.Column("refused", sa.JSON, nullable=False),  # [{"line": 3, "reason": "…"}]
    sa.Column("warnings", sa.JSON, nullable=False),
    sa.Column("window_from", UtcDateTime),
    sa.Column("window_to", UtcDateTime),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
)

record = sa.Table(
    "record",
    metadata,
    columns.serial(),
    columns.text("source"),
    columns.text("source_id"),
    sa.Column("content_hash", sa.Text, nullable=False, server_default="", index=True),
    *columns.bibliography(),
    sa.Column("keywords", sa.JSON, nullable=False),
    sa.Column("publication_types", sa.JSON, nullable=False),
    columns.text("url"),
    sa.Column("search_id", sa.ForeignKey("search.id"), nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("source", "source_id", "content_hash"),
)

hit = sa.Table(
    "hit",
    metadata,
    sa.Column("search_id", sa.ForeignKey("search.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    columns.record("record_id", index=True),
    sa.Column("entered_on", sa.Date),  # the day it entered the source, where the source says so
)

raw_page = sa.Table(
    "raw_page",
    metadata,
    sa.Column("search_id", sa.ForeignKey("search.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    columns.text("asked"),  # the question, without credentials
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    columns.text("sha256"),  # of the body, as kept in raw/
    sa.Column("received_at", UtcDateTime, nullable=False),
)

notice = sa.Table(
    "notice",
    metadata,
    columns.record("record_id", primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # retraction, correction, reinstatement, …
    sa.Column("notice_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("dated", sa.Date),
    sa.Column("search_id", sa.ForeignKey("search.id"), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

# What people decided in other programs: shown, and counted nowhere among this review's decisions.
foreign_vote = sa.Table(
    "foreign_vote",
    metadata,
    sa.Column("search_id", sa.ForeignKey("search.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("voter", sa.Text, primary_key=True),  # a person, or the program where it names none
    columns.record("record_id", index=True),
    columns.text("verdict"),
    columns.text("reason"),  # in that program's words
)

full_text = sa.Table(
    "full_text",
    metadata,
    columns.serial(),
    columns.record(index=True),
    columns.text("source"),
    columns.text("source_id"),  # its name there, such as PMC1234567; empty where it has none
    columns.text("state"),  # retrieved, not_open, other_report
    columns.text("address"),
    columns.text("media_type"),
    columns.text("licence"),
    columns.text("sha256"),  # of the body, as kept in raw/
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

# --- what can be rebuilt ------------------------------------------------------------------------

report_member = sa.Table(
    "report_member",
    metadata,
    sa.Column("record_id", sa.ForeignKey("record.id"), primary_key=True, autoincrement=False),
    columns.record("report_id", index=True),
    # The report the machine put it into, where a person's answer has moved it or its report.
    sa.Column("placed_in", sa.Integer, index=True),
)

report = sa.Table(
    "report",
    metadata,
    sa.Column("report_id", sa.ForeignKey("record.id"), primary_key=True, autoincrement=False),
    *columns.bibliography(),
    columns.text("text_hash"),
    sa.Column("record_ids", sa.JSON, nullable=False),
    # What is not judged yet is found by these two alone, without reading every abstract.
    sa.Index(None, "report_id", "text_hash"),
)

# What records are compared by, so that an update need not read the old ones.
record_fingerprint = sa.Table(
    "record_fingerprint",
    metadata,
    sa.Column("record_id", sa.ForeignKey("record.id"), primary_key=True, autoincrement=False),
    columns.text("version"),  # of the rules that made it and the keys
    sa.Column("whole", sa.BigInteger, nullable=False, index=True),
)

record_key = sa.Table(
    "record_key",
    metadata,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.ForeignKey("record.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

embedding = sa.Table(
    "embedding",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("text_hash", sa.Text, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # little-endian float32
)

# The order in which people may screen what awaits them; votes outside a run make it anew, too.
ranking = sa.Table(
    "ranking",
    metadata,
    sa.Column("report_id", sa.ForeignKey("record.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, nullable=False, index=True),  # 1 is to be screened first
    sa.Column("score", sa.Float, nullable=False),
    columns.text("model"),
    sa.Column("run_id", sa.ForeignKey("run.id")),
    sa.Column("ranked_at", UtcDateTime, nullable=False),
)

# --- what the machine said ----------------------------------------------------------------------

assessment = sa.Table(
    "assessment",
    metadata,
    columns.serial(),
    columns.record(),
    columns.text("text_hash"),
    columns.text("model"),
    columns.text("verdict"),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("exclusion_reason", sa.Text),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("assessed_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("report_id", "text_hash", "model"),
)

assessment_answer = sa.Table(
    "assessment_answer",
    metadata,
    sa.Column("assessment_id", sa.ForeignKey("assessment.id"), primary_key=True),
    sa.Column("criterion", sa.Text, primary_key=True),
    columns.text("answer"),
    sa.Column("probability", sa.Float, nullable=False),
    *columns.quote(nullable=True),
)

tagging = sa.Table(
    "tagging",
    metadata,
    columns.serial(),
    columns.record(),
    columns.text("text_hash"),
    columns.text("model"),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("tagged_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("report_id", "text_hash", "model"),
)

passage = sa.Table(
    "passage",
    metadata,
    columns.serial(),
    sa.Column("tagging_id", sa.ForeignKey("tagging.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    columns.text("section"),
    sa.Column("relevance", sa.Float, nullable=False),
    *columns.quote(nullable=False),
)

suggestion = sa.Table(
    "suggestion",
    metadata,
    columns.serial(),
    sa.Column("passage_id", sa.ForeignKey("passage.id"), nullable=False, index=True),
    columns.text("theme"),
    sa.Column("rank", sa.Integer, nullable=False),  # 1 is the likeliest theme of the passage
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("suggested", sa.Boolean, nullable=False),
    columns.text("direction"),
    sa.Column("direction_score", sa.Float, nullable=False),
    columns.text("nearest"),
    # The order of lanes.
    sa.Index(None, "score", **columns.where("suggested = 1", "suggested")),
    sa.Index(None, "theme", "score", **columns.where("suggested = 1", "suggested")),
)

# A report that people had decided on and that is not what it was: shown to them again.
reopening = sa.Table(
    "reopening",
    metadata,
    columns.serial(),
    columns.record(index=True),
    sa.Column("cause", sa.Text, nullable=False),  # text_changed, published, retraction, …
    columns.text("notice_id"),  # of the notice that says so, where one does
    columns.text("source"),
    columns.text("text_before"),  # title and abstract as they were when people decided
    columns.text("text_after"),
    columns.text("text_hash"),  # of the text after
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("report_id", "cause", "notice_id", "text_hash"),
)

# Machine exclusions drawn at random for people to screen blind.
audit = sa.Table(
    "audit",
    metadata,
    columns.record("report_id", primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("drawn_at", UtcDateTime, nullable=False),
)

# Whether a search still finds a known included record; it has said so once it is completed.
canary = sa.Table(
    "canary",
    metadata,
    sa.Column("search_id", sa.ForeignKey("search.id"), primary_key=True),
    columns.record("record_id", primary_key=True),
    sa.Column("is_found", sa.Boolean, nullable=False),
)

# --- what people and duplicate checks said of records: append-only -------------------------------

duplicate_vote = sa.Table(
    "duplicate_vote",
    metadata,
    *columns.vote(),
    columns.record("record_a", index=True),
    columns.record("record_b", index=True),
    columns.text("verdict"),  # same, different, linked, ask, withdrawn
    sa.Column("confidence", sa.Float, nullable=False),
    columns.text("reason"),
    columns.text("voter"),  # a reviewer, or machine:<version>
    sa.Column("voted_at", UtcDateTime, nullable=False),
)

# A person's word that a search need not find a record any more.
canary_release = sa.Table(
    "canary_release",
    metadata,
    *columns.vote(),
    columns.record("record_id", index=True),
    columns.text("query"),  # the strategy that no longer finds it
    sa.Column("reviewer", sa.ForeignKey("reviewer.name"), nullable=False),
    columns.text("reason"),
    sa.Column("released_at", UtcDateTime, nullable=False),
)

edition = sa.Table(
    "edition",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("published_at", UtcDateTime, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    columns.text("folder"),
    columns.text("sha256"),  # of the edition's page
)
