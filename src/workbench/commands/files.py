"""Verbs that need no store: judge, tag and deduplicate a file and write a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from review.errors import InputError
from review.settings import Settings
from workbench.commands.opening import open_encoder, read_review
from workbench.commands.output import write_whole

if TYPE_CHECKING:
    from identification.files import FileContents
    from identification.votes import PairVote
    from review.annotations import PassageTags
    from review.decisions import Assessment
    from review.language import Encoder

_IN = click.argument("source", metavar="IN", type=click.Path(path_type=Path))
_OUT = click.argument("target", metavar="OUT", type=click.Path(path_type=Path))


@click.command("screen-file")
@_IN
@_OUT
def screen_file(source: Path, target: Path) -> None:
    """Judge the records of a file against the review's criteria.

    OUT is a CSV with record_id, verdict, exclusion_reason and probability, and for each criterion
    its answer (met, not_met, unclear), probability and the quote that decides.

    \b
    Example:  living-review screen-file data/example/psycinfo.ris screened.csv
    """
    from screening.screen import assess_in_batches, open_screener

    settings = Settings.from_env()
    protocol, _ = read_review(settings)
    contents = _read(source)
    screener = open_screener(settings.model_folders, protocol, open_encoder(settings))
    texts = [(e.record.title, e.record.abstract, e.record.language) for e in contents.records]
    # An entry that says nothing is answered too: nobody's row is missing from the output.
    texts += [("", "", "")] * len(contents.refused)
    ids = [e.record_id for e in contents.records] + [e.record_id for e in contents.refused]
    keys = [criterion.key for criterion in protocol.criteria]
    parts = ("answer", "probability", "quote")
    judged: list[Assessment] = []
    with write_whole(target) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(
            ["record_id", "verdict", "exclusion_reason", "probability"]
            + [f"{key}_{part}" for key in keys for part in parts]
        )
        for batch in assess_in_batches(texts, screener):
            for said in batch:
                rows.writerow(_row(ids[len(judged)], said, keys))
                judged.append(said)
            _progress("judged", len(judged), len(texts))
    _tell_refused(contents)
    _tell_screened(judged, keys, target)


def _row(record_id: str, said: Assessment, keys: list[str]) -> list[str]:
    from reporting.text import csv_cell

    answers = {answer.criterion: answer for answer in said.answers}
    row = [record_id, said.verdict.value, said.exclusion_reason or "", f"{said.probability:.4f}"]
    for key in keys:
        answer = answers[key]
        quote = csv_cell(answer.quote.exact if answer.quote else "")
        row += [answer.answer.value, f"{answer.probability:.4f}", str(quote)]
    return row


def _tell_screened(judged: list[Assessment], keys: list[str], target: Path) -> None:
    verdicts = [said.verdict.value for said in judged]
    click.echo(
        f"{len(judged)} records judged: {verdicts.count('include')} to include, "
        f"{verdicts.count('unsure')} unsure, {verdicts.count('exclude')} to exclude. {target}"
    )
    unclear = {
        key: sum(
            a.answer == "unclear" for said in judged for a in said.answers if a.criterion == key
        )
        for key in keys
    }
    never = [key for key, number in unclear.items() if judged and number == len(judged)]
    if never:
        click.echo("Could not be judged on any record: " + ", ".join(never) + ".")
    often = [f"{key} ({number})" for key, number in unclear.items() if number and key not in never]
    if often:
        click.echo("Left unclear on some records: " + ", ".join(often) + ".")


@click.command("tag-file")
@_IN
@_OUT
@click.option(
    "--outside",
    type=click.Path(path_type=Path),
    help="Write groups of passages that report an influence of no theme, as JSON lines.",
)
def tag_file(source: Path, target: Path, outside: Path | None) -> None:
    """Suggest influences for the passages of a JSON-lines file.

    IN holds one object with "id" and "text" per line, "title" if you like; OUT repeats each line
    with "suggestions": all influences, best first, each with score, whether it is suggested,
    direction, direction_score and the nearest example; with "relevance", how likely the passage
    reports any influence at all; and with "kind": aims, methods or aside (a reference, a caption,
    a row of a table) where it tells of nothing else, and nothing is suggested; or other.

    \b
    Example:  living-review tag-file passages.jsonl tagged.jsonl
    """
    from extraction.tag import open_tagger, tag_in_batches

    settings = Settings.from_env()
    _, codebook = read_review(settings)
    lines = list(_read_passages(source))
    tagger = open_tagger(settings.model_folders, codebook, open_encoder(settings))
    done = 0
    every: list[PassageTags] = []
    with write_whole(target) as out:
        for batch in tag_in_batches([line["text"] for line in lines], tagger):
            every += batch if outside else []
            for tags in batch:
                told = {**lines[done], **_suggestions(tags)}
                out.write(json.dumps(told, ensure_ascii=False) + "\n")
                done += 1
            _progress("tagged", done, len(lines))
    click.echo(f"{done} passages tagged. {target}")
    if outside is not None:
        _write_outside(lines, every, tagger.encoder, outside)


def _write_outside(
    lines: Sequence[dict[str, Any]], tags: Sequence[PassageTags], encoder: Encoder, target: Path
) -> None:
    from extraction.outside import find_outside

    texts = [line["text"] for line in lines]
    groups = find_outside(tags, texts, encoder.embed(texts))
    with write_whole(target) as out:
        for group in groups:
            told = {
                "words": group.words,
                "ids": [lines[n]["id"] for n in group.passages],
                "texts": [texts[n] for n in group.passages],
            }
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
    click.echo(f"{len(groups)} groups of passages outside the codebook. {target}")


def _read_passages(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as unreadable:
        raise InputError(f"{path}: cannot be read ({unreadable.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    remedy = 'each line must be an object such as {"id": "1", "text": "…"}'
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            passage = json.loads(line)
        except json.JSONDecodeError as malformed:
            raise InputError(
                f"{path}, line {number}: is not JSON ({malformed.msg}); {remedy}"
            ) from None
        if not isinstance(passage, dict):
            raise InputError(f"{path}, line {number}: is no JSON object; {remedy}")
        for field in ("id", "text"):
            if field not in passage:
                raise InputError(f"{path}, line {number}: the field '{field}' is missing; {remedy}")
        if not isinstance(passage["text"], str):
            raise InputError(f"{path}, line {number}, text: is no text; put it in quotes")
        yield passage
    if not text.strip():
        raise InputError(f"{path}: the file is empty; {remedy}")


def _suggestions(tags: PassageTags) -> dict[str, Any]:
    from extraction.cues import kind_of_passage

    return {
        "kind": kind_of_passage(tags.passage).value,
        "relevance": round(tags.relevance, 4),
        "suggestions": [
            {
                "theme": scored.theme,
                "score": round(scored.score, 4),
                "suggested": scored.suggested,
                "direction": scored.direction.value,
                "direction_score": round(scored.direction_score, 4),
                "nearest": scored.nearest,
            }
            for scored in tags.themes
        ],
    }


@click.command("dedupe-file")
@_IN
@_OUT
def dedupe_file(source: Path, target: Path) -> None:
    """Find the records of a file that describe one report.

    OUT is a CSV with record_id, cluster_id, confidence and reason, every record in it; the pairs a
    person should look at stand in a second file beside it, OUT.review.csv, and those that are two
    reports of one study, such as an abstract and its article, in a third, OUT.linked.csv.

    \b
    Example:  living-review dedupe-file data/example/openalex.csv clusters.csv
    """
    from identification.join import group_duplicates

    contents = _read(source)
    ids = [entry.record_id for entry in contents.records]
    found = group_duplicates([entry.record for entry in contents.records])
    with write_whole(target) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["record_id", "cluster_id", "confidence", "reason"])
        for position, placed in enumerate(found.placed):
            confidence = "" if placed.confidence is None else f"{placed.confidence:.4f}"
            # Ids may repeat within a file, so a cluster is called by its first record's place.
            rows.writerow([ids[position], placed.cluster + 1, confidence, placed.reason])
        for number, refusal in enumerate(contents.refused, start=len(ids) + 1):
            rows.writerow([refusal.record_id, number, "", f"not compared: {refusal.reason}"])
    review = _write_pairs(target, "review", contents, found.questions)
    linked = _write_pairs(target, "linked", contents, found.linked)
    _tell_refused(contents)
    reports = len({placed.cluster for placed in found.placed})
    click.echo(
        f"{len(ids)} records describe {reports} reports, {len(ids) - reports} are further copies. "
        f"{target}"
    )
    if found.questions:
        click.echo(f"{len(found.questions)} pairs for a person to look at. {review}")
    if found.linked:
        click.echo(f"{len(found.linked)} pairs of two reports of one study. {linked}")


def _write_pairs(
    target: Path, kind: str, contents: FileContents, votes: Sequence[PairVote]
) -> Path:
    """The pairs of a file's records as a CSV beside the target, whose name says what they are."""
    from reporting.text import csv_cell

    entries = contents.records
    path = target.with_name(f"{target.stem}.{kind}{target.suffix or '.csv'}")
    with write_whole(path) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["record_id_a", "record_id_b", "confidence", "reason", "title_a", "title_b"])
        for vote in votes:
            pair = (entries[vote.first], entries[vote.second])
            titles = [csv_cell(entry.record.title) for entry in pair]
            confidence = f"{vote.confidence:.4f}"
            rows.writerow([*(e.record_id for e in pair), confidence, vote.reason, *titles])
    return path


def _read(path: Path) -> FileContents:
    from identification.files import read_file

    return read_file(path)


def _tell_refused(contents: FileContents) -> None:
    for refusal in contents.refused:
        click.echo(f"{contents.path}, line {refusal.line}: refused, {refusal.reason}", err=True)


def _progress(words: str, done: int, total: int) -> None:
    click.echo(f"{words} {done} of {total}", err=True)
