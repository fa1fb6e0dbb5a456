"""Sentences a second of tagging beside the stock encoder, in one run, and what it costs.

Run from the checkout's root:  .venv/bin/python -m benchmarks.encoder [--abstracts N] [--part N]
Reads the abstracts of ../shared/data/screening where they are, else the labelled ones. Part by part
it tags whole abstracts (split, embed, score, name a direction; 64 at a time, as the verb does) and
has SentenceTransformer.encode(batch_size=32) embed the same sentences, all of a part at once, so
that other work on the machine slows both alike. The stock encoder has a process of its own: peak
memory is that of tagging. Prints sentences per second of processor time, ratios, the share of
splitting and scoring, cosines and padding. Where the extra onnx is installed, also those of the
encoder in eight-bit numbers, and what it does to the figures of the themes. Ten thousand abstracts
take an hour of one processor.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from sentence_transformers import SentenceTransformer

from extraction.evaluate import evaluate_themes
from extraction.fit import fit_rows
from extraction.labelled import training_rows
from extraction.learn import read_labelled_folder
from extraction.model import ExtractionModel, load_model
from extraction.passages import split_passages
from extraction.scorer import ScorerFit
from extraction.tagging import tag_passages
from extraction.trial import theme_outcome_of, try_out
from review.language import DEFAULT_ENCODER, Encoder, MemoryCache, Vectors, _token_batches
from review.protocol import load_codebook

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = ROOT / "data/protocol/peer-support"
ABSTRACTS = ROOT.parent / "shared/data/screening"
_REPORTS_AT_A_TIME = 64

Records = Sequence[tuple[str, str]]


def main(arguments: Sequence[str]) -> None:
    """Tag the abstracts part by part in turn with the stock encoder, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--abstracts", type=int, default=300)
    parser.add_argument("--part", type=int, default=100, help="abstracts in a turn (default 100)")
    asked = parser.parse_args(arguments)
    records = read_abstracts(asked.abstracts)
    model = load_model((ROOT / "models",), load_codebook(PROTOCOL), Encoder())
    # What is not tagging has its memory, and the garbage it leaves, in a process of its own.
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as beside,
        tempfile.TemporaryDirectory() as folder,
    ):
        racers = [Racer("tagging", Encoder(), model)]
        if all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime", "onnxscript")):
            racers.append(beside.submit(fit_small, Path(folder) / "default.int8").result())
        else:
            print("eight-bit numbers: the extra onnx is not installed", file=sys.stderr)
        race(records, racers, beside, asked.part)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory of tagging, with {len(racers)} encoders loaded: {peak:.2f} GB")


