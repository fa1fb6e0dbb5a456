"""What people's annotations teach: labelled passages as a fit needs them, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from extraction.labelled import LabelledPassage
from review.annotations import Annotation, AnnotationVerdict, Direction

# A passage of a text, by the text's hash and where the passage stands in it.
_Place = tuple[str, int, int]


def learn_from_annotations(
    annotations: Sequence[Annotation],
    together: Mapping[int, frozenset[str]],
    studies: Mapping[int, int],
    themes: Collection[str],
    *,
    known: Collection[str] = (),
) -> tuple[list[LabelledPassage], frozenset[str], Counter[str]]:
    """Labelled passages, the ids of those answered blind, and how many do not teach, by reason.

    A passage teaches once every theme of the codebook that was suggested for it is answered: the
    themes that people accepted or added are its themes, and it bears no other, since whoever
    answered it saw the whole of it. ``together`` gives for an answered suggestion the themes that
    were suggested with it; ``studies`` the study of a report that is one of several; ``known``
    texts were labelled before. Themes that the codebook no longer has are passed over.
    """
    places: dict[_Place, list[Annotation]] = {}
    for said in annotations:
        if said.theme in themes:
            place = (said.text_hash, said.quote.start, said.quote.end)
            places.setdefault(place, []).append(said)
    labelled: list[LabelledPassage] = []
    blind: set[str] = set()
    left_out: Counter[str] = Counter()
    for (text_hash, start, end), spoken in places.items():
        suggested = {t for a in spoken for t in together.get(a.suggestion_id or 0, ())}
        borne = {
            theme: _is_borne(theme, spoken) for theme in dict.fromkeys(a.theme for a in spoken)
        }
        if spoken[0].quote.exact in known:
            left_out["among the labelled examples already"] += 1
        elif None in borne.values():
            left_out["people disagree"] += 1
        elif suggested & set(themes) - set(borne):
            left_out["not every suggestion is answered"] += 1
        else:
            found = tuple(theme for theme, is_borne in borne.items() if is_borne)
            report_id = spoken[0].report_id
            passage = LabelledPassage(
                passage_id=f"{text_hash[:16]}:{start}-{end}",
                text=spoken[0].quote.exact,
                themes=found,
                directions=_directions(found, spoken),
                study_group=f"study {studies.get(report_id, report_id)}",
            )
            labelled.append(passage)
            if not any(a.saw_suggestion for a in spoken):
                blind.add(passage.passage_id)
    return labelled, frozenset(blind), left_out


def _is_borne(theme: str, spoken: Sequence[Annotation]) -> bool | None:
    """Whether people say that the passage bears the theme; None where they disagree."""
    said = {a.verdict is not AnnotationVerdict.REJECT for a in spoken if a.theme == theme}
    return said.pop() if len(said) == 1 else None


def _directions(themes: Sequence[str], spoken: Sequence[Annotation]) -> dict[str, Direction]:
    """The direction of each theme on which all who gave it agree."""
    said = {theme: {a.direction for a in spoken if a.theme == theme} for theme in themes}
    return {theme: given.pop() for theme, given in said.items() if len(given) == 1}
