"""Sentences a second of tagging beside the stock encoder, in one process, and what it costs.

Run from the checkout's root:  .venv/bin/python -m benchmarks.encoder [--abstracts N] [--rounds N]
Reads the abstracts of ../shared/data/screening where they are, else the labelled ones. Prints, per
round A B A B, the sentences per second of processor of tagging whole abstracts (split, embed,
score, name a direction), of our batches alone and of SentenceTransformer.encode(batch_size=32) on
the same sentences, the ratios, the share of splitting and scoring, padding, the lowest cosine and
peak memory. Where the extra onnx is installed, also of the encoder in eight-bit numbers and what it
does to the figures of the themes.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from sentence_transformers import SentenceTransformer

from extraction.evaluate import evaluate_themes
from extraction.fit import fit_rows
from extraction.labelled import training_rows
from extraction.learn import read_labelled_folder
from extraction.model import ExtractionModel, load_model
from extraction.passages import split_passages
from extraction.tagging import tag_passages
from extraction.themes import ThemeFit
from extraction.trial import theme_outcome_of, try_out
from review.language import Encoder, MemoryCache, Vectors, _token_batches
from review.protocol import Codebook, load_codebook

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = ROOT / "data/protocol/peer-support"
ABSTRACTS = ROOT.parent / "shared/data/screening"
Made = TypeVar("Made")


def main(arguments: Sequence[str]) -> None:
    """Tag the abstracts in turn with the stock encoder, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--abstracts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    records = read_abstracts(asked.abstracts)
    codebook, encoder = load_codebook(PROTOCOL), Encoder()
    model = load_model((ROOT / "models",), codebook, encoder)
    stock = SentenceTransformer(str(encoder._place()), device="cpu", local_files_only=True)
    sentences = [p.quote.exact for record in records for p in split_passages(*record)]
    print(f"{len(records)} abstracts, {len(sentences)} sentences, {asked.rounds} rounds")
    encoder.embed(sentences[:8])
    stock.encode(sentences[:8])
    usual = race(records, sentences, model, encoder, stock, asked.rounds)
    tell_padding(sentences, stock)
    if not all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime", "onnxscript")):
        print("eight-bit numbers are left out: the extra onnx is not installed", file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory() as folder:
            tell_small(records, sentences, codebook, usual, stock, Path(folder), asked.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory {peak:.2f} GB, stock encoder included")


def race(
    records: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    model: ExtractionModel,
    encoder: Encoder,
    stock: SentenceTransformer,
    rounds: int,
) -> Vectors:
    """Tag and encode in turns; the vectors of ours."""
    tagged, alone, peer, rest = [], [], [], []
    ours = theirs = np.zeros((0, 0), dtype=np.float32)
    # What is read once, such as the model that tells languages apart, is no part of the race.
    tag_passages(split_passages(*records[0]), model, encoder.using(MemoryCache()))
    for _ in range(rounds):
        fresh = encoder.using(MemoryCache())
        seconds, passages = _timed(lambda: [p for r in records for p in split_passages(*r)])
        whole, _ = _timed(lambda e=fresh, p=passages: tag_passages(p, model, e))
        tagged.append(seconds + whole)
        unread = encoder.using(MemoryCache())
        again, ours = _timed(lambda e=unread: e.embed(sentences))
        alone.append(again)
        # Tagged again over the same cache nothing is embedded: what is left is scoring.
        scoring, _ = _timed(lambda e=fresh, p=passages: tag_passages(p, model, e))
        rest.append((seconds + scoring) / (seconds + whole))
        stock_seconds, theirs = _timed(
            lambda: stock.encode(list(sentences), batch_size=32, normalize_embeddings=True)
        )
        peer.append(stock_seconds)
    for name, times in (("tagging", tagged), ("our batches", alone), ("stock encode", peer)):
        rates = [p / t for p, t in zip(peer, times, strict=True)]
        print(
            f"{name:<14}{len(sentences) / statistics.median(times):7.0f} sentences a second, ratio "
            f"{statistics.median(rates):.2f} ({min(rates):.2f} to {max(rates):.2f})"
        )
    print(f"splitting and scoring: {statistics.median(rest):.0%} of tagging")
    cosines = (ours * theirs).sum(axis=1)
    print(f"cosine to stock: mean {cosines.mean():.5f}, lowest {cosines.min():.5f}", flush=True)
    return ours


def tell_small(
    records: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    codebook: Codebook,
    usual: Vectors,
    stock: SentenceTransformer,
    folder: Path,
    rounds: int,
) -> None:
    """The same with the encoder in eight-bit numbers, by a model fitted on its vectors."""
    small = Encoder(str(folder / "default.int8"))
    labelled = read_labelled_folder(PROTOCOL / "labelled", codebook)
    themes = [theme.key for theme in codebook.themes]
    print("\nin eight-bit numbers")
    for name, encoder in (("usual vectors", Encoder()), ("eight-bit vectors", small)):
        rows = training_rows(codebook, labelled, encoder)
        fitted = ThemeFit(rows)
        figures = evaluate_themes(theme_outcome_of(try_out(rows, fitted), themes), draws=0)
        print(
            f"{name:<20}mean F1 {figures.macro_f1:.3f}, "
            f"mean AP {figures.macro_average_precision:.3f}",
            flush=True,
        )
    model = fit_rows(codebook, rows, small, name="benchmark")
    vectors = race(records, sentences, model, small, stock, rounds)
    print(f"cosine to the usual vectors: mean {(vectors * usual).sum(axis=1).mean():.4f}")


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


def tell_padding(sentences: Sequence[str], stock: SentenceTransformer) -> None:
    """The share of computed tokens that is padding."""
    lengths = [len(ids) for ids in stock.tokenizer(list(sentences), truncation=True)["input_ids"]]
    by_tokens = list(_token_batches(sorted(range(len(lengths)), key=lengths.__getitem__), lengths))
    by_characters = sorted(range(len(lengths)), key=lambda i: -len(sentences[i]))
    by_32 = [by_characters[i : i + 32] for i in range(0, len(lengths), 32)]
    print(f"padding: ours {_padding(by_tokens, lengths):.0%}, stock {_padding(by_32, lengths):.0%}")


def _timed(work: Callable[[], Made]) -> tuple[float, Made]:
    # Processor time: on a machine with other work the clock on the wall says little.
    begun = time.process_time()
    made = work()
    return time.process_time() - begun, made


def _padding(batches: Sequence[Sequence[int]], lengths: Sequence[int]) -> float:
    computed = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths) / computed


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main(sys.argv[1:])