class TimedCache(MemoryCache):
    """A cache that holds how much processor time passed between asking it and filling it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._asked = 0.0

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        """As without a clock."""
        found = super().find(fingerprint, hashes)
        self._asked = time.process_time()
        return found

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        """As without a clock."""
        self.seconds += time.process_time() - self._asked
        super().keep(fingerprint, vectors)


@dataclass(kw_only=False)
class Racer:
    """What tags, and how long it took so far: in all, in the encoder, and by part."""

    name: str
    encoder: Encoder
    model: ExtractionModel
    embedding: float = 0.0
    parts: list[float] = field(default_factory=list)

    def tag(self, records: Records) -> tuple[list[str], Vectors]:
        """Tag a part; its sentences and their vectors as they were used."""
        sentences: list[str] = []
        vectors: list[Vectors] = []
        seconds = 0.0
        for some in _parts(records, _REPORTS_AT_A_TIME):
            cache = TimedCache()
            encoder = self.encoder.using(cache)
            begun = time.process_time()
            passages = [p for record in some for p in split_passages(*record)]
            tag_passages(passages, self.model, encoder)
            seconds += time.process_time() - begun
            self.embedding += cache.seconds
            own = [passage.quote.exact for passage in passages]
            sentences += own
            vectors.append(encoder.embed(own))
        self.parts.append(seconds)
        return sentences, np.concatenate(vectors)


def race(
    records: Records,
    racers: Sequence[Racer],
    beside: ProcessPoolExecutor,
    part: int,
) -> None:
    """Each racer and the stock encoder on a part, then on the next; totals after the last."""
    for racer in racers:
        # What is read once, such as the model that tells languages apart, is no part of the race.
        racer.tag(records[:1])
        racer.parts, racer.embedding = [], 0.0
    beside.submit(encode_stock, ["A sentence."]).result()
    stock: list[float] = []
    cosines: list[list[Vectors]] = [[] for _ in racers]
    sentences: list[str] = []
    for number, some in enumerate(_parts(records, part)):
        # In turns: who is first changes, in case the machine is slower at one time than another.
        turn = number % len(racers)
        found = {}
        for place in [*range(turn, len(racers)), *range(turn)]:
            own, found[place] = racers[place].tag(some)
        seconds, theirs = beside.submit(encode_stock, own).result()
        stock.append(seconds)
        sentences += own
        for place, ours in found.items():
            cosines[place].append((ours * theirs).sum(axis=1))
        print(f"{min((number + 1) * part, len(records))} abstracts", file=sys.stderr, flush=True)
        if (number + 1) % 10 == 0 or (number + 1) * part >= len(records):
            print(f"\n{(number + 1) * part} abstracts at most, {len(sentences)} sentences")
            for racer, near in zip(racers, cosines, strict=True):
                tell_racer(racer, len(sentences), stock, np.concatenate(near))
            print(f"{'stock encode':<22}{len(sentences) / sum(stock):5.0f} a second", flush=True)
    tell_padding(sentences)


def tell_racer(racer: Racer, sentences: int, stock: Sequence[float], cosines: Vectors) -> None:
    """One line: speed, the ratio to the stock encoder over all and by part, share and cosine."""
    ratios = [theirs / ours for theirs, ours in zip(stock, racer.parts, strict=True)]
    whole = sum(racer.parts)
    print(
        f"{racer.name:<22}{sentences / whole:5.0f} a second, ratio {sum(stock) / whole:.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f} by part), splitting and scoring "
        f"{1 - racer.embedding / whole:.1%}, cosine to stock: mean {cosines.mean():.5f}, "
        f"lowest {cosines.min():.5f}"
    )


@lru_cache(maxsize=1)
def _stock() -> SentenceTransformer:
    return SentenceTransformer(str(Encoder()._place()), device="cpu", local_files_only=True)


def encode_stock(sentences: list[str]) -> tuple[float, Vectors]:
    """Seconds of processor time that the stock encoder takes, and its vectors."""
    begun = time.process_time()
    vectors = _stock().encode(sentences, batch_size=32, normalize_embeddings=True)
    return time.process_time() - begun, np.asarray(vectors)


def fit_small(folder: Path) -> Racer:
    """Export the encoder in eight-bit numbers, say what it does to the themes, and fit a model."""
    codebook, small = load_codebook(PROTOCOL), Encoder(str(folder))
    labelled = read_labelled_folder(PROTOCOL / "labelled", codebook)
    themes = [theme.key for theme in codebook.themes]
    for encoder in (Encoder(DEFAULT_ENCODER), small):
        rows = training_rows(codebook, labelled, encoder)
        fitted = ScorerFit(rows)
        figures = evaluate_themes(theme_outcome_of(try_out(rows, fitted, encoder), themes), draws=0)
        print(
            f"themes by vectors of {Path(encoder.name).name}: mean F1 {figures.macro_f1:.3f}, "
            f"mean AP {figures.macro_average_precision:.3f}",
            flush=True,
        )
    fitted = fit_rows(codebook, rows, small, name="benchmark")
    return Racer("in eight-bit numbers", Encoder(str(folder)), fitted)


def read_abstracts(number: int) -> list[tuple[str, str]]:
    """Titles and abstracts, those of the labelled reviews where they are at hand."""
    files = sorted(ABSTRACTS.glob("*_*.csv"))
    if files:
        table = pd.concat([pd.read_csv(file).fillna("") for file in files])
    else:
        table = pd.read_json(PROTOCOL / "labelled/criteria.jsonl", lines=True)
    table = table[table.abstract.astype(str).str.len() > 200]
    table = table.sample(n=min(number, len(table)), random_state=0)
    return list(zip(table.title.astype(str), table.abstract.astype(str), strict=True))


def tell_padding(sentences: Sequence[str]) -> None:
    """The share of computed tokens that is padding, were all encoded at once."""
    tokens = _stock().tokenizer(list(sentences), truncation=True)
    lengths = [len(ids) for ids in tokens["input_ids"]]
    by_tokens = list(_token_batches(sorted(range(len(lengths)), key=lengths.__getitem__), lengths))
    by_characters = sorted(range(len(lengths)), key=lambda i: -len(sentences[i]))
    by_32 = [by_characters[i : i + 32] for i in range(0, len(lengths), 32)]
    print(
        f"\npadding: ours {_padding(by_tokens, lengths):.0%}, stock {_padding(by_32, lengths):.0%}"
    )


def _parts(records: Records, size: int) -> list[Records]:
    return [records[start : start + size] for start in range(0, len(records), size)]


def _padding(batches: Sequence[Sequence[int]], lengths: Sequence[int]) -> float:
    computed = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths) / computed


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main(sys.argv[1:])
