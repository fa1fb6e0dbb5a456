"""Verbs about duplicates: which pairs a person should look at, and answering about any two."""

from __future__ import annotations

import json
from dataclasses import asdict
from uuid import uuid4

import click

from review.decisions import Sameness
from review.store.duplicates import OpenQuestion, find_open_questions
from review.store.records import find_members, find_records
from workbench.commands.opening import now, open_session
from workbench.commands.verbs import Verbs

_VERDICTS = {
    Sameness.SAME: "one report",
    Sameness.DIFFERENT: "two reports",
    Sameness.LINKED: "two reports of one study",
}


@click.group(cls=Verbs)
def duplicates() -> None:
    """Pairs of records that may be one report, for a person to answer.

    An answer joins or parts two reports at once, deletes nothing, and outranks the machine for
    good; the last answer holds. The workbench shows the records side by side.

    \b
    Example:  living-review duplicates list
    """


@duplicates.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def list_questions(as_json: bool) -> None:
    """Name the pairs that wait for an answer, the likeliest first, and why each is asked.

    \b
    Example:  living-review duplicates list --json
    """
    with open_session() as session:
        questions = find_open_questions(session)
        named = {record_id for q in questions for record_id in (q.record_a, q.record_b)}
        titles = {key: record.title for key, record in find_records(session, named).items()}
    if as_json:
        told = [_as_json(question, titles) for question in questions]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for question in questions:
        click.echo(f"{question.record_a} {question.record_b}  {question.reason}")
        for record_id in (question.record_a, question.record_b):
            click.echo(f"  {record_id}: {titles[record_id] or '(no title)'}")
    words = "pair waits" if len(questions) == 1 else "pairs wait"
    click.echo(f"{len(questions)} {words} for an answer.")


@duplicates.command()
@click.argument("record_a", type=int)
@click.argument("record_b", type=int)
@click.argument("verdict", type=click.Choice([verdict.value for verdict in _VERDICTS]))
@click.option("--by", "reviewer", required=True, help="Your name, as in the votes.")
def answer(record_a: int, record_b: int, verdict: str, reviewer: str) -> None:
    """Say of any two records whether they are the same report, different, or linked.

    Linked are two reports of one study, such as an abstract and its article.

    \b
    Example:  living-review duplicates answer 12 40 same --by ana
    """
    from identification.settle import settle_pair

    said = Sameness(verdict)
    with open_session() as session:
        settle_pair(session, str(uuid4()), record_a, record_b, said, reviewer, now())
        members = find_members(session, (record_a, record_b))
    names = dict.fromkeys(f"report {members[record_id]}" for record_id in (record_a, record_b))
    click.echo(f"Records {record_a} and {record_b} are {_VERDICTS[said]}: {' and '.join(names)}.")


def _as_json(question: OpenQuestion, titles: dict[int, str]) -> dict[str, object]:
    return {
        **asdict(question),
        "title_a": titles[question.record_a],
        "title_b": titles[question.record_b],
    }
