"""relearn: refit the screening model from people's decisions, and keep it only if it is better."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from review.decisions import Stage
from review.language import Encoder
from review.models import next_version
from review.protocol import Protocol, load_protocol
from review.relearning import FEWEST, Comparison, Relearnt
from review.store.decisions import find_decisions
from review.store.duplicates import find_studies
from review.store.editions import find_said
from review.store.embeddings import StoredVectors
from review.store.records import find_reports
from review.store.reopenings import find_open_reopenings
from review.store.runs import count_towards
from review.store.session import Session
from screening.card import write_card
from screening.compared import FEWEST_STUDIES, compare_recipes
from screening.decided import learn_from_decisions
from screening.fit import Sheet, prepare_sheet
from screening.labelled import LabelledReport
from screening.learn import LABELLED_FILE, fit_screening, keep_version, read_examples, read_origin
from screening.model_files import TASK, find_screening_model, read_metrics

log = logging.getLogger(__name__)

_DRAWS_OF_FOLDS = 3


def relearn_screening(
    session: Session,
    protocol_folder: Path,
    models: Sequence[Path],
    encoder: Encoder,
    *,
    run_id: int,
    now: datetime,
    fewest: int = FEWEST,
    dry_run: bool = False,
    draws: int = _DRAWS_OF_FOLDS,
    seed: int = 0,
) -> Relearnt:
    """Refit the review's screening model from its labelled reports and people's decisions.

    The present model's recipe, without the decisions that are new to it, and the candidate are
    tested on the same studies held back. A candidate that is better by ``screening.compared.RULE``
    becomes the next version, in the first of the ``models`` folders; with ``dry_run`` nothing is
    written there. What only the machine said teaches nothing. Commits.

    Raises ProtocolError, InputError or ModelError with a sentence.
    """
    protocol = load_protocol(protocol_folder)
    taught = _find_taught(session, protocol, protocol_folder, models)
    done = Relearnt(
        task=TASK,
        present=taught.present,
        answers=len(taught.decided),
        new=len(taught.new),
        blind=len(taught.blind),
        left_out=taught.left_out,
        why=_too_few(taught, fewest),
    )
    if not done.why:
        encoder = encoder.using(StoredVectors(session))
        sheet = prepare_sheet(protocol, taught.labelled, encoder)
        # Before the long work: people go on voting while it lasts.
        session.commit()
        compared = _compare(protocol, taught, sheet, encoder.fingerprint, draws, seed)
        done = replace(done, compared=compared, why=compared.why)
        if compared.better and not dry_run:
            done = replace(done, folder=models[0] / TASK / next_version(models, TASK))
            _promote(done, protocol, protocol_folder, taught, encoder, now, draws)
    counts = {"new": done.new, "promoted": int(done.folder is not None)}
    count_towards(session, run_id, "relearn screening", counts)
    session.commit()
    log.info("screening: %s", done.why)
    return done


@dataclass(frozen=True, kw_only=True)
class _Taught:
    """All that can be learnt from: the review's examples, and what people decided, by report id.

    ``new`` are the reports the ``present`` model has not learnt from, ``blind`` those that people
    decided on before they saw the machine's view.
    """

    present: str
    examples: Sequence[LabelledReport]
    decided: Mapping[int, LabelledReport]
    new: frozenset[int]
    blind: frozenset[int]
    left_out: Mapping[str, int]

    @property
    def labelled(self) -> list[LabelledReport]:
        return [*self.examples, *self.decided.values()]

    def rows(self, report_ids: frozenset[int]) -> list[int]:
        """Where the reports stand in ``labelled``."""
        first = len(self.examples)
        return [first + n for n, report_id in enumerate(self.decided) if report_id in report_ids]


def _find_taught(
    session: Session, protocol: Protocol, protocol_folder: Path, models: Sequence[Path]
) -> _Taught:
    has_examples = (protocol_folder / LABELLED_FILE).exists()
    examples = read_examples(protocol_folder, protocol) if has_examples else []
    said = find_said(session)
    decided, left_out = learn_from_decisions(
        said,
        find_reports(session, said),
        find_studies(session),
        protocol,
        reopened=find_open_reopenings(session),
        known={report.title.casefold() for report in examples},
    )
    seen = {
        (d.report_id, d.saw_assessment)
        for d in find_decisions(session)
        if d.stage is Stage.TITLE_ABSTRACT
    }
    folder = find_screening_model(models, protocol.key)
    metrics = read_metrics(folder) if folder else {}
    return _Taught(
        present=f"screening/{protocol.key}/{metrics.get('version', 'cues')}",
        examples=examples,
        decided=decided,
        new=frozenset(decided) - set(metrics.get("decisions", ())),
        blind=frozenset(i for i in decided if (i, False) in seen and (i, True) not in seen),
        left_out=left_out,
    )


def _too_few(taught: _Taught, fewest: int) -> str:
    """Why there is nothing to learn or to compare yet; empty where there is."""
    if len(taught.new) < fewest:
        return f"nothing to learn yet: {len(taught.new)} new decisions, {fewest} needed"
    real = [report for report in taught.labelled if not report.constructed]
    both = [{r.group for r in real if r.included is verdict} for verdict in (True, False)]
    if min(map(len, both)) < FEWEST_STUDIES:
        return (
            f"nothing to compare yet: {len(both[0])} studies with an include and {len(both[1])} "
            f"with an exclusion, {FEWEST_STUDIES} of each needed"
        )
    return ""


def _compare(
    protocol: Protocol, taught: _Taught, sheet: Sheet, encoder: str, draws: int, seed: int
) -> Comparison:
    # Who saw the machine's view tends to agree with it: such answers teach, and test only where
    # there are no others.
    led = taught.rows(frozenset(taught.decided) - taught.blind) if taught.blind else ()
    real = [n for n, report in enumerate(sheet.labelled) if not report.constructed]
    return compare_recipes(
        protocol,
        sheet,
        encoder,
        new=taught.rows(taught.new),
        tested=sorted(set(real) - set(led)),
        draws=draws,
        seed=seed,
    )


def _promote(
    done: Relearnt,
    protocol: Protocol,
    protocol_folder: Path,
    taught: _Taught,
    encoder: Encoder,
    now: datetime,
    draws: int,
) -> None:
    assert done.folder is not None
    assert done.compared is not None
    model, metrics = fit_screening(
        protocol, taught.labelled, encoder, version=done.folder.name, repeats=draws
    )
    metrics |= {"decisions": sorted(taught.decided), "compared": done.compared.as_dict()}
    origin = (
        f"{read_origin(protocol_folder)}\n\n{done.answers} of these reports were decided on in "
        "this review. An include says that every criterion lets the report in, an exclusion tells "
        f"of the criterion whose reason it names and of no other.\n\n{done.as_markdown()}"
    )
    keep_version(done.folder, model, metrics, write_card(protocol, model, metrics, origin, now))
