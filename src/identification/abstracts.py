"""An abstract without what publishers add to it: copyright lines and notes of origin."""

from __future__ import annotations

import re

from identification.cleaning import clean_text

_ORIGIN = re.compile(
    r"\s*(?:\[\s*(?:abstract from )?(?:author|publisher)s?(?: abstract)?\s*\]"
    r"|\((?:from the|source:) (?:journal|book) abstract\))"
    r"[\s.]*$",
    re.IGNORECASE,
)
# EBSCO puts this behind the abstract.
_PROPERTY = re.compile(r"\s*Copyright of .{1,300}? is the property of\b.*$", re.DOTALL)
# After this one a statement of impact or the abstract in another language may follow.
_DATABASE = re.compile(
    r"\s*\(Psyc(?:INFO|TESTS|EXTRA|ARTICLES) Database Record\s*(?:\(c\)|©)?[^()]{0,60}\)\.?",
    re.IGNORECASE,
)
# A last sentence that begins with a copyright sign; "(c)" alone may be the third of a list.
_LAST_SENTENCE = re.compile(
    r"(?:(?<=[.!?)\]”\"])|^)\s*"
    r"(?:©|Copyright\s*(?:©|\(c\)|(?:19|20)\d\d)|\(c\)\s?(?:19|20)\d\d|Crown copyright\b)"
    r"[^©]{0,300}$",
    re.IGNORECASE,
)
# No such sentence is without one of these.
_SIGNS = ("©", "(c)", "copyright")
# Scopus puts it first: "© 2019 Elsevier Ltd. Background ...".
_FIRST_SENTENCE = re.compile(
    r"^(?:Copyright\s*)?(?:©|\(c\))\s*(?:19|20)\d\d[^.]{0,120}?\b"
    r"(?:Ltd|Limited|Inc|GmbH|LLC|B\.?V|Authors?(?:\(s\))?|Press|Verlag|Society|Association"
    r"|Publishers?|Publishing|Sons|Group|reserved)\.\s+(?:All rights reserved\.\s+)?(?=\S)",
    re.IGNORECASE,
)
# Publishers' lines stand within the last characters; a sign before them belongs to the text.
_TAIL = 900
_ABSENT = re.compile(
    r"[\[(]?(?:no abstract(?: (?:is )?available)?|abstract not available|not available)[\])]?\.?",
    re.IGNORECASE,
)


def clean_abstract(text: str) -> str:
    """The abstract alone; empty where the text only says that there is none."""
    text = clean_text(text)
    if "Copyright of" in text:
        text = _PROPERTY.sub("", text)
    if "Database Record" in text:
        text = _DATABASE.sub("", text)
    if match := _FIRST_SENTENCE.match(text):
        text = text[match.end() :]
    # Some exports append the publisher's line twice, and its origin behind it.
    head, tail = text[:-_TAIL], text[-_TAIL:]
    for _ in range(3):
        shorter = _without_line(tail)
        if shorter == tail:
            break
        tail = shorter
    text = (head + tail).strip()
    return "" if _ABSENT.fullmatch(text) else text


def _without_line(tail: str) -> str:
    """Without one note of origin and one publisher's line, where a letter of them is there."""
    if tail.rstrip(" .").endswith((")", "]")):
        tail = _ORIGIN.sub("", tail)
    lower = tail.lower()
    if any(sign in lower for sign in _SIGNS):
        tail = _LAST_SENTENCE.sub("", tail)
    return tail.rstrip()
