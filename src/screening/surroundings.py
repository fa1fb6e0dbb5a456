"""What the words around a cue make of it: denied, compared with, in passing, or plainly said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from spacy.tokens import Doc

from review.sentences import Sentence
from screening.phrases import Phrase, find_phrases

# How research English says that something is not so. Words of negation that precede what they
# deny reach _BEFORE_REACH words to the right, those that follow reach _AFTER_REACH to the left,
# and neither passes a clause boundary.
_NEGATED_BEFORE = (
    "no", "not", "n't", "neither", "nor", "never", "none of", "nobody", "without", "excluding",
    "excluded", "exclude", "excludes", "exclusion criteria were", "exclusion criteria included",
    "exclusion criterion was", "ineligible if", "rather than", "instead of", "other than",
    "apart from", "except", "except for", "free of", "free from", "absence of", "non",
)  # fmt: skip
_NEGATED_AFTER = (
    "was excluded", "were excluded", "are excluded", "is excluded", "being excluded",
    "not eligible", "ineligible", "not included", "not considered", "not part of", "not offered",
    "not provided", "not available", "not examined", "not assessed", "not measured",
    "not addressed", "an exclusion criterion", "exclusion criteria", "led to exclusion",
    "outside the scope", "beyond the scope", "ruled out",
)  # fmt: skip
# These deny a finding, or that something is known, and leave the matter itself as it is.
_NOT_NEGATIONS = (
    "not only", "not just", "not merely", "not simply", "no longer", "no doubt", "no study",
    "no studies", "no trial", "no trials", "no research", "no review", "no previous", "no evidence",
    "no consensus", "no difference*", "no effect*", "no significant", "no increase", "no reduction",
    "no association*", "not been studied", "not been examined", "not been tested",
    "not been evaluated", "not been shown", "not been described", "not known", "not clear",
    "not yet", "not significant*", "not associated", "not improve", "not reduce", "not differ",
    "not change", "not affect", "not increase", "not predict", "not without",
)  # fmt: skip
# "Those with such problems were included and those under age were excluded": what is denied
# from behind ends where something is affirmed.
_AFFIRMED = (
    "was included", "were included", "were eligible", "was eligible", "took part", "were recruited",
    "were enrolled", "were interviewed",
)  # fmt: skip
# A comparison names what the report is not about.
_COMPARED_BEFORE = (
    "compared with", "compared to", "in comparison with", "in comparison to", "unlike",
    "in contrast to", "in contrast with", "as opposed to", "versus", "vs", "differ* from",
    "differs from", "distinct from", "as distinct from", "similar to",
)  # fmt: skip
# So does what the others were given in a trial.
_COMPARED_AFTER = (
    "part of usual care", "in the control", "in the comparison", "control arm", "control group",
    "control condition", "comparison arm", "comparison group", "comparison condition",
    "served as control*", "as the comparator",
)  # fmt: skip
# Words about how the study was done: "an online survey" says nothing about online support.
_STUDY_MENTIONS = (
    "online survey*", "online questionnaire*", "online focus group*", "online interview*",
    "online recruitment", "online consultation", "online poll*", "online panel*", "web survey*",
    "web-based survey*", "web-based questionnaire*", "internet survey*", "internet and postal",
    "internet search*", "survey ... online", "surveyed online", "questionnaire* ... online",
    "collected online", "completed online", "conducted online", "recruited online",
    "interviewed online", "recruited ... social media", "recruited ... facebook",
    "recruited via", "recruited through", "online database*", "published online",
    "available online", "searched online", "peer-reviewed", "peer reviewed", "peer-review",
    "virtually ... interview*", "by video ... interview*", "interview* ... by telephone",
    "interview* ... online", "online appendix", "electronic database*", "social desirability",
    "recruited ... online", "recruited ... forum*", "recruited ... communit*",
    "advertised ... online", "advertised ... forum*", "advertised ... communit*",
    "advertised ... facebook", "advertised ... social media", "survey ... posted ... communit*",
    "survey ... posted ... forum*", "survey ... shared ... forum*", "met online",
    "interview* ... over zoom", "interview* ... video*", "focus group* ... video*",
    "focus group* ... online", "virtual interview*", "virtual focus group*", "virtual workshop*",
    "interview* ... virtual meeting*", "interview* ... online meeting*",
    "online workshop*", "online delphi", "delphi ... online",
    # How workers are taught says nothing of how they support others.
    "training ... online ... forum*", "training ... discussion forum*", "training ... internet",
    "training ... online", "taught ... online", "online training", "online course*",
    "online module*",
)  # fmt: skip
_CLAUSE_ENDS = frozenset({";", ":", "but", "although", "though", "however", "whereas", "while"})
_BEFORE_REACH = 6
_AFTER_REACH = 8


class Context(StrEnum):
    """How the words around a hit bear on it.

    ``aside``: the words belong to a comparison or to how the study was done.
    """

    PLAIN = "plain"
    NEGATED = "negated"
    ASIDE = "aside"


class SentencePlaces:
    """Which sentence a run of tokens lies in."""

    def __init__(self, doc: Doc, sentences: Sequence[Sentence]) -> None:
        self.of_token: list[int] = []
        index = 0
        for token in doc:
            while index + 1 < len(sentences) and token.idx >= sentences[index + 1].start:
                index += 1
            inside = sentences[index].start <= token.idx < sentences[index].end
            self.of_token.append(index if inside else -1)

    def of(self, start: int, end: int) -> int | None:
        first, last = self.of_token[start], self.of_token[end - 1]
        return first if first == last and first >= 0 else None


class Surroundings:
    """Which tokens of a text are denied, compared with, or about how the study was done."""

    def __init__(self, doc: Doc, lower: str, place: SentencePlaces) -> None:
        self._doc = doc
        self._place = place
        signs = _signs()
        spared = {i for a, b in find_phrases(signs["spared"], doc, lower) for i in range(a, b)}
        self._ends = {b - 1 for _, b in find_phrases(signs["affirmed"], doc, lower)}
        self._denied: set[int] = set()
        for a, b in find_phrases(signs["before"], doc, lower):
            if a not in spared:
                self._denied.update(self._reach(b, 1, _BEFORE_REACH))
        for a, _ in find_phrases(signs["after"], doc, lower):
            self._denied.update(self._reach(a - 1, -1, _AFTER_REACH))
        self._aside: set[int] = set()
        for _, b in find_phrases(signs["compared"], doc, lower):
            self._aside.update(self._reach(b, 1, _BEFORE_REACH))
        for a, _ in find_phrases(signs["beside"], doc, lower):
            self._aside.update(self._reach(a - 1, -1, _AFTER_REACH))
        for a, b in find_phrases(signs["study"], doc, lower):
            self._aside.update(range(a, b))

    def of(self, start: int, end: int) -> Context:
        if start in self._denied:
            return Context.NEGATED
        if start in self._aside:
            return Context.ASIDE
        return Context.PLAIN

    def _reach(self, token: int, step: int, words: int) -> Iterator[int]:
        """Tokens from one in a direction, to the end of clause or sentence, or a count of words."""
        of_token = self._place.of_token
        if not 0 <= token < len(of_token):
            return
        sentence = of_token[token]
        while 0 <= token < len(of_token) and words and of_token[token] == sentence:
            if self._doc[token].lower_ in _CLAUSE_ENDS or (step < 0 and token in self._ends):
                return
            words -= not self._doc[token].is_punct
            yield token
            token += step


@lru_cache(maxsize=1)
def _signs() -> Mapping[str, list[Phrase]]:
    written = {
        "before": _NEGATED_BEFORE,
        "after": _NEGATED_AFTER,
        "spared": _NOT_NEGATIONS,
        "affirmed": _AFFIRMED,
        "compared": _COMPARED_BEFORE,
        "beside": _COMPARED_AFTER,
        "study": _STUDY_MENTIONS,
    }
    return {name: [Phrase(w) for w in phrases] for name, phrases in written.items()}
