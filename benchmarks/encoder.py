"""Sentence vectors: our batches by token count beside the stock encoder, in one process.

Run from the checkout's root: .venv/bin/python benchmarks/encoder.py
Prints sentences per second of both, their ratio pair by pair, the share of computed tokens that is
padding, and the lowest cosine between the two's vectors.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from review.language import Encoder, MemoryCache, Vectors, _token_batches
from review.sentences import split_sentences

LABELLED = Path(__file__).resolve().parents[1] / "data/protocol/peer-support/labelled"
ROUNDS = 5


def main() -> None:
    """Encode the sentences of the labelled abstracts in turn, A B A B, and print."""
    sentences = _sentences()
    ours = Encoder()
    stock = SentenceTransformer(str(ours._place()), device="cpu", local_files_only=True)
    ours.embed(sentences[:8])
    stock.encode(sentences[:8])
    ratios, speeds = [], []
    cosine = 1.0
    for _ in range(ROUNDS):
        fresh = ours.using(MemoryCache())
        seconds, mine = _timed(lambda fresh=fresh: fresh.embed(sentences))
        stock_seconds, theirs = _timed(
            lambda: stock.encode(sentences, batch_size=32, normalize_embeddings=True)
        )
        ratios.append(stock_seconds / seconds)
        speeds.append((len(sentences) / seconds, len(sentences) / stock_seconds))
        cosine = min(cosine, float((mine * theirs).sum(axis=1).min()))
    print(f"{len(sentences)} sentences, {ROUNDS} rounds")
    print(f"ours   {statistics.median(s for s, _ in speeds):6.0f} sentences/s (median)")
    print(f"stock  {statistics.median(s for _, s in speeds):6.0f} sentences/s (median)")
    print(f"ratio  {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")
    lengths = [len(ids) for ids in stock.tokenizer(sentences, truncation=True)["input_ids"]]
    by_tokens = list(_token_batches(sorted(range(len(lengths)), key=lengths.__getitem__), lengths))
    by_characters = sorted(range(len(lengths)), key=lambda i: -len(sentences[i]))
    by_32 = [by_characters[i : i + 32] for i in range(0, len(lengths), 32)]
    print(f"padding: ours {_padding(by_tokens, lengths):.0%}, stock {_padding(by_32, lengths):.0%}")
    print(f"lowest cosine between the two: {cosine:.7f}")


def _sentences() -> list[str]:
    lines = (LABELLED / "criteria.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["abstract"] for line in lines]
    return sorted({s.text for text in texts for s in split_sentences(text)})


def _timed(work: object) -> tuple[float, Vectors]:
    begun = time.perf_counter()
    vectors = np.asarray(work())  # type: ignore[operator]
    return time.perf_counter() - begun, vectors


def _padding(batches: Sequence[Sequence[int]], lengths: Sequence[int]) -> float:
    computed = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths) / computed


if __name__ == "__main__":
    main()
