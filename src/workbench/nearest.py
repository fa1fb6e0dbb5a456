"""The verified passage of a theme that is most like the one a person looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from review.annotations import Annotation, Direction
from review.records import hash_text
from review.store.embeddings import StoredVectors, find_fingerprints
from review.store.passages import PassageRow, find_verified
from review.store.session import Session

# The latest verified passages of a theme among which the nearest is sought.
_COMPARED = 200


@dataclass(frozen=True, kw_only=True)
class Example:
    """A passage that bears a theme; it is from the codebook's examples where nobody verified it."""

    theme: str
    text: str
    is_verified: bool
    direction: Direction | None = None


def find_example(
    session: Session, passage: PassageRow, theme: str, labelled: str, reader: str
) -> Example | None:
    """The verified passage of another report most like this one, or the labelled example.

    Of others' words only those the reader may see.

    Likeness is that of the kept sentence vectors; where the passage has none, that of the words.
    """
    verified = find_verified(
        session, theme, elsewhere=passage.report_id, reader=reader, limit=_COMPARED
    )
    if verified:
        likest = _likest(session, passage.quote.exact, verified)
        return Example(
            theme=theme, text=likest.quote.exact, is_verified=True, direction=likest.direction
        )
    return Example(theme=theme, text=labelled, is_verified=False) if labelled else None


def _likest(session: Session, text: str, verified: Sequence[Annotation]) -> Annotation:
    hashes = {a.quote.exact: hash_text(a.quote.exact) for a in verified}
    own = hash_text(text)
    for fingerprint in find_fingerprints(session, own):
        vectors = StoredVectors(session).find(fingerprint, [own, *hashes.values()])
        known = [a for a in verified if hashes[a.quote.exact] in vectors]
        if known:
            return max(known, key=lambda a: float(vectors[own] @ vectors[hashes[a.quote.exact]]))
    return max(verified, key=lambda a: fuzz.token_set_ratio(text, a.quote.exact))
