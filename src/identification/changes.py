"""Which change of a report people who decided on it should see: of its words, or told by a notice.

Sources deliver the same abstract with other punctuation, headings, copyright lines or typography,
and one cuts what another gives in full. Such copies say nothing new and are passed over.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rapidfuzz.distance import Indel, Levenshtein

from identification.abstracts import clean_abstract
from identification.cleaning import clean_text
from review.records import CUT
from review.reopenings import (
    RETRACTIONS,
    Cause,
    Reopening,
    ReportNotice,
    standing_notices,
)

# Below this share of words that differ a text is the same text, unless its sense may have turned.
_SHARE = 0.05
# A word this long with one letter more or less is a spelling: behaviour, paediatric.
_SPELLING = 5
_MARK = re.compile(
    r"^\W*(?:retracted|withdrawn|retraction|withdrawal)(?: (?:article|paper|publication))?\W+"
    r"|\W*\((?:retracted|withdrawn)(?: (?:article|paper|publication))?[^()]*\)\W*$",
    re.IGNORECASE,
)
# What ends a sentence; three dots only break it off.
_ENDS = re.compile(r"(?<!\.)[.!?][)\]”\"'’]*\s*$")
_THOUSANDS = re.compile("(?<=\\d)[ ,\u2009\u202f\u00a0](?=\\d{3}(?!\\d))")
_WORD = re.compile(r"\d*(?:\.\d+)+|\w+|[<>≤≥]")
_LABELS = frozenset(
    _WORD.findall(
        "abstract background context introduction rationale objective objectives aim aims purpose "
        "hypothesis method methods design setting settings participants patients sample materials "
        "measures intervention interventions main outcome outcomes measurements analysis result "
        "results findings conclusion conclusions discussion interpretation implications practice "
        "limitations significance summary and for of the"
    )
)
# One of these more or less can turn the sense of a sentence.
_TURNING = frozenset(
    _WORD.findall(
        "not no nor none never without neither cannot increase increased increases decrease "
        "decreased decreases higher lower more less fewer better worse improved worsened effective "
        "ineffective significant significantly nonsignificant insignificant"
    )
)
_ONCE_AT_A_TIME = (RETRACTIONS, {Cause.PARTIAL_RETRACTION}, {Cause.EXPRESSION_OF_CONCERN})
_EACH = (Cause.CORRECTION, Cause.PUBLISHED, Cause.REINSTATEMENT)


def find_text_change(
    before: tuple[str, str], after: tuple[str, str], *, is_retracted: bool = False
) -> Cause | None:
    """What people should see of a change of (title, abstract); None where it says nothing new.

    A number, a comparison or a word such as "not" that differs always counts, other words where
    one in twenty differs. Punctuation, case, markup, section headings, copyright lines and single
    letters do not count, and no more does a copy that is cut short. Of a report that
    ``is_retracted`` the publisher's mark in the title does not count: the notice says it.
    """
    titles = [clean_text(title) for title, _ in (before, after)]
    if is_retracted:
        titles = [_MARK.sub("", title) for title in titles]
    if not before[1].strip() and after[1].strip():
        return Cause.ABSTRACT_ADDED
    if _differ(_words(titles[0]), _words(titles[1])):
        return Cause.TEXT_CHANGED
    old, new = _words(_whole(before[1])), _words(_whole(after[1]))
    is_cut = new == old[: len(new)] and not _ENDS.search(after[1])
    return Cause.TEXT_CHANGED if not is_cut and _differ(old, new) else None


def find_due_notices(
    notices: Sequence[ReportNotice], opened: Sequence[Reopening], decided_at: datetime
) -> list[ReportNotice]:
    """The notices of one report for which it should be re-opened now.

    ``opened`` are its re-openings so far, oldest first; ``decided_at`` is when people first decided
    on it. A retraction that was never shown is due whenever it was published, and once however many
    sources tell it, until a reinstatement undoes it; so are an expression of concern and a partial
    retraction. Of corrections, articles made of a preprint and reinstatements each is due that came
    after the decision; sources name one and the same differently, so as many are counted as the
    source tells that tells most.
    """
    due: list[ReportNotice] = []
    for kind in _EACH:
        told = [n for n in notices if n.kind is kind]
        due += _uncounted(told, [o for o in opened if o.cause is kind], decided_at)
    # After the reinstatements: what still stands then was not undone by them.
    undone = [n for n, o in enumerate(opened) if o.cause is Cause.REINSTATEMENT]
    shown = {o.cause for o in opened[undone[-1] + 1 if undone else 0 :]}
    standing = standing_notices(notices)
    for kinds in _ONCE_AT_A_TIME:
        told = [n for n in standing if n.kind in kinds]
        if told and not shown & kinds:
            due.append(max(told, key=_clarity))
    return due


def _uncounted(
    told: Sequence[ReportNotice], opened: Sequence[Reopening], decided_at: datetime
) -> list[ReportNotice]:
    known = _count_events(n for n in told if n.seen_at <= decided_at) + len(opened)
    more = _count_events(told) - known
    if more <= 0:
        return []
    ids = {o.notice_id for o in opened}
    later = [n for n in told if n.seen_at > decided_at and n.notice_id not in ids]
    by_source = Counter(n.source for n in told)
    later.sort(key=lambda n: (by_source[n.source], _clarity(n)), reverse=True)
    return later[:more]


def _count_events(told: Iterable[ReportNotice]) -> int:
    """How many events are told: as many as the source says that says most.

    A source may name a notice in words first and by its number later: these are not added up.
    """
    names: dict[str, set[str]] = {}
    for notice in told:
        names.setdefault(notice.source, set()).add(notice.notice_id)
    counts = [0]
    for ids in names.values():
        numbers = {name for name in ids if name and " " not in name}
        counts.append(max(len(numbers), len(ids - numbers - {""}), 1))
    return max(counts)


def _clarity(notice: ReportNotice) -> tuple[bool, bool, bool, str, str]:
    """A notice that can be looked up says more than a mark, one with a day more than one without.

    A DOI goes before a PMID, as it leads anywhere; the rest makes the choice the same every time.
    """
    name, is_retraction = notice.notice_id, notice.kind is Cause.RETRACTION
    return name.startswith("10."), notice.dated is not None, is_retraction, name, notice.source


def _whole(abstract: str) -> str:
    return CUT.sub("", clean_abstract(abstract))


def _words(text: str) -> list[str]:
    """The words in small letters, numbers in one spelling, comparisons as words of their own."""
    plain = unicodedata.normalize("NFKC", html.unescape(text)).casefold().replace("·", ".")
    return [
        word.lstrip("0") if "." in word else word
        for word in _WORD.findall(_THOUSANDS.sub("", plain).replace("\N{SOFT HYPHEN}", ""))
    ]


def _differ(old: Sequence[str], new: Sequence[str]) -> bool:
    changed = 0
    for gone, come in _changed_runs(old, new):
        if {*gone, *come} <= _LABELS or _is_spelling(gone, come):
            continue
        if any(_turns(word) for word in (*gone, *come)):
            return True
        changed += max(len(gone), len(come))
    return changed > 0 and changed >= _SHARE * max(len(old), len(new))


def _changed_runs(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The stretches of words that differ, each as it was and as it is."""
    at_old = at_new = 0
    for same in Levenshtein.opcodes(old, new).as_matching_blocks():
        if (same.a, same.b) != (at_old, at_new):
            yield old[at_old : same.a], new[at_new : same.b]
        at_old, at_new = same.a + same.size, same.b + same.size


def _is_spelling(gone: Sequence[str], come: Sequence[str]) -> bool:
    if "".join(gone) == "".join(come):
        return True
    return len(gone) == len(come) and all(map(_is_same_word, gone, come))


def _is_same_word(one: str, other: str) -> bool:
    """Whether two words are one in British and American spelling, or lack a letter."""
    if min(len(one), len(other)) < _SPELLING or any(map(str.isdigit, one + other)):
        return False
    one, other = one.replace("z", "s"), other.replace("z", "s")
    return one[0] == other[0] and Indel.distance(one, other) <= 1


def _turns(word: str) -> bool:
    return word in _TURNING or word in "<>≤≥" or any(map(str.isdigit, word))
